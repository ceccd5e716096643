//! DeleteOpenIDConnectProvider: forgets a provider. Roles that name it stay, and nobody can assume them through it.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::providers::OidcProvider;

use crate::checks::Checks;
use crate::subject::{ATTEMPTS, Subject};
use crate::{Error, Iam, providers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    provider.access("iam:DeleteOpenIDConnectProvider")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    checks.finish()?;
    providers::named_well(&arn)?;
    if provider.found().is_none() {
        return Err(Error::NoSuchEntity(format!("OpenId connect Provider {arn} cannot be found.")));
    }
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
