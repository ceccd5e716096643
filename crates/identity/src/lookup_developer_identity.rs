//! LookupDeveloperIdentity: the identity of a developer's user, and the users of an identity, by page.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::identities::{Identity as Record, Login};
use store::records::pools::Pool;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::{Error, Identity, checks, pages, pools};

/// The pool, and the identity or the user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    identity_id: Option<String>,
    developer_user_identifier: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// Both.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
    developer_user_identifier_list: Vec<String>,
    next_token: Option<String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:LookupDeveloperIdentity", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    input.check()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let identity = find(&call, &pool, &input).await?;
    let listing = format!("LookupDeveloperIdentity {}", identity.id);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    let mut users: Vec<&str> = identity
        .logins
        .iter()
        .filter(|login| pool.developer_provider.as_ref() == Some(&login.provider))
        .map(|login| login.subject.as_str())
        .collect();
    users.sort_unstable();
    users.retain(|user| after.as_ref().is_none_or(|last| user.as_bytes() > last.as_slice()));
    let limit = usize::try_from(input.max_results.unwrap_or(60)).unwrap_or(60);
    let has_more = users.len() > limit;
    users.truncate(limit);
    let last = users.last().filter(|_| has_more);
    let next_token = last.map(|last| pages::next(&call.host, &listing, last.as_bytes())).transpose()?;
    let developer_user_identifier_list = users.into_iter().map(str::to_owned).collect();
    Ok(Output { identity_id: identity.id.to_string(), developer_user_identifier_list, next_token })
}

/// The identity that both members name, where both are given.
async fn find(call: &Call<Identity>, pool: &Pool, input: &Input) -> Result<Stored<Record>, Error> {
    let by_id = match input.identity_id.as_deref() {
        Some(text) => {
            let found = call.host.identities.get(&checks::typed_identity(text)?).await?;
            let found = found.filter(|identity| identity.pool == pool.id);
            Some(found.ok_or_else(|| Error::ResourceNotFound(format!("Identity '{text}' not found.")))?)
        }
        None => None,
    };
    let Some(user) = &input.developer_user_identifier else {
        let neither = || Error::InvalidParameter("Please provide an IdentityId or a DeveloperUserIdentifier.".into());
        return by_id.ok_or_else(neither);
    };
    let by_user = of_user(call, pool, user).await?;
    match by_id {
        Some(by_id) if by_id.id != by_user.id => {
            Err(Error::ResourceConflict("The developer user identifier belongs to another identity.".into()))
        }
        _ => Ok(by_user),
    }
}

async fn of_user(call: &Call<Identity>, pool: &Pool, user: &str) -> Result<Stored<Record>, Error> {
    let not_found = || Error::ResourceNotFound(format!("User '{user}' not found."));
    let provider = pool.developer_provider.clone().ok_or_else(not_found)?;
    let login = Login { provider, subject: user.to_owned() };
    let owner = call.host.identities.owner(&pool.id, &login).await?.ok_or_else(not_found)?;
    let identity = call.host.identities.by_guid(owner.identity).await?;
    identity.filter(|identity| identity.logins.contains(&login)).ok_or_else(not_found)
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        if self.identity_id.is_some() {
            checks::identity_id(&mut violations, self.identity_id.as_ref());
        }
        if let Some(user) = &self.developer_user_identifier {
            violations.length("developerUserIdentifier", user, 1, 1024);
        }
        checks::page(&mut violations, Some(self.max_results.unwrap_or(60)), self.next_token.as_ref());
        Ok(violations.finish()?)
    }
}
