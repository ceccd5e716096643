//! DeleteSAMLProvider: forgets a provider. Roles that name it stay, and nobody can assume them through it.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::providers::SamlProvider;

use super::{by_arn, named_well};
use crate::checks::Checks;
use crate::subject::{ATTEMPTS, Subject};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<SamlProvider>, Error> {
    Box::pin(by_arn(visit, input.saml_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<SamlProvider>) -> Access {
    provider.access("iam:DeleteSAMLProvider")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<SamlProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("sAMLProviderArn", input.saml_provider_arn);
    checks.finish()?;
    named_well(&arn)?;
    for _ in 0..ATTEMPTS {
        let now = provider.current(&call).await?;
        let mut batch = call.host.configuration.batch();
        batch.delete(&now);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
