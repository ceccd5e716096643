//! The role of an identity (`spec/cognito-identity.md`, section 9).

use operation::Host;
use store::Stored;
use store::records::pools::Pool;
use store::records::principals::{Role, named};
use vocab::Arn;

use crate::Error;
use crate::mappings::{self, Choice};
use crate::tokens::Standing;

/// The role that the pool gives this identity; `custom` is the one that they ask for. It belongs to the pool's account.
pub async fn choose(
    host: &Host,
    pool: &Pool,
    standing: &Standing,
    custom: Option<&String>,
) -> Result<Stored<Role>, Error> {
    // Of several logins the first with a mapping decides.
    let mapped = standing.logins.iter().find_map(|login| Some((login, pool.role_mappings.get(&login.mapping)?)));
    let choice = match (mapped, custom) {
        (Some((login, mapping)), _) => {
            let claims = &login.verified.claims;
            mappings::choose(&login.mapping, mapping, claims, custom.map(String::as_str))?
        }
        // Without a mapping there is nothing to choose from.
        (None, Some(arn)) => return Err(Error::role_forbidden(arn)),
        (None, None) => Choice::Authenticated,
    };
    let arn = match choice {
        Choice::Role(arn) => Some(arn),
        Choice::Authenticated if standing.is_guest() => pool.roles.get("unauthenticated").cloned(),
        Choice::Authenticated => pool.roles.get("authenticated").cloned(),
    };
    let arn = arn.ok_or(Error::InvalidIdentityPoolConfiguration)?;
    find(host, pool, &arn).await?.ok_or(Error::InvalidIdentityPoolConfiguration)
}

/// The role with exactly this ARN, in the pool's account.
pub async fn find(host: &Host, pool: &Pool, arn: &Arn) -> Result<Option<Stored<Role>>, Error> {
    let Some(("role", path_and_name)) = arn.typed_resource() else { return Ok(None) };
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let role = host.configuration.get::<Role>(&named(pool.account, name)).await?;
    Ok(role.filter(|role| role.arn() == *arn))
}
