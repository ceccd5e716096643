//! Web identities: what a provider's token proves, and under which name trust policies know it.

use std::sync::Arc;

use federation::{Algorithm, Issuer, KeySet, Provider, PublicKey, Unverified, Verified};
use operation::issuer::ISSUER;
use operation::session::Federated;
use operation::{Host, Visit};
use serde_json::Value;
use store::Stored;
use store::identities::Identity;
use store::records::pools::Pool;
use store::records::providers::{OidcProvider, without_scheme};
use vocab::{AccountId, Arn, IdentityId};

use crate::session_tags::{SessionTags, source_identity_of_claims};
use crate::{Error, Sts, ci_claims, role_claims};

/// The name of our own issuer in trust policies and condition keys.
pub const COGNITO: &str = "cognito-identity.amazonaws.com";

/// A verified web identity.
pub struct Proof {
    /// The federated principal: a provider's ARN, or the name of a built-in one.
    pub provider: String,
    /// The subject.
    pub subject: String,
    /// The audience that was matched.
    pub audience: String,
    /// Condition keys for the trust policy.
    pub keys: Vec<(String, Federated)>,
    /// Tags that the token carries.
    pub tags: SessionTags,
    /// The only roles that the token is for; `None`: it does not say.
    pub roles: Option<Vec<String>>,
    /// The source identity that the token carries.
    pub source_identity: Option<String>,
    /// Who begins a chain of sessions with it.
    pub who: String,
    /// The account of the identity pool, for tokens of our own issuer.
    pub pool_account: Option<AccountId>,
}

impl Proof {
    /// The keys that stay with the session.
    pub fn lasting_keys(&self) -> Vec<(String, Federated)> {
        const LAST: [&str; 6] = [":aud", ":sub", ":amr", ":id", ":app_id", ":user_id"];
        self.keys.iter().filter(|(key, _)| LAST.iter().any(|end| key.ends_with(end))).cloned().collect()
    }
}

/// Verifies a token for a role of `account`.
pub async fn verify(
    visit: &Visit<Sts>,
    account: AccountId,
    token: &str,
    provider_id: Option<&str>,
) -> Result<Proof, Error> {
    match provider_id {
        Some("www.amazon.com") => amazon(visit, token).await,
        Some("graph.facebook.com") => facebook(visit, token).await,
        Some(other) => Err(Error::InvalidIdentityToken(format!("The provider {other} is not supported."))),
        None => oidc(visit, account, token).await,
    }
}

async fn oidc(visit: &Visit<Sts>, account: AccountId, token: &str) -> Result<Proof, Error> {
    let unverified = Unverified::parse(token)?;
    let issuer = unverified.issuer();
    if issuer == ISSUER {
        let verified = own_token(&visit.state, &visit.host, token)?;
        must_exist(visit, &verified.subject, &verified).await?;
        let mut proof = proof(COGNITO.to_owned(), COGNITO, &verified, &format!("identity:{}", verified.subject))?;
        let arn = verified.claims.get(POOL_ARN).and_then(Value::as_str).and_then(|arn| arn.parse::<Arn>().ok());
        proof.pool_account = arn.and_then(|arn| arn.account_id());
        return Ok(proof);
    }
    let google = Provider::google();
    if google.is_named(issuer) {
        let verified = visit.state.verifier.oidc(&google, token).await?;
        let mut proof = proof(GOOGLE.to_owned(), GOOGLE, &verified, &login(GOOGLE, &verified.subject))?;
        let audience = verified.audiences.first().cloned().unwrap_or_default();
        proof.keys.push((format!("{GOOGLE}:oaud"), Federated::One(audience)));
        return Ok(proof);
    }
    let id = OidcProvider::id_of(account, without_scheme(issuer));
    let registered: Option<Stored<OidcProvider>> = visit.host.configuration.get(&id).await?;
    let registered = registered.filter(|provider| provider.url == issuer).ok_or_else(|| {
        Error::InvalidIdentityToken(format!("No OpenIDConnect provider found in your account for {issuer}"))
    })?;
    let verified = visit.state.verifier.oidc(&provider(&registered)?, token).await?;
    verified.audience_among(&registered.client_ids)?;
    let name = registered.host_and_path();
    proof(registered.arn().into(), name, &verified, &login(name, &verified.subject))
}

/// A token does not outlive its identity: not its deletion, not that of its pool, not a merge into another.
async fn must_exist(visit: &Visit<Sts>, subject: &str, token: &Verified) -> Result<(), Error> {
    let id: IdentityId = subject.parse().map_err(|_| Error::IdpRejectedClaim)?;
    let identity = visit.host.identities.get(&id).await?.filter(|identity| !identity.disabled);
    let identity = identity.ok_or(Error::IdpRejectedClaim)?;
    let pool: Option<Stored<Pool>> = visit.host.configuration.get(&identity.pool.to_string()).await?;
    let pool = pool.filter(|pool| !pool.deleted).ok_or(Error::IdpRejectedClaim)?;
    if still_holds(&identity, &pool, token) { Ok(()) } else { Err(Error::IdpRejectedClaim) }
}

/// Whether what one of our own tokens says of an identity is so still: that it is a guest, where the pool has guests; or
/// that somebody signed in by a login that it has.
pub fn still_holds(identity: &Identity, pool: &Pool, token: &Verified) -> bool {
    let said = token.claims.get("amr").map(texts).unwrap_or_default();
    if said.iter().all(|one| one == "unauthenticated") {
        return pool.allows_guests && identity.logins.is_empty() && !identity.had_logins;
    }
    identity.logins.iter().any(|login| {
        let of_developer = format!("{}:{}:{}", login.provider, pool.id, login.subject);
        let in_detail = |one: &String| match pool.developer_provider.as_ref() == Some(&login.provider) {
            true => *one == of_developer,
            false => one.strip_suffix(&login.subject).is_some_and(|before| before.ends_with(':')),
        };
        said.contains(&login.provider) && said.iter().any(in_detail)
    })
}

/// A token of our own issuer: signature, issuer and times hold.
pub fn own_token(sts: &Sts, host: &Host, token: &str) -> Result<Arc<Verified>, Error> {
    let keys = own_keys(sts, host)?;
    Ok(sts.verifier.local(&keys, ISSUER, token)?)
}

/// A registered provider, as the verifier knows providers.
pub fn provider(registered: &Stored<OidcProvider>) -> Result<Provider, Error> {
    let unreadable = |_| Error::Internal(format!("stored provider `{}` is not readable", registered.url).into());
    let issuer = Issuer::parse(&registered.url).map_err(unreadable)?;
    let thumbprint = |text: &String| hex::decode(text).ok()?.try_into().ok();
    let thumbprints = registered.thumbprints.iter().filter_map(thumbprint).collect();
    // The version of the row changes with every change of the provider.
    let [a, b, c, d, e, f, g, h, ..] = registered.version.0;
    Ok(Provider::new(issuer, thumbprints, u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

async fn amazon(visit: &Visit<Sts>, token: &str) -> Result<Proof, Error> {
    const NAME: &str = "www.amazon.com";
    let verified = visit.state.verifier.amazon(token).await?;
    let keys = vec![
        (format!("{NAME}:app_id"), Federated::One(verified.audience().to_owned())),
        (format!("{NAME}:user_id"), Federated::One(verified.subject.clone())),
    ];
    Ok(opaque(NAME, &verified, keys))
}

/// Facebook tells an application's tokens to that application alone: of those configured, one must know the token.
async fn facebook(visit: &Visit<Sts>, token: &str) -> Result<Proof, Error> {
    const NAME: &str = "graph.facebook.com";
    for (app, secret) in &visit.state.facebook_secrets {
        let verified = match visit.state.verifier.facebook(token, app, Some(secret)).await {
            Err(federation::Error::Rejected | federation::Error::WrongAudience) => continue,
            verified => verified?,
        };
        let keys = vec![
            (format!("{NAME}:app_id"), Federated::One(app.clone())),
            (format!("{NAME}:id"), Federated::One(verified.subject.clone())),
        ];
        return Ok(opaque(NAME, &verified, keys));
    }
    Err(Error::IdpRejectedClaim)
}

fn opaque(name: &str, verified: &Verified, keys: Vec<(String, Federated)>) -> Proof {
    Proof {
        provider: name.to_owned(),
        subject: verified.subject.clone(),
        audience: verified.audience().to_owned(),
        keys,
        tags: SessionTags::default(),
        roles: None,
        source_identity: None,
        who: login(name, &verified.subject),
        pool_account: None,
    }
}

fn proof(provider: String, name: &str, verified: &Verified, who: &str) -> Result<Proof, Error> {
    let mut keys = vec![
        (format!("{name}:aud"), Federated::One(verified.audience().to_owned())),
        (format!("{name}:sub"), Federated::One(verified.subject.clone())),
    ];
    if let Some(azp) = &verified.authorized_party {
        keys.push((format!("{name}:azp"), Federated::One(azp.clone())));
    }
    if let Some(amr) = verified.claims.get("amr") {
        keys.push((format!("{name}:amr"), Federated::Many(texts(amr))));
    }
    let of_issuer = ci_claims::keys(name, &verified.claims).into_iter();
    keys.extend(of_issuer.map(|(key, value)| (key, Federated::One(value))));
    Ok(Proof {
        provider,
        subject: verified.subject.clone(),
        audience: verified.audience().to_owned(),
        keys,
        tags: SessionTags::of_claims(&verified.claims)?,
        roles: role_claims::of(&verified.claims)?,
        source_identity: source_identity_of_claims(&verified.claims)?,
        who: who.to_owned(),
        pool_account: None,
    })
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn login(provider: &str, subject: &str) -> String {
    format!("login:{provider} {subject}")
}

/// Our keys, as the verifier reads them: one set until they change, so that it remembers tokens.
fn own_keys(sts: &Sts, host: &Host) -> Result<Arc<KeySet>, Error> {
    let published = host.issuer.keys()?;
    let ids: Vec<String> = published.iter().map(|key| key.kid.clone()).collect();
    let mut known = sts.own_keys.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((known_ids, keys)) = &*known
        && *known_ids == ids
    {
        return Ok(keys.clone());
    }
    let unreadable = || Error::Internal("a key of our own issuer cannot be read".into());
    let mut keys = Vec::new();
    for key in &published {
        let number = |text: &str| base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, text);
        let (Ok(modulus), Ok(exponent)) = (number(&key.modulus), number(&key.exponent)) else {
            return Err(unreadable());
        };
        keys.push(PublicKey::rsa(&key.kid, &modulus, &exponent, Algorithm::Rs512).map_err(|_| unreadable())?);
    }
    let keys = Arc::new(KeySet::new(keys));
    *known = Some((ids, keys.clone()));
    Ok(keys)
}

const GOOGLE: &str = "accounts.google.com";
const POOL_ARN: &str = "https://cognito-identity.amazonaws.com/identity-pool-arn";
