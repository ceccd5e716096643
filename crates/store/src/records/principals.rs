//! Who may hold permissions: users with their access keys, roles, groups, managed policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{AccessKeyId, AccountId, Arn, Timestamp};

use crate::Record;
use crate::records::keys::Sealed;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The owning account.
    pub account: AccountId,
    /// The name, unique in the account ignoring case.
    pub name: String,
    /// The path, beginning and ending with a slash.
    pub path: String,
    /// The unique id, `AROA…`.
    pub unique_id: String,
    /// Who may assume it. Users and roles stand here by unique id.
    pub trust: String,
    /// The description.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session_duration: u32,
    /// What it may do.
    pub permissions: Permissions,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The owning account.
    pub account: AccountId,
    /// The name, unique in the account ignoring case.
    pub name: String,
    /// The path, beginning and ending with a slash.
    pub path: String,
    /// The unique id, `AIDA…`.
    pub unique_id: String,
    /// What it may do.
    pub permissions: Permissions,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// The ids of its access keys.
    pub access_keys: Vec<AccessKeyId>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The owning account.
    pub account: AccountId,
    /// The name, unique in the account ignoring case.
    pub name: String,
    /// The path, beginning and ending with a slash.
    pub path: String,
    /// The unique id, `AGPA…`.
    pub unique_id: String,
    /// What its members may do.
    pub permissions: Permissions,
    /// When it was made.
    pub created: Timestamp,
}

/// The policies of a user, role or group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Inline policies, by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in order of attachment.
    pub attached: Vec<Arn>,
    /// The managed policy that bounds them.
    pub boundary: Option<Arn>,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The owning account.
    pub account: AccountId,
    /// The name, unique in the account ignoring case.
    pub name: String,
    /// The path, beginning and ending with a slash.
    pub path: String,
    /// The unique id, `ANPA…`.
    pub unique_id: String,
    /// The description.
    pub description: Option<String>,
    /// The kept versions by number; at most five.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version in force.
    pub default_version: u32,
    /// The number of the newest version ever made: numbers are not used again.
    pub newest_version: u32,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When a version was last added or chosen.
    pub updated: Timestamp,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

/// An access key, of a user or of an account's root.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// The key id.
    pub id: AccessKeyId,
    /// The owning account.
    pub account: AccountId,
    /// The owning user's name; none: the account's root.
    pub user: Option<String>,
    /// Whether it may sign.
    pub active: bool,
    /// The secret, sealed under the master key.
    pub secret: Sealed,
    /// When it was made.
    pub created: Timestamp,
}

impl Role {
    /// Its ARN, with the path.
    pub fn arn(&self) -> Arn {
        Arn::iam(self.account, "role", &self.path, &self.name)
    }
}

impl User {
    /// Its ARN, with the path.
    pub fn arn(&self) -> Arn {
        Arn::iam(self.account, "user", &self.path, &self.name)
    }
}

impl Group {
    /// Its ARN, with the path.
    pub fn arn(&self) -> Arn {
        Arn::iam(self.account, "group", &self.path, &self.name)
    }
}

impl ManagedPolicy {
    /// Its ARN, with the path.
    pub fn arn(&self) -> Arn {
        Arn::iam(self.account, "policy", &self.path, &self.name)
    }

    /// The document in force.
    pub fn document(&self) -> Option<&PolicyVersion> {
        self.versions.get(&self.default_version)
    }
}

/// The id of a record whose name is unique in its account ignoring case.
pub fn named(account: AccountId, name: &str) -> String {
    format!("{account}/{}", name.to_ascii_lowercase())
}

impl Record for Role {
    const KIND: &'static str = "role";

    fn id(&self) -> String {
        named(self.account, &self.name)
    }
}

impl Record for User {
    const KIND: &'static str = "user";

    fn id(&self) -> String {
        named(self.account, &self.name)
    }
}

impl Record for Group {
    const KIND: &'static str = "group";

    fn id(&self) -> String {
        named(self.account, &self.name)
    }
}

impl Record for ManagedPolicy {
    const KIND: &'static str = "policy";

    fn id(&self) -> String {
        named(self.account, &self.name)
    }
}

impl Record for AccessKey {
    const KIND: &'static str = "access-key";

    fn id(&self) -> String {
        self.id.to_string()
    }
}
