//! GetId: the identity of these logins, or a new guest.
//!
//! Unsigned: the logins are the proof. Without logins every call makes a new guest.
//! Differences from AWS: an AccountId that does not own the pool is refused.

use operation::{Access, Call, Host, Place, Violations};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::identities::{Login, Step};
use store::records::pools::Pool;
use vocab::IdentityId;

use crate::governed::{self, Governed, Names, Unsigned};
use crate::resolve::Voucher;
use crate::shapes::Logins;
use crate::{Error, Identity, checks, logins, pools, resolve};

/// The pool and the logins.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    identity_pool_id: Option<String>,
    logins: Option<Logins>,
}

/// The identity.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
}

impl Unsigned for Input {
    fn names(&self) -> Names<'_> {
        Names::Pool(self.identity_pool_id.as_deref())
    }

    fn signs_in(&self) -> bool {
        self.logins.as_ref().is_some_and(|logins| !logins.is_empty())
    }
}

pub fn access(_: &Input, place: &Place, governed: &Governed) -> Access {
    governed::access("cognito-identity:GetId", place.account, governed)
}

pub async fn run(call: Call<Identity>, input: Input, _: Governed) -> Result<Output, Error> {
    let given = input.logins.unwrap_or_default();
    let id = check(input.identity_pool_id, input.account_id.as_ref(), &given)?;
    let pool = pools::find(&call.host, &checks::typed_pool(&id)?).await?;
    pools::count(&call.host, &pool, "GetId", true)?;
    if input.account_id.is_some_and(|account| account != pool.account.to_string()) {
        return Err(Error::NotAuthorized("The account does not own the identity pool.".into()));
    }
    let identity = if given.is_empty() {
        new_guest(&call, &pool).await?
    } else {
        let proven = logins::verify(&call, &pool, &given).await?;
        let logins: Vec<Login> = proven.into_iter().map(|proven| proven.login).collect();
        resolve::identity_of(&call.host, &pool, None, &logins, Voucher::Providers).await?
    };
    Ok(Output { identity_id: identity.to_string() })
}

async fn new_guest(call: &Call<Identity>, pool: &Pool) -> Result<IdentityId, Error> {
    if !pool.allows_guests {
        return Err(Error::no_guests());
    }
    if !call.host.limits.guest(call.address, &pool.id) {
        return Err(Error::TooManyRequests);
    }
    guest(&call.host, pool).await
}

/// Makes a guest.
pub async fn guest(host: &Host, pool: &Pool) -> Result<IdentityId, Error> {
    let id = IdentityId::draw(pool.id.region(), &*host.random);
    let guest = resolve::fresh(&id, pool, Vec::new(), host.now());
    match host.identities.commit(&[Step::Create(&guest)]).await? {
        Outcome::Committed => Ok(id),
        // A random id that exists already: chance was not what it should be.
        Outcome::Conflict(_) => Err(Error::TooManyRequests),
    }
}

fn check(id: Option<String>, account: Option<&String>, given: &Logins) -> Result<String, Error> {
    let mut violations = Violations::new();
    if let Some(account) = account {
        violations.length("accountId", account, 1, 15);
        violations.pattern("accountId", account, "\\d+", |c| c.is_ascii_digit());
    }
    checks::pool_id(&mut violations, id.as_ref());
    checks::logins(&mut violations, given);
    violations.finish()?;
    Ok(id.unwrap_or_default())
}
