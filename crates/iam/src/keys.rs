//! Access keys of users, and of an account's root.

mod create_access_key;
mod delete_access_key;
mod get_access_key_last_used;
mod list_access_keys;
pub mod owner;
mod update_access_key;

use operation::service::Builder;

use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with("CreateAccessKey", create_access_key::facts, create_access_key::access, create_access_key::run)
        .add_with("ListAccessKeys", list_access_keys::facts, list_access_keys::access, list_access_keys::run)
        .add_with("UpdateAccessKey", update_access_key::facts, update_access_key::access, update_access_key::run)
        .add_with("DeleteAccessKey", delete_access_key::facts, delete_access_key::access, delete_access_key::run)
        .add_with(
            "GetAccessKeyLastUsed",
            get_access_key_last_used::facts,
            get_access_key_last_used::access,
            get_access_key_last_used::run,
        )
}

/// The error of a key that is not there, or is somebody else's.
pub fn missing(id: &str) -> Error {
    Error::NoSuchEntity(format!("The Access Key with id {id} cannot be found."))
}

/// Whether a key may sign, in AWS's words.
pub fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}
