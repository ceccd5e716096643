//! Daypass's own operations, for its operators: the signed wire API behind `daypass admin`.
//!
//! An ordinary service with ordinary policies: `daypass:Revoke`, `daypass:RotateKeys`. It has no
//! private door.

mod error;
mod revoke;
mod rotate_keys;

use std::sync::Arc;

use operation::Service;
use wire::Protocol;

pub use error::Error;

/// The operations.
pub fn service() -> Service {
    Service::of("daypass", Protocol::Json11 { target: "Daypass" }, Arc::new(()))
        .add("Revoke", revoke::access, revoke::run)
        .add("RotateKeys", rotate_keys::access, rotate_keys::run)
        .build()
}
