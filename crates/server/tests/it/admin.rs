//! Daypass's own operations.

mod revoke;
mod rotate_keys;

use std::sync::Arc;

use operation::{Host, Service};

pub fn services(_: &Arc<Host>) -> Vec<Service> {
    vec![admin::service()]
}
