//! Requests and answers of each protocol, byte for byte.

#[cfg(test)]
mod asking;
#[cfg(test)]
mod json;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod query;
#[cfg(test)]
mod rest_json;
#[cfg(test)]
mod rest_xml;
#[cfg(test)]
mod routing;
