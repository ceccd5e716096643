//! The role of an identity (`spec/cognito-identity.md`, section 9).

use operation::Host;
use store::Stored;
use store::records::pools::Pool;
use store::records::principals::{Role, named};
use vocab::Arn;

use crate::Error;
use crate::logins::Said;
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
    let offered = standing.logins.iter().find_map(|login| match &login.said {
        Said::Assertion(_, roles) => Some(roles.as_slice()),
        Said::Token(_) => None,
    });
    let choice = match (mapped, offered, custom) {
        (Some((login, mapping)), ..) => {
            mappings::choose(&login.mapping, mapping, login.said.claims(), custom.map(String::as_str))?
        }
        (None, Some(offered), _) => Choice::Role(of_saml(offered, custom)?.clone()),
        // Without a mapping there is nothing to choose from.
        (None, None, Some(arn)) => return Err(Error::role_forbidden(arn)),
        (None, None, None) => Choice::Authenticated,
    };
    let arn = match choice {
        Choice::Role(arn) => Some(arn),
        Choice::Authenticated if standing.is_guest() => pool.roles.get("unauthenticated").cloned(),
        Choice::Authenticated => pool.roles.get("authenticated").cloned(),
    };
    let arn = arn.ok_or(Error::InvalidIdentityPoolConfiguration)?;
    find(host, pool, &arn).await?.ok_or(Error::InvalidIdentityPoolConfiguration)
}

/// The role that a SAML assertion offers; of several the one that the caller asks for.
fn of_saml<'a>(offered: &'a [Arn], custom: Option<&String>) -> Result<&'a Arn, Error> {
    match (offered, custom) {
        (_, Some(wanted)) => {
            offered.iter().find(|arn| arn.as_str() == wanted).ok_or_else(|| Error::role_forbidden(wanted))
        }
        ([], None) => Err(Error::InvalidIdentityPoolConfiguration),
        ([one], None) => Ok(one),
        (_, None) => {
            let text = "The SAML assertion offers several roles: CustomRoleArn must name one of them.";
            Err(Error::NotAuthorized(text.into()))
        }
    }
}

/// The role with exactly this ARN, in the pool's account.
pub async fn find(host: &Host, pool: &Pool, arn: &Arn) -> Result<Option<Stored<Role>>, Error> {
    let Some(("role", path_and_name)) = arn.typed_resource() else { return Ok(None) };
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let role = host.configuration.get::<Role>(&named(pool.account, name)).await?;
    Ok(role.filter(|role| role.arn() == *arn))
}
