//! GetGroupPolicy: one inline policy of a group, its document percent-encoded.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    policy_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group_name: String,
    policy_name: String,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    policy_document: String,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:GetGroupPolicy")
}

pub async fn run(_: Call<Iam>, input: Input, group: Subject<Group>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let policy = checks.policy_name(input.policy_name);
    checks.finish()?;
    let (policy_name, policy_document) = permissions::inline(&group, &policy)?;
    Ok(Output { group_name: group.existing()?.name.clone(), policy_name, policy_document })
}
