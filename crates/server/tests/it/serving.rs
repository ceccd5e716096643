//! The listener itself: hosts, pages, CORS, TLS, shut-down.

mod cors;
mod drain;
mod half_way;
mod hosts;
mod limits;
mod metrics;
mod proxies;
mod refused;
mod requests;
mod tls;
mod untaken;
