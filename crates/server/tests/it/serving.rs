//! The listener itself: hosts, pages, CORS, TLS, shut-down.

mod cors;
mod hosts;
mod metrics;
mod requests;
mod tls;
