//! ListSAMLProviderTags: the tags of a SAML provider.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::SamlProvider;

use super::{by_arn, named_well};
use crate::checks::Checks;
use crate::shapes::{self, Tag};
use crate::subject::Subject;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<SamlProvider>, Error> {
    Box::pin(by_arn(visit, input.saml_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<SamlProvider>) -> Access {
    provider.access("iam:ListSAMLProviderTags")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<SamlProvider>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("sAMLProviderArn", input.saml_provider_arn);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    named_well(&arn)?;
    let tags = page.of_places(&call, "ListSAMLProviderTags", shapes::tags(&provider.existing()?.tags)).await?;
    Ok(Output { tags: tags.items, is_truncated: tags.is_truncated, marker: tags.marker })
}
