//! OpenID Connect providers, and SAML providers in their own folder.

mod add_client_id_to_open_id_connect_provider;
mod create_open_id_connect_provider;
mod delete_open_id_connect_provider;
mod get_open_id_connect_provider;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod remove_client_id_from_open_id_connect_provider;
mod saml;
mod tag_open_id_connect_provider;
mod untag_open_id_connect_provider;
mod update_open_id_connect_provider_thumbprint;
mod urls;

use operation::Visit;
use operation::service::Builder;
use store::records::providers::OidcProvider;
use vocab::Arn;

use crate::subject::Subject;
use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    saml::operations(builder)
        .add_with(
            "CreateOpenIDConnectProvider",
            create_open_id_connect_provider::facts,
            create_open_id_connect_provider::access,
            create_open_id_connect_provider::run,
        )
        .add_with(
            "GetOpenIDConnectProvider",
            get_open_id_connect_provider::facts,
            get_open_id_connect_provider::access,
            get_open_id_connect_provider::run,
        )
        .add_with(
            "ListOpenIDConnectProviders",
            list_open_id_connect_providers::facts,
            list_open_id_connect_providers::access,
            list_open_id_connect_providers::run,
        )
        .add_with(
            "DeleteOpenIDConnectProvider",
            delete_open_id_connect_provider::facts,
            delete_open_id_connect_provider::access,
            delete_open_id_connect_provider::run,
        )
        .add_with(
            "AddClientIDToOpenIDConnectProvider",
            add_client_id_to_open_id_connect_provider::facts,
            add_client_id_to_open_id_connect_provider::access,
            add_client_id_to_open_id_connect_provider::run,
        )
        .add_with(
            "RemoveClientIDFromOpenIDConnectProvider",
            remove_client_id_from_open_id_connect_provider::facts,
            remove_client_id_from_open_id_connect_provider::access,
            remove_client_id_from_open_id_connect_provider::run,
        )
        .add_with(
            "UpdateOpenIDConnectProviderThumbprint",
            update_open_id_connect_provider_thumbprint::facts,
            update_open_id_connect_provider_thumbprint::access,
            update_open_id_connect_provider_thumbprint::run,
        )
        .add_with(
            "TagOpenIDConnectProvider",
            tag_open_id_connect_provider::facts,
            tag_open_id_connect_provider::access,
            tag_open_id_connect_provider::run,
        )
        .add_with(
            "UntagOpenIDConnectProvider",
            untag_open_id_connect_provider::facts,
            untag_open_id_connect_provider::access,
            untag_open_id_connect_provider::run,
        )
        .add_with(
            "ListOpenIDConnectProviderTags",
            list_open_id_connect_provider_tags::facts,
            list_open_id_connect_provider_tags::access,
            list_open_id_connect_provider_tags::run,
        )
}

/// The provider with this ARN.
pub async fn by_arn(visit: &Visit<Iam>, arn: Option<&str>) -> Result<Subject<OidcProvider>, Error> {
    let given = arn.unwrap_or_default();
    let account = visit.place.account;
    let own = parsed(given).filter(|arn| arn.account_id() == Some(account));
    let name = own.as_ref().and_then(Arn::typed_resource).map_or("", |(_, name)| name);
    Subject::gather(visit, given, &OidcProvider::id_of(account, name), || given.to_owned()).await
}

/// Errs where this is not the ARN of a provider.
pub fn named_well(arn: &str) -> Result<(), Error> {
    match parsed(arn) {
        Some(_) => Ok(()),
        None => Err(Error::Validation("Invalid ARN:  Could not be parsed!".into())),
    }
}

/// Thumbprints as they are kept: few, and in lower case.
pub fn thumbprints(given: Vec<String>) -> Result<Vec<String>, Error> {
    if given.len() > THUMBPRINTS {
        return Err(Error::InvalidInput("Thumbprint list must contain fewer than 5 entries.".into()));
    }
    if !given.iter().all(|thumbprint| thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(Error::InvalidInput("Thumbprint must be a hexadecimal string.".into()));
    }
    Ok(given.iter().map(|thumbprint| thumbprint.to_ascii_lowercase()).collect())
}

/// Adds a client id. It may be there already.
pub fn add_client_id(kept: &mut Vec<String>, client_id: String) -> Result<(), Error> {
    if kept.contains(&client_id) {
        return Ok(());
    }
    if kept.len() >= CLIENT_IDS {
        let text = format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENT_IDS}");
        return Err(Error::LimitExceeded(text));
    }
    kept.push(client_id);
    Ok(())
}

fn parsed(arn: &str) -> Option<Arn> {
    let arn: Arn = arn.parse().ok()?;
    let is_provider = arn.service() == "iam"
        && arn.region().is_empty()
        && arn.partition() == "aws"
        && matches!(arn.typed_resource(), Some(("oidc-provider", name)) if !name.is_empty());
    is_provider.then_some(arn)
}

const THUMBPRINTS: usize = 5;
const CLIENT_IDS: usize = 100;
