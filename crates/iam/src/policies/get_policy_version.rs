//! GetPolicyVersion: one version with its document, percent-encoded.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::policies::shapes::PolicyVersion;
use crate::policies::{Existing, Target, attachable, no_version, version_number};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    version_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_version: PolicyVersion,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:GetPolicyVersion")
}

pub async fn run(_: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let id = checks.version_id(input.version_id);
    checks.finish()?;
    attachable::arn(&arn)?;
    let missing = || no_version(&arn, &id);
    let number = version_number(&id).ok_or_else(missing)?;
    let version = match policy.existing().map_err(|_| missing())? {
        Existing::Own(own) => {
            let version = own.versions.get(&number).ok_or_else(missing)?;
            let document = Some(version.document.clone());
            PolicyVersion { document, ..PolicyVersion::of(own, number, version) }
        }
        Existing::Aws(aws) if number == 1 => PolicyVersion::aws_whole(aws),
        Existing::Aws(_) => return Err(missing()),
    };
    Ok(Output { policy_version: version })
}
