//! Users.

mod attach_user_policy;
mod create_user;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_user;
mod get_user_policy;
mod list_attached_user_policies;
mod list_groups_for_user;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod put_user_policy;
mod tag_user;
mod untag_user;
mod update_user;

use operation::service::Builder;

use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with("CreateUser", create_user::facts, create_user::access, create_user::run)
        .add_with("GetUser", get_user::facts, get_user::access, get_user::run)
        .add_with("ListUsers", list_users::facts, list_users::access, list_users::run)
        .add_with("UpdateUser", update_user::facts, update_user::access, update_user::run)
        .add_with("DeleteUser", delete_user::facts, delete_user::access, delete_user::run)
        .add_with("PutUserPolicy", put_user_policy::facts, put_user_policy::access, put_user_policy::run)
        .add_with("GetUserPolicy", get_user_policy::facts, get_user_policy::access, get_user_policy::run)
        .add_with("ListUserPolicies", list_user_policies::facts, list_user_policies::access, list_user_policies::run)
        .add_with("DeleteUserPolicy", delete_user_policy::facts, delete_user_policy::access, delete_user_policy::run)
        .add_with("AttachUserPolicy", attach_user_policy::facts, attach_user_policy::access, attach_user_policy::run)
        .add_with("DetachUserPolicy", detach_user_policy::facts, detach_user_policy::access, detach_user_policy::run)
        .add_with(
            "ListAttachedUserPolicies",
            list_attached_user_policies::facts,
            list_attached_user_policies::access,
            list_attached_user_policies::run,
        )
        .add_with(
            "PutUserPermissionsBoundary",
            put_user_permissions_boundary::facts,
            put_user_permissions_boundary::access,
            put_user_permissions_boundary::run,
        )
        .add_with(
            "DeleteUserPermissionsBoundary",
            delete_user_permissions_boundary::facts,
            delete_user_permissions_boundary::access,
            delete_user_permissions_boundary::run,
        )
        .add_with("TagUser", tag_user::facts, tag_user::access, tag_user::run)
        .add_with("UntagUser", untag_user::facts, untag_user::access, untag_user::run)
        .add_with("ListUserTags", list_user_tags::facts, list_user_tags::access, list_user_tags::run)
        .add_with(
            "ListGroupsForUser",
            list_groups_for_user::facts,
            list_groups_for_user::access,
            list_groups_for_user::run,
        )
}

/// The error of a name that is taken.
pub fn exists(name: &str) -> Error {
    Error::EntityAlreadyExists(format!("User with name {name} already exists."))
}
