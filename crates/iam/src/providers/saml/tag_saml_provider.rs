//! TagSAMLProvider: adds tags to a SAML provider, or overwrites them. Keys ignore case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::providers::SamlProvider;

use super::{by_arn, named_well};
use crate::checks::Checks;
use crate::shapes::Tag;
use crate::subject::Subject;
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<SamlProvider>, Error> {
    Box::pin(by_arn(visit, input.saml_provider_arn.as_deref()))
}

pub fn access(input: &Input, _: &Place, provider: &Subject<SamlProvider>) -> Access {
    Access::all(tags::requested(input.tags.as_ref(), || provider.needs("iam:TagSAMLProvider")))
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<SamlProvider>) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("sAMLProviderArn", input.saml_provider_arn);
    let new = checks.required_tags(input.tags);
    checks.finish()?;
    named_well(&arn)?;
    provider.change(&call, |provider| tags::put(&mut provider.tags, &new)).await
}
