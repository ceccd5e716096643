//! DeletePolicy: deletes a managed policy that is used nowhere and has one version only.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;

use crate::checks::Checks;
use crate::policies::usage::Usage;
use crate::policies::{Target, attachable};
use crate::subject::ATTEMPTS;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:DeletePolicy")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.changeable(&call, "iam:DeletePolicy")?;
    for _ in 0..ATTEMPTS {
        let now = policy.current(&call).await?;
        // Whoever attaches the policy writes it too: then the deletion below starts over.
        if Usage::of(&call).await?.counts(&arn) != (0, 0) {
            return Err(Error::DeleteConflict("Cannot delete a policy attached to entities."));
        }
        if now.versions.len() > 1 {
            return Err(Error::DeleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        let mut batch = call.host.configuration.batch();
        batch.delete(&now);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
