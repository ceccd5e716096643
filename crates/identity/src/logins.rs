//! The logins of a call: tokens by provider, each verified, all or nothing.

use std::sync::Arc;
use std::time::Duration;

use federation::{Issuer, Provider, Unverified, Verified};
use operation::Visit;
use serde_json::{Map, Value};
use store::Stored;
use store::identities::Login;
use store::records::pools::Pool;
use store::records::providers::OidcProvider;
use vocab::{AccountId, Arn};

use crate::shapes::Logins;
use crate::{Error, Identity};

/// The key of our own tokens in a logins map.
pub const COGNITO: &str = sts::web_identity::COGNITO;

/// A login that its provider vouched for.
pub struct Proven {
    /// Provider and subject: what identities are found by.
    pub login: Login,
    /// The detailed form in `amr`.
    pub amr: String,
    /// What tag maps call the provider: the key of the logins map, or the ARN of a provider of IAM.
    pub provider: String,
    /// What role mappings call it: with the app client, where it is a user pool.
    pub mapping: String,
    /// What the provider said.
    pub said: Said,
}

/// What a provider said.
pub enum Said {
    /// A token, or the answer about one.
    Token(Arc<Verified>),
    /// An assertion: its attributes, and the roles that it offers.
    Assertion(Map<String, Value>, Vec<Arn>),
}

impl Said {
    /// The claims; attributes of an assertion by their names.
    pub fn claims(&self) -> &Map<String, Value> {
        match self {
            Self::Token(verified) => &verified.claims,
            Self::Assertion(attributes, _) => attributes,
        }
    }
}

/// Verifies every login of a call. One that fails fails the call.
pub async fn verify(visit: &Visit<Identity>, pool: &Pool, logins: &Logins) -> Result<Vec<Proven>, Error> {
    let mut proven = Vec::with_capacity(logins.len());
    for (key, token) in logins {
        if key == COGNITO {
            return Err(Error::NotAuthorized("Invalid login token. Can't pass in a Cognito token.".into()));
        }
        if pool.developer_provider.as_ref() == Some(key) {
            return Err(Error::InvalidParameter("Please provide a valid public provider.".into()));
        }
        proven.push(verify_one(visit, pool, key, token.expose()).await?);
    }
    Ok(proven)
}

/// Whether the pool accepts logins under this key.
pub fn is_supported(pool: &Pool, key: &str) -> bool {
    pool.supported_login_providers.contains_key(key)
        || pool.user_pools.iter().any(|user_pool| user_pool.provider_name == key)
        || pool.open_id_connect_providers.contains(&Arn::oidc_provider(pool.account, key))
        || pool.saml_providers.iter().any(|arn| arn.as_str() == key)
}

async fn verify_one(visit: &Visit<Identity>, pool: &Pool, key: &str, token: &str) -> Result<Proven, Error> {
    if let Some(app) = pool.supported_login_providers.get(key) {
        return public(visit, key, app, token).await;
    }
    let is_user_pool = pool.user_pools.iter().any(|user_pool| user_pool.provider_name == key);
    if is_user_pool {
        return user_pool(visit, pool, key, token).await;
    }
    if let Some(arn) = pool.saml_providers.iter().find(|arn| arn.as_str() == key) {
        return saml(visit, arn, token).await;
    }
    let arn = Arn::oidc_provider(pool.account, key);
    if pool.open_id_connect_providers.contains(&arn) {
        return registered(visit, pool.account, key, token).await;
    }
    Err(Error::unsupported_provider())
}

/// Google, Apple, Amazon, Facebook, Twitter: built in, with the app id that the pool names.
async fn public(visit: &Visit<Identity>, key: &str, app: &str, token: &str) -> Result<Proven, Error> {
    let verifier = &visit.state.sts.verifier;
    let verified = match key {
        "accounts.google.com" => id_token(visit, &Provider::google(), token).await?,
        "appleid.apple.com" => id_token(visit, &built_in("https://appleid.apple.com")?, token).await?,
        "www.amazon.com" => verifier.amazon(token).await?,
        // Limited Login gives an ID token, the other one an opaque access token; both name a person alike.
        "graph.facebook.com" if Unverified::parse(token).is_ok() => {
            id_token(visit, &Provider::facebook(), token).await?
        }
        "graph.facebook.com" => {
            let secret = visit.state.sts.facebook_secrets.get(app);
            verifier.facebook(token, app, secret).await?
        }
        "api.twitter.com" => verifier.twitter(token, app, visit.host.random.bytes()).await?,
        _ => return Err(Error::unsupported_provider()),
    };
    // Of Twitter's `KEY;SECRET` the key is the audience; the secret goes nowhere.
    let app = if key == "api.twitter.com" { app.split(';').next().unwrap_or_default() } else { app };
    verified.audience_among(&[app])?;
    let amr = format!("{key}:{app}:{}", verified.subject);
    Ok(proven(key, amr, (key.to_owned(), key.to_owned()), verified))
}

async fn user_pool(visit: &Visit<Identity>, pool: &Pool, key: &str, token: &str) -> Result<Proven, Error> {
    let verified = id_token(visit, &built_in(&format!("https://{key}"))?, token).await?;
    let clients: Vec<&str> = pool
        .user_pools
        .iter()
        .filter(|user_pool| user_pool.provider_name == key)
        .map(|user_pool| user_pool.client_id.as_str())
        .collect();
    let client = verified.audience_among(&clients)?.to_owned();
    if verified.claims.get("token_use").is_some_and(|usage| usage != "id") {
        return Err(Error::NotAuthorized("Invalid login token. Not a valid OpenId Connect identity token.".into()));
    }
    let asks =
        pool.user_pools.iter().any(|user_pool| user_pool.provider_name == key && user_pool.server_side_token_check);
    if asks {
        still_counts(visit, key, token).await?;
    }
    let amr = format!("{key}:CognitoSignIn:{}", verified.subject);
    Ok(proven(key, amr, (key.to_owned(), format!("{key}:{client}")), verified))
}

/// Asks the user pool itself, on every call. A check that was asked for is never skipped.
async fn still_counts(visit: &Visit<Identity>, key: &str, token: &str) -> Result<(), Error> {
    visit.state.sts.verifier.still_counts(key, token).await.map_err(|error| match error {
        federation::Error::Rejected => Error::NotAuthorized("Invalid login token. Token has been revoked.".into()),
        error => {
            visit.note(format!("user pool {key} was not asked whether a token was revoked: {error}"));
            Error::ExternalService("The user pool cannot be asked whether the token was revoked.".into())
        }
    })
}

async fn registered(visit: &Visit<Identity>, account: AccountId, key: &str, token: &str) -> Result<Proven, Error> {
    let record: Option<Stored<OidcProvider>> = visit.host.configuration.get(&OidcProvider::id_of(account, key)).await?;
    // The pool names a provider that was deleted: nobody vouches for the token.
    let record = record.ok_or_else(Error::unsupported_provider)?;
    let provider = sts::web_identity::provider(&record)?;
    let verified = id_token(visit, &provider, token).await?;
    verified.audience_among(&record.client_ids)?;
    let arn = record.arn().to_string();
    Ok(proven(key, format!("{arn}:OIDC:{}", verified.subject), (arn.clone(), arn), verified))
}

/// A response of a SAML provider. It may be shown again as long as it counts: GetId and GetCredentialsForIdentity are
/// asked with the same one.
async fn saml(visit: &Visit<Identity>, arn: &Arn, response: &str) -> Result<Proven, Error> {
    let proof = sts::saml::verify(&visit.with_state(visit.state.sts.clone()), arn, response, None).await?;
    let proof = proof.map_err(Error::from)?;
    let mut attributes = Map::new();
    for (name, values) in &proof.assertion.attributes {
        let value = if let [one] = values.as_slice() { one.as_str().into() } else { values.clone().into() };
        attributes.insert(name.clone(), value);
    }
    let subject = proof.assertion.name_id.clone();
    attributes.entry(NAME_IDENTIFIER).or_insert_with(|| subject.as_str().into());
    let amr = format!("{arn}:SAML:{subject}");
    let (provider, said) = (arn.to_string(), Said::Assertion(attributes, proof.roles()));
    Ok(Proven { login: Login { provider: provider.clone(), subject }, amr, mapping: provider.clone(), provider, said })
}

async fn id_token(visit: &Visit<Identity>, provider: &Provider, token: &str) -> Result<Arc<Verified>, Error> {
    // The issuer first: a token of another provider is told apart from one that is badly signed.
    let unverified = Unverified::parse(token)?;
    if !provider.is_named(unverified.issuer()) {
        return Err(Error::NotAuthorized("Invalid login token. Issuer doesn't match providerName".into()));
    }
    Ok(visit.state.sts.verifier.oidc_within(provider, token, LEEWAY).await?)
}

fn built_in(issuer: &str) -> Result<Provider, Error> {
    let issuer = Issuer::parse(issuer).map_err(|_| Error::unsupported_provider())?;
    Ok(Provider::new(issuer, Vec::new(), 0))
}

fn proven(key: &str, amr: String, (provider, mapping): (String, String), verified: Arc<Verified>) -> Proven {
    let login = Login { provider: key.to_owned(), subject: verified.subject.clone() };
    Proven { login, amr, provider, mapping, said: Said::Token(verified) }
}

/// The attribute that tag maps know a subject by; assertions name it outside of their attributes.
const NAME_IDENTIFIER: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
/// How long a token counts after its expiry: not at all. The documents speak of five minutes for clocks
/// that differ; the stricter reading refuses nobody whose clock is right.
const LEEWAY: Duration = Duration::ZERO;
