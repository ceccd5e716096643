//! The role of an identity (`spec/cognito-identity.md`, section 9).

use operation::Host;
use store::Stored;
use store::records::pools::Pool;
use store::records::principals::{Role, named};
use vocab::Arn;

use crate::Error;
use crate::tokens::Standing;

/// The role that the pool gives this identity. It belongs to the pool's account.
pub async fn choose(
    host: &Host,
    pool: &Pool,
    standing: &Standing,
    custom: Option<&String>,
) -> Result<Stored<Role>, Error> {
    if let Some(arn) = custom {
        // Without a role mapping there is nothing to choose from.
        return Err(Error::NotAuthorized(format!("Access to Role '{arn}' is forbidden.")));
    }
    let kind = if standing.is_guest() { "unauthenticated" } else { "authenticated" };
    let arn = pool.roles.get(kind).ok_or(Error::InvalidIdentityPoolConfiguration)?;
    find(host, pool, arn).await?.ok_or(Error::InvalidIdentityPoolConfiguration)
}

/// The role with exactly this ARN, in the pool's account.
pub async fn find(host: &Host, pool: &Pool, arn: &Arn) -> Result<Option<Stored<Role>>, Error> {
    let Some(("role", path_and_name)) = arn.typed_resource() else { return Ok(None) };
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let role = host.configuration.get::<Role>(&named(pool.account, name)).await?;
    Ok(role.filter(|role| role.arn() == *arn))
}
