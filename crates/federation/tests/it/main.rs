//! Tokens and issuers as the outside meets them: real sockets, real TLS, real signatures; one clock that stands
//! until it is set.

#[cfg(test)]
mod fetching;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod jwks;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod saml;
#[cfg(test)]
mod social;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
