//! UpdateSAMLProvider: replaces a provider's metadata.
//!
//! Differences from AWS: as for CreateSAMLProvider.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::SamlProvider;
use vocab::Arn;

use super::{by_arn, check_document, check_encryption, named_well, no_encryption, usable};
use crate::checks::Checks;
use crate::subject::Subject;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Option<String>,
    #[serde(rename = "SAMLMetadataDocument")]
    saml_metadata_document: Option<String>,
    assertion_encryption_mode: Option<String>,
    add_private_key: Option<String>,
    remove_private_key: Option<String>,
}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Arn,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<SamlProvider>, Error> {
    Box::pin(by_arn(visit, input.saml_provider_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, provider: &Subject<SamlProvider>) -> Access {
    provider.access("iam:UpdateSAMLProvider")
}

pub async fn run(call: Call<Iam>, input: Input, provider: Subject<SamlProvider>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("sAMLProviderArn", input.saml_provider_arn);
    let document = input.saml_metadata_document.map(|document| check_document(&mut checks, Some(document)));
    check_encryption(&mut checks, input.assertion_encryption_mode.as_ref(), input.add_private_key.as_ref());
    if input.remove_private_key.is_some() {
        let shaped = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        checks.text("removePrivateKey", input.remove_private_key.clone(), 22, 64, "[A-Z0-9]+", shaped);
    }
    checks.finish()?;
    named_well(&arn)?;
    let found = provider.existing()?.arn();
    no_encryption(input.assertion_encryption_mode.as_deref(), input.add_private_key.as_ref())?;
    if let Some(key) = input.remove_private_key {
        return Err(Error::NoSuchEntity(format!("The private key with id {key} cannot be found.")));
    }
    if let Some(document) = document {
        let valid_until = usable(&document, call.time)?.valid_until();
        let change = |provider: &mut SamlProvider| {
            provider.metadata.clone_from(&document);
            provider.valid_until = valid_until;
            Ok(())
        };
        provider.change(&call, change).await?;
    }
    Ok(Output { saml_provider_arn: found })
}
