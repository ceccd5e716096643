//! Identity pools: finding them, naming them to policies, and checking what they are set to.

use std::collections::BTreeMap;

use operation::check::word;
use operation::{Access, Gathering, Host, Need, Place, Violations, Visit};
use store::Stored;
use store::identities::Identity as Record;
use store::records::pools::{Pool, UserPool};
use vocab::{AccountId, Arn, PoolId};

use crate::shapes::{CognitoIdentityProvider, IdentityPool};
use crate::{Error, Identity, checks};

/// The public providers that have app ids on a pool.
pub const PUBLIC_PROVIDERS: [&str; 6] = [
    "accounts.google.com",
    "api.twitter.com",
    "appleid.apple.com",
    "graph.facebook.com",
    "www.amazon.com",
    "www.digits.com",
];

/// What `amr` says of everybody, and our own name.
const RESERVED: [&str; 3] = ["authenticated", "unauthenticated", crate::logins::COGNITO];

/// An input that names a pool, or a pool's ARN.
pub trait NamesPool: Send + Sync {
    /// The id as it was sent.
    fn pool_id(&self) -> Option<&str>;
}

/// The tags of the pool that a request names: what `aws:ResourceTag` conditions ask for.
pub type PoolTags = BTreeMap<String, String>;

/// Reads the tags of the named pool; none where there is no such pool.
pub fn tags_of<'a, I: NamesPool>(visit: &'a Visit<Identity>, input: &'a I) -> Gathering<'a, PoolTags, Error> {
    Box::pin(async move {
        let Some(id) = input.pool_id().and_then(|id| id.parse::<PoolId>().ok()) else { return Ok(PoolTags::new()) };
        let pool = visit.host.configuration.get::<Pool>(&id.to_string()).await?;
        Ok(pool.map(|pool| pool.tags.clone()).unwrap_or_default())
    })
}

/// An action on the named pool.
pub fn on_pool(action: &'static str, place: &Place, input: &impl NamesPool, tags: &PoolTags) -> Access {
    let Place { account, region } = place;
    let id = input.pool_id().unwrap_or_default();
    let mut need = Need::on_text(action, format!("arn:aws:cognito-identity:{region}:{account}:identitypool/{id}"));
    for (key, value) in tags {
        need.context.set(format!("aws:ResourceTag/{key}"), value.as_str());
    }
    Access::all([need])
}

/// The pool id in a pool's ARN.
pub fn id_in_arn(arn: &str) -> Option<&str> {
    let (_, id) = arn.split_once(":identitypool/")?;
    arn.starts_with("arn:aws:cognito-identity:").then_some(id)
}

/// The caller's own pool with this ARN: account and region count, not only the id.
pub async fn find_by_arn(host: &Host, place: &Place, arn: &str) -> Result<Stored<Pool>, Error> {
    let not_a_pool = || Error::InvalidParameter("The resource ARN is not that of an identity pool.".into());
    let id = id_in_arn(arn).ok_or_else(not_a_pool)?;
    let Place { account, region } = place;
    if arn != format!("arn:aws:cognito-identity:{region}:{account}:identitypool/{id}") {
        return Err(Error::ResourceNotFound(format!("IdentityPool '{id}' not found.")));
    }
    find_own(host, *account, id).await
}

/// Counts a call against the quotas of the pool's account, and an unsigned one against those of the pool.
pub fn count(host: &Host, pool: &Pool, operation: &str, is_unsigned: bool) -> Result<(), Error> {
    let admitted = (!is_unsigned || host.limits.pool(&pool.id)) && host.quotas.admits(operation, pool.account);
    if admitted { Ok(()) } else { Err(Error::TooManyRequests) }
}

/// The developer provider that a call names, which must be the pool's.
pub fn developer_provider(pool: &Pool, named: Option<&String>) -> Result<String, Error> {
    let own = pool.developer_provider.as_ref().filter(|own| named == Some(own));
    own.cloned().ok_or_else(Error::unsupported_developer_provider)
}

/// A provider as tag maps name it must be one of the pool's: a public provider or a user pool by its name, a provider of
/// IAM by its ARN.
pub fn must_have_provider(pool: &Pool, provider: &str) -> Result<(), Error> {
    let is_user_pool = pool.user_pools.iter().any(|own| own.provider_name == provider);
    let mut registered = pool.open_id_connect_providers.iter().chain(&pool.saml_providers);
    if is_user_pool
        || pool.supported_login_providers.contains_key(provider)
        || registered.any(|arn| arn.as_str() == provider)
    {
        return Ok(());
    }
    Err(Error::InvalidParameter(format!("{provider} is not a configured provider of this identity pool.")))
}

/// The pool with this id, whoever owns it.
pub async fn find(host: &Host, id: &PoolId) -> Result<Stored<Pool>, Error> {
    let pool = host.configuration.get::<Pool>(&id.to_string()).await?;
    pool.filter(|pool| !pool.deleted).ok_or_else(|| Error::ResourceNotFound(format!("IdentityPool '{id}' not found.")))
}

/// The caller's own pool with this id.
pub async fn find_own(host: &Host, account: AccountId, id: &str) -> Result<Stored<Pool>, Error> {
    let id = checks::typed_pool(id)?;
    let pool = find(host, &id).await?;
    if pool.account == account {
        Ok(pool)
    } else {
        Err(Error::ResourceNotFound(format!("IdentityPool '{id}' not found.")))
    }
}

/// An identity and its pool.
pub async fn of_identity(host: &Host, id: &str) -> Result<(Stored<Record>, Stored<Pool>), Error> {
    let not_found = || Error::ResourceNotFound(format!("Identity '{id}' not found."));
    let identity = host.identities.get(&checks::typed_identity(id)?).await?.ok_or_else(not_found)?;
    let pool = find(host, &identity.pool).await.map_err(|error| match error {
        Error::ResourceNotFound(_) => not_found(),
        error => error,
    })?;
    Ok((identity, pool))
}

/// What a pool is set to, checked.
pub fn checked(host: &Host, input: IdentityPool, id: PoolId, account: AccountId) -> Result<Pool, Error> {
    let now = host.now();
    check(&input)?;
    let (Some(name), Some(allows_guests)) = (input.identity_pool_name, input.allow_unauthenticated_identities) else {
        return Err(Error::Validation("a required member is missing".into()));
    };
    refuse_reserved_tags(input.identity_pool_tags.iter().flatten().map(|(key, _)| key))?;
    let user_pools = input.cognito_identity_providers.unwrap_or_default();
    let most = host.quotas.user_pools;
    if user_pools.len() > most {
        return Err(Error::LimitExceeded(format!("A pool has at most {most} user pools.")));
    }
    let supported_login_providers = input.supported_login_providers.unwrap_or_default();
    if let Some(unknown) = supported_login_providers.keys().find(|name| !PUBLIC_PROVIDERS.contains(&name.as_str())) {
        return Err(Error::InvalidParameter(format!("{unknown} is not a supported login provider.")));
    }
    let pool = Pool {
        id,
        account,
        name,
        allows_guests,
        allows_classic_flow: input.allow_classic_flow,
        supported_login_providers,
        developer_provider: input.developer_provider_name,
        open_id_connect_providers: provider_arns(input.open_id_connect_provider_arns, account, "oidc-provider")?,
        user_pools: user_pools.into_iter().map(user_pool).collect::<Result<_, _>>()?,
        saml_providers: provider_arns(input.saml_provider_arns, account, "saml-provider")?,
        tags: input.identity_pool_tags.unwrap_or_default(),
        roles: BTreeMap::new(),
        role_mappings: BTreeMap::new(),
        principal_tags: BTreeMap::new(),
        deleted: false,
        created: now,
        modified: now,
    };
    refuse_mistakable(&pool)?;
    Ok(pool)
}

/// Nobody could tell a developer's users from those of another provider of the same name, or from guests.
pub fn refuse_mistakable(pool: &Pool) -> Result<(), Error> {
    let is_taken = |name: &str| {
        PUBLIC_PROVIDERS.contains(&name) || RESERVED.contains(&name) || crate::logins::is_supported(pool, name)
    };
    match &pool.developer_provider {
        Some(name) if is_taken(name) => {
            Err(Error::InvalidParameter(format!("{name} cannot be the name of a developer provider.")))
        }
        _ => Ok(()),
    }
}

fn check(input: &IdentityPool) -> Result<(), Error> {
    let mut violations = Violations::new();
    violations.required("identityPoolName", input.identity_pool_name.as_ref());
    violations.required("allowUnauthenticatedIdentities", input.allow_unauthenticated_identities.as_ref());
    if let Some(name) = &input.identity_pool_name {
        let shaped = |c: char| word(c) || c.is_whitespace() || "+=,.@-".contains(c);
        violations.length("identityPoolName", name, 1, 128);
        violations.pattern("identityPoolName", name, "[\\w\\s+=,.@-]+", shaped);
    }
    if let Some(providers) = &input.supported_login_providers {
        violations.count("supportedLoginProviders", providers.len(), 0, 10);
        for (name, id) in providers {
            let shaped = |c: char| word(c) || ".;_/-".contains(c);
            violations.length("supportedLoginProviders", name, 1, 128).length("supportedLoginProviders", id, 1, 128);
            violations.pattern("supportedLoginProviders", id, "[\\w.;_/-]+", shaped);
        }
    }
    if let Some(name) = &input.developer_provider_name {
        let shaped = |c: char| word(c) || "._-".contains(c);
        violations.length("developerProviderName", name, 1, 128);
        violations.pattern("developerProviderName", name, "[\\w._-]+", shaped);
    }
    for (path, arns) in [
        ("openIdConnectProviderARNs", &input.open_id_connect_provider_arns),
        ("samlProviderARNs", &input.saml_provider_arns),
    ] {
        violations.count(path, arns.as_ref().map_or(0, Vec::len), 0, MOST_PROVIDERS);
        for arn in arns.iter().flatten() {
            violations.length(path, arn, 20, 2048);
        }
    }
    for provider in input.cognito_identity_providers.iter().flatten() {
        check_user_pool(&mut violations, provider);
    }
    if let Some(tags) = &input.identity_pool_tags {
        check_tags(&mut violations, "identityPoolTags", tags);
    }
    Ok(violations.finish()?)
}

fn check_user_pool(violations: &mut Violations, provider: &CognitoIdentityProvider) {
    if let Some(name) = &provider.provider_name {
        let shaped = |c: char| word(c) || "._:/-".contains(c);
        violations.length("cognitoIdentityProviders.providerName", name, 1, 128);
        violations.pattern("cognitoIdentityProviders.providerName", name, "[\\w._:/-]+", shaped);
    }
    if let Some(client) = &provider.client_id {
        violations.length("cognitoIdentityProviders.clientId", client, 1, 128);
        violations.pattern("cognitoIdentityProviders.clientId", client, "[\\w_]+", word);
    }
}

/// Tags of a pool.
pub fn check_tags(violations: &mut Violations, path: &str, tags: &BTreeMap<String, String>) {
    violations.count(path, tags.len(), 0, MOST_TAGS);
    for (key, value) in tags {
        violations.length(path, key, 1, 128).length(path, value, 0, 256);
    }
}

/// Tag keys that begin with `aws:` are kept for AWS itself.
pub fn refuse_reserved_tags<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    match keys.any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        true => Err(Error::InvalidParameter("Tag keys may not start with aws:".into())),
        false => Ok(()),
    }
}

/// Without its client a user pool would let in the users of every client: it is refused, not left out.
fn user_pool(provider: CognitoIdentityProvider) -> Result<UserPool, Error> {
    let incomplete = || Error::InvalidParameter("A Cognito identity provider needs ProviderName and ClientId.".into());
    Ok(UserPool {
        provider_name: provider.provider_name.ok_or_else(incomplete)?,
        client_id: provider.client_id.ok_or_else(incomplete)?,
        server_side_token_check: provider.server_side_token_check.unwrap_or(false),
    })
}

/// Providers registered in the pool's own account.
fn provider_arns(arns: Option<Vec<String>>, account: AccountId, kind: &str) -> Result<Vec<Arn>, Error> {
    let read = |text: String| {
        let arn: Option<Arn> = text.parse().ok();
        let fits = |arn: &Arn| {
            arn.service() == "iam"
                && arn.account_id() == Some(account)
                && arn.typed_resource().is_some_and(|(found, _)| found == kind)
        };
        arn.filter(fits)
            .ok_or_else(|| Error::InvalidParameter(format!("{text} is not the ARN of an {kind} of this account.")))
    };
    arns.unwrap_or_default().into_iter().map(read).collect()
}

/// OIDC and SAML providers of a pool, each; IAM keeps no more than a hundred of a kind for an account.
const MOST_PROVIDERS: usize = 100;
/// So often somebody else may be first on the same pool.
pub const TRIES: usize = 16;
/// The most tags of a pool.
pub const MOST_TAGS: usize = 50;
