//! ListPolicyVersions: the versions of a managed policy, newest first, without their documents.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::policies::shapes::PolicyVersion;
use crate::policies::{Existing, Target, attachable};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    versions: Vec<PolicyVersion>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:ListPolicyVersions")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    attachable::arn(&arn)?;
    let versions = match policy.existing()? {
        Existing::Own(own) => PolicyVersion::all(own),
        Existing::Aws(_) => vec![PolicyVersion::aws()],
    };
    let listed = page.of_places(&call, "ListPolicyVersions", versions).await?;
    Ok(Output { versions: listed.items, is_truncated: listed.is_truncated, marker: listed.marker })
}
