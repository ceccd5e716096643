//! PutGroupPolicy: creates or replaces an inline policy of a group.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    policy_name: Option<String>,
    policy_document: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:PutGroupPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let policy = checks.policy_name(input.policy_name);
    let document = checks.document("policyDocument", input.policy_document);
    checks.finish()?;
    permissions::put_inline(&call, &group, &policy, &document).await
}
