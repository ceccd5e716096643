//! ListPolicyTags: the tags of a managed policy, short keys first.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::policies::{Existing, Target, attachable};
use crate::shapes::{self, Tag};
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
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:ListPolicyTags")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    attachable::arn(&arn)?;
    let tags = match policy.existing()? {
        Existing::Own(own) => shapes::policy_tags(&own.tags),
        Existing::Aws(_) => Vec::new(),
    };
    let listed = page.of_places(&call, "ListPolicyTags", tags).await?;
    Ok(Output { tags: listed.items, is_truncated: listed.is_truncated, marker: listed.marker })
}
