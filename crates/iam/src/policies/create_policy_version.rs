//! CreatePolicyVersion: a further version, which comes into force if asked.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::PolicyVersion as Kept;

use crate::checks::Checks;
use crate::policies::shapes::PolicyVersion;
use crate::policies::{Target, attachable};
use crate::{Error, Iam, documents};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    policy_document: Option<String>,
    set_as_default: Option<bool>,
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
    policy.access("iam:CreatePolicyVersion")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let document = checks.document("policyDocument", input.policy_document);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.changeable(&call, "iam:CreatePolicyVersion")?;
    policy.existing()?;
    documents::managed(&document)?;
    let version = Kept { document, created: call.time };
    let mut shown = None;
    policy
        .change(&call, |policy| {
            if policy.versions.len() >= VERSIONS {
                return Err(Error::LimitExceeded(TOO_MANY.into()));
            }
            policy.newest_version += 1;
            policy.updated = call.time;
            policy.versions.insert(policy.newest_version, version.clone());
            if input.set_as_default == Some(true) {
                policy.default_version = policy.newest_version;
            }
            shown = Some(PolicyVersion::of(policy, policy.newest_version, &version));
            Ok(())
        })
        .await?;
    Ok(Output { policy_version: shown.ok_or(Error::ConcurrentModification)? })
}

const VERSIONS: usize = 5;
const TOO_MANY: &str = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                        existing version.";
