//! SAML providers: identity providers known by their metadata.

mod create_saml_provider;
mod delete_saml_provider;
mod get_saml_provider;
mod list_saml_provider_tags;
mod list_saml_providers;
mod tag_saml_provider;
mod untag_saml_provider;
mod update_saml_provider;

use federation::saml::Metadata;
use operation::Visit;
use operation::service::Builder;
use store::records::providers::SamlProvider;
use vocab::{Arn, Timestamp};

use crate::checks::Checks;
use crate::subject::Subject;
use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with(
            "CreateSAMLProvider",
            create_saml_provider::facts,
            create_saml_provider::access,
            create_saml_provider::run,
        )
        .add_with("GetSAMLProvider", get_saml_provider::facts, get_saml_provider::access, get_saml_provider::run)
        .add_with(
            "ListSAMLProviders",
            list_saml_providers::facts,
            list_saml_providers::access,
            list_saml_providers::run,
        )
        .add_with(
            "UpdateSAMLProvider",
            update_saml_provider::facts,
            update_saml_provider::access,
            update_saml_provider::run,
        )
        .add_with(
            "DeleteSAMLProvider",
            delete_saml_provider::facts,
            delete_saml_provider::access,
            delete_saml_provider::run,
        )
        .add_with("TagSAMLProvider", tag_saml_provider::facts, tag_saml_provider::access, tag_saml_provider::run)
        .add_with(
            "UntagSAMLProvider",
            untag_saml_provider::facts,
            untag_saml_provider::access,
            untag_saml_provider::run,
        )
        .add_with(
            "ListSAMLProviderTags",
            list_saml_provider_tags::facts,
            list_saml_provider_tags::access,
            list_saml_provider_tags::run,
        )
}

/// The provider with this ARN.
pub async fn by_arn(visit: &Visit<Iam>, arn: Option<&str>) -> Result<Subject<SamlProvider>, Error> {
    let given = arn.unwrap_or_default();
    let account = visit.place.account;
    let own = parsed(given).filter(|arn| arn.account_id() == Some(account));
    let name = own.as_ref().and_then(Arn::typed_resource).map_or("", |(_, name)| name);
    Subject::gather(visit, given, &SamlProvider::id_of(account, name), || given.to_owned()).await
}

/// Errs where this is not the ARN of a SAML provider.
pub fn named_well(arn: &str) -> Result<(), Error> {
    match parsed(arn) {
        Some(_) => Ok(()),
        None => Err(Error::Validation("Invalid ARN:  Could not be parsed!".into())),
    }
}

/// Metadata that a provider can be registered with: one identity provider of SAML 2.0, its keys, and some time left.
pub fn usable(document: &str, now: Timestamp) -> Result<Metadata, Error> {
    let unusable = |error| Error::InvalidInput(format!("Could not parse metadata: {error}"));
    let metadata = Metadata::parse(document).map_err(unusable)?;
    metadata.is_current(now).map_err(unusable)?;
    Ok(metadata)
}

/// The members about encrypted assertions. None can be opened here, so none may be promised.
pub fn no_encryption(mode: Option<&str>, private_key: Option<&String>) -> Result<(), Error> {
    if mode == Some("Required") || private_key.is_some() {
        return Err(Error::InvalidInput("Encrypted assertions are not supported.".into()));
    }
    Ok(())
}

/// The constraints of those members.
pub fn check_encryption(checks: &mut Checks, mode: Option<&String>, private_key: Option<&String>) {
    checks.one_of("assertionEncryptionMode", mode.map(String::as_str), &["Required", "Allowed"]);
    if let Some(key) = private_key {
        checks.text("addPrivateKey", Some(key.clone()), 1, 16_384, "", |_| true);
    }
}

/// The constraint of a metadata document.
pub fn check_document(checks: &mut Checks, document: Option<String>) -> String {
    checks.text("sAMLMetadataDocument", document, 1000, 10_000_000, "", |_| true)
}

fn parsed(arn: &str) -> Option<Arn> {
    let arn: Arn = arn.parse().ok()?;
    let is_provider = arn.service() == "iam"
        && arn.region().is_empty()
        && arn.partition() == "aws"
        && matches!(arn.typed_resource(), Some(("saml-provider", name)) if !name.is_empty());
    is_provider.then_some(arn)
}
