//! Calls over real sockets.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod tls;
