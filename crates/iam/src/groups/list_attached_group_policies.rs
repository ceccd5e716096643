//! ListAttachedGroupPolicies: the managed policies attached to a group, in order of attachment.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Group;

use crate::checks::Checks;
use crate::shapes::Attached;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attached_policies: Vec<Attached>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:ListAttachedGroupPolicies")
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let prefix = checks.path_prefix(input.path_prefix);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let attached = permissions::attached(&call, "ListAttachedGroupPolicies", &group, &prefix, page).await?;
    let (is_truncated, marker) = (attached.is_truncated, attached.marker);
    Ok(Output { attached_policies: attached.items, is_truncated, marker })
}
