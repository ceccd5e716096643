//! UpdateOpenIDConnectProviderThumbprint: replaces the whole list of thumbprints.
//!
//! Differences from AWS: an empty list is accepted: the system's trust roots decide.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::providers::OidcProvider;

use crate::checks::Checks;
use crate::subject::Subject;
use crate::{Error, Iam, providers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Option<String>,
    thumbprint_list: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    provider.access("iam:UpdateOpenIDConnectProviderThumbprint")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    let prints = checks.required_list("thumbprintList", input.thumbprint_list);
    checks.items("thumbprintList", &prints, 40, 40);
    checks.finish()?;
    providers::named_well(&arn)?;
    let prints = providers::thumbprints(prints)?;
    provider
        .change(&call, |provider| {
            provider.thumbprints.clone_from(&prints);
            Ok(())
        })
        .await
}
