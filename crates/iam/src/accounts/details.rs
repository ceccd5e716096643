//! Wire shapes of whole entities, with every policy and document.

use std::collections::BTreeMap;

use serde::Serialize;
use store::records::principals::{Group, Permissions, Role, User};
use vocab::{Arn, Timestamp};

use crate::permissions::shown;
use crate::shapes::{Attached, Boundary, RoleLastUsed, Tag, boundary, tags};
use crate::trust::Names;

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserDetail {
    path: String,
    user_name: String,
    user_id: String,
    arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
    user_policy_list: Vec<Inline>,
    group_list: Vec<String>,
    attached_managed_policies: Vec<Attached>,
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
}

/// A group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupDetail {
    path: String,
    group_name: String,
    group_id: String,
    arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
    group_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
}

/// A role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleDetail {
    path: String,
    role_name: String,
    pub role_id: String,
    arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    assume_role_policy_document: String,
    /// There are no instance profiles.
    instance_profile_list: [String; 0],
    role_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
    pub role_last_used: RoleLastUsed,
}

/// An inline policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Inline {
    policy_name: String,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    policy_document: String,
}

impl UserDetail {
    /// Everything about a user.
    pub fn of(user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.unique_id.clone(),
            arn: user.arn(),
            create_date: user.created,
            user_policy_list: inline(&user.permissions.inline),
            group_list: user.groups.clone(),
            attached_managed_policies: attached(&user.permissions),
            permissions_boundary: boundary(&user.permissions),
            tags: tags(&user.tags),
        }
    }
}

impl GroupDetail {
    /// Everything about a group.
    pub fn of(group: &Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.unique_id.clone(),
            arn: group.arn(),
            create_date: group.created,
            group_policy_list: inline(&group.permissions.inline),
            attached_managed_policies: attached(&group.permissions),
        }
    }
}

impl RoleDetail {
    /// Everything about a role but its last use, which is read for those that are shown.
    pub fn of(role: &Role, names: &Names) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.unique_id.clone(),
            arn: role.arn(),
            create_date: role.created,
            assume_role_policy_document: names.shown(&role.trust),
            instance_profile_list: [],
            role_policy_list: inline(&role.permissions.inline),
            attached_managed_policies: attached(&role.permissions),
            permissions_boundary: boundary(&role.permissions),
            tags: tags(&role.tags),
            role_last_used: RoleLastUsed::default(),
        }
    }
}

fn inline(policies: &BTreeMap<String, String>) -> Vec<Inline> {
    let inline =
        |(name, document): (&String, &String)| Inline { policy_name: name.clone(), policy_document: document.clone() };
    policies.iter().map(inline).collect()
}

fn attached(permissions: &Permissions) -> Vec<Attached> {
    permissions.attached.iter().map(shown).collect()
}
