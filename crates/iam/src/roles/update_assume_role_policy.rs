//! UpdateAssumeRolePolicy: replaces the trust policy of a role.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, trust};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    policy_document: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:UpdateAssumeRolePolicy")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let document = checks.document("policyDocument", input.policy_document);
    checks.finish()?;
    role.existing()?;
    let trust = trust::stored(&call.host, &document).await?;
    role.change(&call, |role| {
        role.trust.clone_from(&trust);
        Ok(())
    })
    .await
}
