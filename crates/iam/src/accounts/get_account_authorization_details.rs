//! GetAccountAuthorizationDetails: all users, groups, roles and managed policies of the account with
//! every document, in pages of one sequence.
//!
//! Differences from AWS: as GetRole.

use operation::managed::AWS_POLICIES;
use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::ManagedPolicy;

use super::details::{GroupDetail, RoleDetail, UserDetail};
use crate::checks::Checks;
use crate::policies::shapes::{Policy, PolicyVersion};
use crate::policies::usage::Holders;
use crate::shapes::RoleLastUsed;
use crate::trust::Names;
use crate::{Error, Iam, callers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    filter: Option<Vec<String>>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_detail_list: Vec<UserDetail>,
    group_detail_list: Vec<GroupDetail>,
    role_detail_list: Vec<RoleDetail>,
    policies: Vec<Policy>,
    is_truncated: bool,
    marker: Option<String>,
}

enum Detail {
    User(UserDetail),
    Group(GroupDetail),
    Role(RoleDetail),
    Policy(Policy),
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:GetAccountAuthorizationDetails")
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let filter = input.filter.unwrap_or_default();
    for word in filter.iter().take(KINDS.len() + 1) {
        checks.one_of("filter", Some(word), &KINDS);
    }
    let page = checks.page(input.marker, input.max_items).at_most(PAGE);
    checks.finish()?;
    let details = details(&call).await?;
    let is_wanted = |kind: &str| filter.is_empty() || filter.iter().any(|word| word == kind);
    let wanted = details.into_iter().filter(|(kind, ..)| is_wanted(kind));
    let keyed: Vec<_> = wanted.map(|(_, key, detail)| (key, detail)).collect();
    let listed = page.of(&call, "GetAccountAuthorizationDetails", keyed).await?;
    let mut output = Output { is_truncated: listed.is_truncated, marker: listed.marker, ..Output::default() };
    for detail in listed.items {
        match detail {
            Detail::User(user) => output.user_detail_list.push(user),
            Detail::Group(group) => output.group_detail_list.push(group),
            Detail::Role(mut role) => {
                role.role_last_used = RoleLastUsed::of(&call.host, &role.role_id).await?;
                output.role_detail_list.push(role);
            }
            Detail::Policy(policy) => output.policies.push(policy),
        }
    }
    Ok(output)
}

/// Kind, key and detail of everything, in order of the keys.
async fn details(call: &Call<Iam>) -> Result<Vec<(&'static str, String, Detail)>, Error> {
    let holders = Holders::of(call).await?;
    let usage = holders.usage();
    let names = Names::of(&call.host, holders.roles.iter().map(|role| role.trust.as_str()))?;
    let key = |place: u8, name: &str| format!("{place}/{}", name.to_ascii_lowercase());
    let mut all = Vec::new();
    for user in &holders.users {
        all.push(("User", key(1, &user.name), Detail::User(UserDetail::of(user))));
    }
    for group in &holders.groups {
        all.push(("Group", key(2, &group.name), Detail::Group(GroupDetail::of(group))));
    }
    for role in &holders.roles {
        all.push(("Role", key(3, &role.name), Detail::Role(RoleDetail::of(role, &names))));
    }
    for policy in call.host.configuration.held::<ManagedPolicy>(&format!("{}/", call.place.account))? {
        let shown = Policy {
            description: policy.description.clone(),
            policy_version_list: Some(PolicyVersion::all_whole(&policy)),
            ..Policy::own(&policy, &usage)
        };
        all.push(("LocalManagedPolicy", key(4, &policy.name), Detail::Policy(shown)));
    }
    for policy in AWS_POLICIES {
        let shown = Policy {
            description: Some(policy.description.to_owned()),
            policy_version_list: Some(vec![PolicyVersion::aws_whole(policy)]),
            ..Policy::aws(policy, &usage)
        };
        all.push(("AWSManagedPolicy", key(5, policy.name), Detail::Policy(shown)));
    }
    // Pages go on where a key ends.
    all.sort_by(|(_, left, _), (_, right, _)| left.cmp(right));
    Ok(all)
}

/// Every item brings all its documents: an answer stays within a few megabytes.
const PAGE: usize = 200;
const KINDS: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
