//! Roles.

mod attach_role_policy;
mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod detach_role_policy;
mod get_role;
mod get_role_policy;
mod list_attached_role_policies;
mod list_instance_profiles_for_role;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod put_role_permissions_boundary;
mod put_role_policy;
mod tag_role;
mod untag_role;
mod update_assume_role_policy;
mod update_role;
mod update_role_description;

use operation::service::Builder;
use store::records::principals::Role;

use crate::Iam;
use crate::shapes::{self, RoleLastUsed};
use crate::trust::Names;

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with("CreateRole", create_role::facts, create_role::access, create_role::run)
        .add_with("GetRole", get_role::facts, get_role::access, get_role::run)
        .add_with("ListRoles", list_roles::facts, list_roles::access, list_roles::run)
        .add_with("UpdateRole", update_role::facts, update_role::access, update_role::run)
        .add_with(
            "UpdateRoleDescription",
            update_role_description::facts,
            update_role_description::access,
            update_role_description::run,
        )
        .add_with(
            "UpdateAssumeRolePolicy",
            update_assume_role_policy::facts,
            update_assume_role_policy::access,
            update_assume_role_policy::run,
        )
        .add_with("DeleteRole", delete_role::facts, delete_role::access, delete_role::run)
        .add_with("PutRolePolicy", put_role_policy::facts, put_role_policy::access, put_role_policy::run)
        .add_with("GetRolePolicy", get_role_policy::facts, get_role_policy::access, get_role_policy::run)
        .add_with(
            "ListInstanceProfilesForRole",
            list_instance_profiles_for_role::facts,
            list_instance_profiles_for_role::access,
            list_instance_profiles_for_role::run,
        )
        .add_with("ListRolePolicies", list_role_policies::facts, list_role_policies::access, list_role_policies::run)
        .add_with("DeleteRolePolicy", delete_role_policy::facts, delete_role_policy::access, delete_role_policy::run)
        .add_with("AttachRolePolicy", attach_role_policy::facts, attach_role_policy::access, attach_role_policy::run)
        .add_with("DetachRolePolicy", detach_role_policy::facts, detach_role_policy::access, detach_role_policy::run)
        .add_with(
            "ListAttachedRolePolicies",
            list_attached_role_policies::facts,
            list_attached_role_policies::access,
            list_attached_role_policies::run,
        )
        .add_with(
            "PutRolePermissionsBoundary",
            put_role_permissions_boundary::facts,
            put_role_permissions_boundary::access,
            put_role_permissions_boundary::run,
        )
        .add_with(
            "DeleteRolePermissionsBoundary",
            delete_role_permissions_boundary::facts,
            delete_role_permissions_boundary::access,
            delete_role_permissions_boundary::run,
        )
        .add_with("TagRole", tag_role::facts, tag_role::access, tag_role::run)
        .add_with("UntagRole", untag_role::facts, untag_role::access, untag_role::run)
        .add_with("ListRoleTags", list_role_tags::facts, list_role_tags::access, list_role_tags::run)
}

/// A role with every member, as GetRole shows it.
pub fn whole(role: &Role, names: &Names, last_used: RoleLastUsed) -> shapes::Role {
    shapes::Role {
        description: role.description.clone(),
        max_session_duration: Some(role.max_session_duration),
        permissions_boundary: shapes::boundary(&role.permissions),
        tags: shapes::some_tags(&role.tags),
        role_last_used: Some(last_used),
        ..shapes::Role::of(role, names)
    }
}
