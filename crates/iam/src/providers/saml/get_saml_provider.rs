//! GetSAMLProvider: a provider with its metadata.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::SamlProvider;
use vocab::Timestamp;

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
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "SAMLProviderUUID")]
    saml_provider_uuid: String,
    #[serde(rename = "SAMLMetadataDocument")]
    saml_metadata_document: String,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
    #[serde(with = "wire::times::iso8601")]
    valid_until: Timestamp,
    tags: Vec<Tag>,
    assertion_encryption_mode: &'static str,
    private_key_list: [String; 0],
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<SamlProvider>, Error> {
    Box::pin(by_arn(visit, input.saml_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<SamlProvider>) -> Access {
    provider.access("iam:GetSAMLProvider")
}

pub async fn run(_: Call<Iam>, input: Input, provider: Subject<SamlProvider>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("sAMLProviderArn", input.saml_provider_arn);
    checks.finish()?;
    named_well(&arn)?;
    let provider = provider.existing()?;
    Ok(Output {
        saml_provider_uuid: provider.uuid.clone(),
        saml_metadata_document: provider.metadata.clone(),
        create_date: provider.created,
        valid_until: provider.shown_valid_until(),
        tags: shapes::tags(&provider.tags),
        assertion_encryption_mode: "Allowed",
        private_key_list: [],
    })
}
