//! GetOpenIdTokenForDeveloperIdentity: a token for a user whom the developer signed in, and their identity.
//!
//! Signed by the developer, whose word is the proof; logins of other providers in the call are verified as always.
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::identities::Login;
use store::records::pools::Pool;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::resolve::Voucher;
use crate::shapes::Logins;
use crate::tokens::Standing;
use crate::{Error, Identity, attributes, checks, logins, pools, resolve};

/// The user, and what the token is to say.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    identity_id: Option<String>,
    logins: Option<Logins>,
    principal_tags: Option<BTreeMap<String, String>>,
    token_duration: Option<i64>,
}

/// The token.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
    token: String,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:GetOpenIdTokenForDeveloperIdentity", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    input.check()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    pools::count(&call.host, &pool, "GetOpenIdTokenForDeveloperIdentity", false)?;
    let given = input.identity_id.as_deref().map(checks::typed_identity).transpose()?;
    let (user, others) = split(&pool, input.logins.unwrap_or_default())?;
    let proven = logins::verify(&call, &pool, &others).await?;
    let all: Vec<Login> = std::iter::once(user.clone()).chain(proven.iter().map(|one| one.login.clone())).collect();
    let identity = resolve::identity_of(&call.host, &pool, given.as_ref(), &all, Voucher::Developer).await?;
    let tags = attributes::bounded(input.principal_tags.unwrap_or_default())
        .map_err(|_| Error::InvalidParameter("PrincipalTags cannot be the tags of a session.".into()))?;
    let standing = Standing::of_developer(identity, &pool, &user, proven, tags);
    let claims = standing.claims(&call.host, &pool, input.token_duration.unwrap_or(DEFAULT_LIFE));
    let token = call.host.issuer.sign(&claims).await?;
    Ok(Output { identity_id: standing.identity.to_string(), token })
}

/// The developer's user, and the logins of other providers.
fn split(pool: &Pool, mut given: Logins) -> Result<(Login, Logins), Error> {
    if let Some(provider) = &pool.developer_provider
        && let Some(user) = given.remove(provider)
    {
        let subject = user.expose().to_owned();
        if subject.chars().count() > LONGEST_USER {
            let text = format!("A developer user identifier has at most {LONGEST_USER} characters.");
            return Err(Error::InvalidParameter(text));
        }
        return Ok((Login { provider: provider.clone(), subject }, given));
    }
    if given.keys().all(|key| logins::is_supported(pool, key)) {
        return Err(Error::InvalidParameter("Please provide a login of the developer provider.".into()));
    }
    Err(Error::unsupported_developer_provider())
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        if self.identity_id.is_some() {
            checks::identity_id(&mut violations, self.identity_id.as_ref());
        }
        violations.required("logins", self.logins.as_ref());
        if let Some(logins) = &self.logins {
            checks::logins(&mut violations, logins);
        }
        checks::principal_tags(&mut violations, self.principal_tags.as_ref());
        if let Some(seconds) = self.token_duration {
            violations.range("tokenDuration", seconds, 1, 86_400);
        }
        Ok(violations.finish()?)
    }
}

/// Seconds.
const DEFAULT_LIFE: i64 = 900;
const LONGEST_USER: usize = 1024;
