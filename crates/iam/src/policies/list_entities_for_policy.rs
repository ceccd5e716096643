//! ListEntitiesForPolicy: the groups, users and roles to which a managed policy is attached, or whose boundary it is.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Permissions;

use crate::checks::Checks;
use crate::policies::usage::Holders;
use crate::policies::{Target, attachable};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_groups: Vec<PolicyGroup>,
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyGroup {
    group_name: String,
    group_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyUser {
    user_name: String,
    user_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

enum Entity {
    Group(PolicyGroup),
    User(PolicyUser),
    Role(PolicyRole),
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:ListEntitiesForPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    checks.one_of("entityFilter", input.entity_filter.as_deref(), &ENTITIES);
    let prefix = checks.path_prefix(input.path_prefix);
    checks.one_of("policyUsageFilter", input.policy_usage_filter.as_deref(), &USAGES);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    attachable::arn(&arn)?;
    let missing = |_| Error::NoSuchEntity(format!("Policy {arn} does not exist or is not attachable."));
    policy.existing().map_err(missing)?;
    let entities = Wanted {
        arn: &arn,
        prefix: &prefix,
        entity: input.entity_filter.as_deref(),
        usage: input.policy_usage_filter.as_deref(),
    }
    .among(&Holders::of(&call).await?);
    let listed = page.of(&call, "ListEntitiesForPolicy", entities).await?;
    let (mut policy_groups, mut policy_users, mut policy_roles) = (Vec::new(), Vec::new(), Vec::new());
    for entity in listed.items {
        match entity {
            Entity::Group(group) => policy_groups.push(group),
            Entity::User(user) => policy_users.push(user),
            Entity::Role(role) => policy_roles.push(role),
        }
    }
    let (is_truncated, marker) = (listed.is_truncated, listed.marker);
    Ok(Output { policy_groups, policy_users, policy_roles, is_truncated, marker })
}

/// Which entities are wanted.
struct Wanted<'a> {
    arn: &'a str,
    prefix: &'a str,
    entity: Option<&'a str>,
    usage: Option<&'a str>,
}

impl Wanted<'_> {
    /// The entities with their keys: groups, then users, then roles, each in order of their names.
    fn among(&self, holders: &Holders) -> Vec<(String, Entity)> {
        let mut found = Vec::new();
        for group in holders.groups.iter().filter(|group| self.is(Some("Group"), &group.path, &group.permissions)) {
            let entity = PolicyGroup { group_name: group.name.clone(), group_id: group.unique_id.clone() };
            found.push((format!("1/{}", group.name.to_ascii_lowercase()), Entity::Group(entity)));
        }
        for user in holders.users.iter().filter(|user| self.is(Some("User"), &user.path, &user.permissions)) {
            let entity = PolicyUser { user_name: user.name.clone(), user_id: user.unique_id.clone() };
            found.push((format!("2/{}", user.name.to_ascii_lowercase()), Entity::User(entity)));
        }
        for role in holders.roles.iter().filter(|role| self.is(Some("Role"), &role.path, &role.permissions)) {
            let entity = PolicyRole { role_name: role.name.clone(), role_id: role.unique_id.clone() };
            found.push((format!("3/{}", role.name.to_ascii_lowercase()), Entity::Role(entity)));
        }
        found
    }

    fn is(&self, kind: Option<&str>, path: &str, permissions: &Permissions) -> bool {
        let attached = permissions.attached.iter().any(|arn| arn.as_str() == self.arn);
        let bounds = permissions.boundary.as_ref().is_some_and(|arn| arn.as_str() == self.arn);
        let used = match self.usage {
            Some("PermissionsPolicy") => attached,
            Some("PermissionsBoundary") => bounds,
            Some(_) | None => attached || bounds,
        };
        used && (self.entity.is_none() || self.entity == kind) && path.starts_with(self.prefix)
    }
}

const ENTITIES: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
const USAGES: [&str; 2] = ["PermissionsPolicy", "PermissionsBoundary"];
