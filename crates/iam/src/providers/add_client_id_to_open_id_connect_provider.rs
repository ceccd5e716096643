//! AddClientIDToOpenIDConnectProvider: accepts one more audience. It may be there already.
//!
//! Differences from AWS: none known.

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
    #[serde(rename = "ClientID")]
    client_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    provider.access("iam:AddClientIDToOpenIDConnectProvider")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    let client = checks.text("clientID", input.client_id, 1, 255, "", |_| true);
    checks.finish()?;
    providers::named_well(&arn)?;
    provider.change(&call, |provider| providers::add_client_id(&mut provider.client_ids, client.clone())).await
}
