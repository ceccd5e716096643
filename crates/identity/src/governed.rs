//! The operations that anybody may call, under resource control policies. Where there are none nothing is looked up and
//! nothing is decided.

use operation::{Access, Gathering, Need, Visit};
use policy::{Kind, Named};
use store::records::pools::Pool;
use vocab::{AccountId, IdentityId, PoolId};

use crate::{Error, Identity};

/// An input of an operation that anybody may call.
pub trait Unsigned: Send + Sync {
    /// What it names.
    fn names(&self) -> Names<'_>;

    /// Whether somebody signs in with it; their logins are not proven yet.
    fn signs_in(&self) -> bool;
}

/// A pool or an identity of one, as it was sent.
pub enum Names<'a> {
    Pool(Option<&'a str>),
    Identity(Option<&'a str>),
}

/// What resource control policies are asked; `None`: there are none.
pub type Governed = Option<Question>;

/// The facts of a decision.
pub struct Question {
    pool: Option<(String, AccountId)>,
    signs_in: bool,
    /// Only resource control policies have a say.
    open: Named,
}

/// Reads the pool of a request, where a policy may ask for it.
pub fn facts<'a, I: Unsigned>(visit: &'a Visit<Identity>, input: &'a I) -> Gathering<'a, Governed, Error> {
    Box::pin(async move {
        if visit.host.organization.resource_control.is_empty() {
            return Ok(None);
        }
        let pool = match pool_of(visit, input.names()).await? {
            Some(id) => visit.host.configuration.get::<Pool>(&id.to_string()).await?.filter(|pool| !pool.deleted),
            None => None,
        };
        let open = visit.host.policies.named(Kind::Resource, "the operation is open to everybody", OPEN);
        let open = open.map_err(|error| Error::Internal(error.to_string().into()))?;
        let region = &visit.place.region;
        let arn = |pool: &Pool| format!("arn:aws:cognito-identity:{region}:{}:identitypool/{}", pool.account, pool.id);
        let pool = pool.map(|pool| (arn(&pool), pool.account));
        Ok(Some(Question { pool, signs_in: input.signs_in(), open }))
    })
}

async fn pool_of(visit: &Visit<Identity>, names: Names<'_>) -> Result<Option<PoolId>, Error> {
    match names {
        Names::Pool(id) => Ok(id.and_then(|id| id.parse().ok())),
        Names::Identity(id) => {
            let Some(id) = id.and_then(|id| id.parse::<IdentityId>().ok()) else { return Ok(None) };
            Ok(visit.host.identities.get(&id).await?.map(|identity| identity.pool.clone()))
        }
    }
}

/// What a call of `action` needs. A pool that is not there has no keys, and the request is the first account's affair.
pub fn access(action: &'static str, account: AccountId, governed: &Governed) -> Access {
    let Some(Question { pool, signs_in, open }) = governed else { return Access::Public };
    let owner = pool.as_ref().map_or(account, |(_, owner)| *owner);
    let mut need = Need::on_text(action, "*").owned_by(owner, Some(open.clone()));
    if let Some((arn, owner)) = pool {
        let kind = if *signs_in { "cognito-identity-auth" } else { "cognito-identity-unauth" };
        need = need.with(format!("{kind}:IdentityPoolArn"), arn.as_str());
        need = need.with(format!("{kind}:AccountId"), owner.to_string());
    }
    Access::Open(vec![need])
}

const OPEN: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
