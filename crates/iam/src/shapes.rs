//! Wire shapes that several operations share.

use std::collections::BTreeMap;
use std::time::Duration;

use operation::Host;
use serde::{Deserialize, Serialize};
use store::records::principals as records;
use vocab::{Arn, Timestamp};

use crate::Error;
use crate::trust::Names;

/// A tag. Both members are required; a missing one is a violation, not a malformed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: Option<String>,
    pub value: Option<String>,
}

/// The boundary of a user or role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Boundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: Arn,
}

/// A managed policy that is attached.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attached {
    pub policy_name: String,
    pub policy_arn: Arn,
}

/// A role. Which members an operation answers with is its own choice (`spec/iam-api.md`, 7.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    pub path: String,
    pub role_name: String,
    pub role_id: String,
    pub arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    pub create_date: Timestamp,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    pub assume_role_policy_document: String,
    pub description: Option<String>,
    pub max_session_duration: Option<u32>,
    pub permissions_boundary: Option<Boundary>,
    pub tags: Option<Vec<Tag>>,
    pub role_last_used: Option<RoleLastUsed>,
}

/// When a role was last used; empty: never, or too long ago.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleLastUsed {
    #[serde(with = "wire::times::iso8601::option")]
    last_used_date: Option<Timestamp>,
    region: Option<String>,
}

impl RoleLastUsed {
    /// The last use of the role with this unique id, as far as IAM looks back.
    pub async fn of(host: &Host, unique_id: &str) -> Result<Self, Error> {
        let used = host.last_used.of(unique_id).await?;
        let used = used.filter(|used| used.time >= host.now() - LOOKS_BACK);
        Ok(used.map_or_else(Self::default, |used| Self { last_used_date: Some(used.time), region: Some(used.region) }))
    }
}

/// A user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    pub path: String,
    pub user_name: String,
    pub user_id: String,
    pub arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    pub create_date: Timestamp,
    pub permissions_boundary: Option<Boundary>,
    pub tags: Option<Vec<Tag>>,
}

/// A group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Group {
    path: String,
    group_name: String,
    group_id: String,
    arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
}

impl Role {
    /// What every operation shows.
    pub fn of(role: &records::Role, names: &Names) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.unique_id.clone(),
            arn: role.arn(),
            create_date: role.created,
            assume_role_policy_document: names.shown(&role.trust),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }
}

impl User {
    /// What every operation shows.
    pub fn of(user: &records::User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.unique_id.clone(),
            arn: user.arn(),
            create_date: user.created,
            permissions_boundary: None,
            tags: None,
        }
    }

    /// The same with boundary and tags, where there are any.
    pub fn whole(user: &records::User) -> Self {
        Self { permissions_boundary: boundary(&user.permissions), tags: some_tags(&user.tags), ..Self::of(user) }
    }
}

impl Group {
    /// What every operation shows.
    pub fn of(group: &records::Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.unique_id.clone(),
            arn: group.arn(),
            create_date: group.created,
        }
    }
}

/// The boundary, where there is one. Its type on the wire is not the one of AWS's model.
pub fn boundary(permissions: &records::Permissions) -> Option<Boundary> {
    let arn = permissions.boundary.clone()?;
    Some(Boundary { permissions_boundary_type: "Policy", permissions_boundary_arn: arn })
}

/// Tags, in order of their keys.
pub fn tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}

/// Tags, where there are any.
pub fn some_tags(kept: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    (!kept.is_empty()).then(|| tags(kept))
}

/// The tags of a policy, in the order in which IAM shows those: short keys first.
pub fn policy_tags(kept: &BTreeMap<String, String>) -> Vec<Tag> {
    let mut shown = tags(kept);
    shown.sort_by_key(|tag| tag.key.as_ref().map_or(0, |key| key.chars().count()));
    shown
}

/// IAM tells of a role's last use for so long.
const LOOKS_BACK: Duration = Duration::from_secs(400 * 24 * 3600);
