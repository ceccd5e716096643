//! GetOpenIDConnectProvider: a provider with its audiences and thumbprints; the URL without its scheme.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::OidcProvider;
use vocab::Timestamp;

use crate::checks::Checks;
use crate::shapes::{self, Tag};
use crate::subject::Subject;
use crate::{Error, Iam, providers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    url: String,
    #[serde(rename = "ClientIDList")]
    client_id_list: Vec<String>,
    thumbprint_list: Vec<String>,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
    tags: Vec<Tag>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    provider.access("iam:GetOpenIDConnectProvider")
}

pub async fn run(_: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    checks.finish()?;
    providers::named_well(&arn)?;
    let provider = provider.existing()?;
    Ok(Output {
        url: provider.host_and_path().to_owned(),
        client_id_list: provider.client_ids.clone(),
        thumbprint_list: provider.thumbprints.clone(),
        create_date: provider.created,
        tags: shapes::tags(&provider.tags),
    })
}
