//! CreateOpenIDConnectProvider: registers an issuer whose tokens this account accepts.
//!
//! Differences from AWS: without thumbprints none is fetched, and the system's trust roots decide.
//! `http://` is accepted for the hosts that the configuration allows.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::providers::{OidcProvider, without_scheme};
use vocab::Arn;

use super::{add_client_id, thumbprints, urls};
use crate::checks::Checks;
use crate::shapes::{self, Tag};
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, callers, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    url: Option<String>,
    #[serde(rename = "ClientIDList")]
    client_id_list: Option<Vec<String>>,
    thumbprint_list: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Arn,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let arn = Arn::oidc_provider(place.account, without_scheme(input.url.as_deref().unwrap_or_default()));
    let make = || {
        let mut needs = vec![Need::on("iam:CreateOpenIDConnectProvider", &arn)];
        if tags::any(input.tags.as_ref()) {
            needs.push(Need::on("iam:TagOpenIDConnectProvider", &arn));
        }
        needs
    };
    Access::all(tags::requested(input.tags.as_ref(), make))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let clients = input.client_id_list.unwrap_or_default();
    let prints = input.thumbprint_list.unwrap_or_default();
    checks.items("clientIDList", &clients, 1, 255);
    checks.items("thumbprintList", &prints, 40, 40);
    let url = checks.text("url", input.url, 1, 255, "", |_| true);
    let new_tags = checks.tags(input.tags);
    checks.finish()?;
    urls::check(&url, &call.state.plain_http_hosts)?;
    let mut client_ids = Vec::new();
    for client in clients {
        add_client_id(&mut client_ids, client)?;
    }
    let provider = OidcProvider {
        account: call.place.account,
        url,
        client_ids,
        thumbprints: thumbprints(prints)?,
        tags: tags::first(new_tags)?,
        created: call.time,
    };
    insert(&call, &provider).await?;
    Ok(Output { open_id_connect_provider_arn: provider.arn(), tags: shapes::some_tags(&provider.tags) })
}

async fn insert(call: &Call<Iam>, provider: &OidcProvider) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let others = configuration.list::<OidcProvider>(&format!("{}/", call.place.account)).await?;
        if others.iter().any(|other| other.host_and_path() == provider.host_and_path()) {
            return Err(Error::EntityAlreadyExists(format!("Provider with url {} already exists.", provider.url)));
        }
        if others.len() >= PROVIDERS {
            let text = format!("Cannot exceed quota for OpenIdConnectProvidersPerAccount: {PROVIDERS}");
            return Err(Error::LimitExceeded(text));
        }
        let mut batch = configuration.batch();
        batch.insert(provider)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

const PROVIDERS: usize = 100;
