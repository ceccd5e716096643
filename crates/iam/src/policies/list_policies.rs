//! ListPolicies: managed policies: the account's own, then AWS's. Descriptions and tags are left out.
//!
//! Differences from AWS: of AWS's policies there are those that the services here speak of.

use operation::managed::AWS_POLICIES;
use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Record;
use store::records::principals::ManagedPolicy;

use crate::checks::Checks;
use crate::policies::shapes::Policy;
use crate::policies::usage::Usage;
use crate::{Error, Iam, callers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policies: Vec<Policy>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:ListPolicies")
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.one_of("scope", input.scope.as_deref(), &["All", "AWS", "Local"]);
    let prefix = checks.path_prefix(input.path_prefix);
    let usages = ["PermissionsPolicy", "PermissionsBoundary"];
    checks.one_of("policyUsageFilter", input.policy_usage_filter.as_deref(), &usages);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let usage = Usage::of(&call).await?;
    let own = call.host.configuration.list::<ManagedPolicy>(&format!("{}/", call.place.account)).await?;
    let own = own.iter().map(|policy| (format!("1/{}", policy.id()), Policy::own(policy, &usage)));
    let aws = AWS_POLICIES.iter().map(|policy| (format!("2/{}", policy.name), Policy::aws(policy, &usage)));
    let scope = input.scope.as_deref();
    let all = own.filter(|_| scope != Some("AWS")).chain(aws.filter(|_| scope != Some("Local")));
    let is_wanted = |policy: &Policy| {
        let used = match input.policy_usage_filter.as_deref() {
            Some("PermissionsPolicy") => policy.attachment_count > 0,
            Some("PermissionsBoundary") => policy.permissions_boundary_usage_count > 0,
            Some(_) | None => input.only_attached != Some(true) || policy.attachment_count > 0,
        };
        used && policy.path.starts_with(&prefix)
    };
    let wanted: Vec<_> = all.filter(|(_, policy)| is_wanted(policy)).collect();
    let listed = page.of(&call, "ListPolicies", wanted).await?;
    Ok(Output { policies: listed.items, is_truncated: listed.is_truncated, marker: listed.marker })
}
