//! UntagOpenIDConnectProvider: removes tags from an OIDC provider. Keys that are not there do not matter.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::providers::OidcProvider;

use crate::checks::Checks;
use crate::subject::Subject;
use crate::{Error, Iam, providers, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(input: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    Access::all(tags::removed(provider.needs("iam:UntagOpenIDConnectProvider"), input.tag_keys.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    let keys = checks.tag_keys(input.tag_keys);
    checks.finish()?;
    providers::named_well(&arn)?;
    provider
        .change(&call, |provider| {
            tags::remove(&mut provider.tags, &keys);
            Ok(())
        })
        .await
}
