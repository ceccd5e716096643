//! DeletePolicyVersion: deletes a version that is not in force. Its number is not used again.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;

use crate::checks::Checks;
use crate::policies::{Target, attachable, no_version, version_number};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    version_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:DeletePolicyVersion")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let id = checks.version_id(input.version_id);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.changeable(&call, "iam:DeletePolicyVersion")?;
    let missing = || no_version(&arn, &id);
    let number = version_number(&id).ok_or_else(missing)?;
    policy.existing().map_err(|_| missing())?;
    policy
        .change(&call, |policy| {
            if number == policy.default_version {
                return Err(Error::DeleteConflict("Cannot delete the default version of a policy."));
            }
            policy.versions.remove(&number).map(drop).ok_or_else(missing)
        })
        .await
}
