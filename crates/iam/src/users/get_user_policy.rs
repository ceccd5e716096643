//! GetUserPolicy: one inline policy of a user, its document percent-encoded.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::User;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    policy_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_name: String,
    policy_name: String,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    policy_document: String,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, user: &Subject<User>) -> Access {
    user.access("iam:GetUserPolicy")
}

pub async fn run(_: Call<Iam>, input: Input, user: Subject<User>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let policy = checks.policy_name(input.policy_name);
    checks.finish()?;
    let (policy_name, policy_document) = permissions::inline(&user, &policy)?;
    Ok(Output { user_name: user.existing()?.name.clone(), policy_name, policy_document })
}
