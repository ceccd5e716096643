//! TagOpenIDConnectProvider: adds tags to an OIDC provider, or overwrites them. Keys ignore case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::providers::OidcProvider;

use crate::checks::Checks;
use crate::shapes::Tag;
use crate::subject::Subject;
use crate::{Error, Iam, providers, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<OidcProvider>, Error> {
    Box::pin(providers::by_arn(visit, input.open_id_connect_provider_arn.as_deref()))
}

pub fn access(input: &Input, _: &Place, provider: &Subject<OidcProvider>) -> Access {
    Access::all(tags::requested(input.tags.as_ref(), || provider.needs("iam:TagOpenIDConnectProvider")))
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<OidcProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("openIDConnectProviderArn", input.open_id_connect_provider_arn);
    let new = checks.required_tags(input.tags);
    checks.finish()?;
    providers::named_well(&arn)?;
    provider.change(&call, |provider| tags::put(&mut provider.tags, &new)).await
}
