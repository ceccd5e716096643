//! GetCredentialsForIdentity: temporary credentials for one identity: the enhanced flow.
//!
//! Unsigned: the logins are the proof. Guests are served only where the pool allows them, and their
//! sessions are cut down to the documented services, whatever the role allows.
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations, Visit};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::identities::{Identity as Record, Login};
use store::records::pools::Pool;
use sts::issue::{Issued, Plan, role_session};
use sts::trust::{Applicant, admits};
use vocab::Timestamp;

use crate::governed::{self, Governed, Names, Unsigned};
use crate::resolve::Voucher;
use crate::shapes::Logins;
use crate::tokens::Standing;
use crate::{Error, Identity, checks, logins, pools, resolve, roles};

/// The identity and its logins.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
    logins: Option<Logins>,
    custom_role_arn: Option<String>,
}

/// The credentials; linking may have changed the identity.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
    credentials: Credentials,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_key: String,
    session_token: String,
    #[serde(with = "wire::times::epoch")]
    expiration: Timestamp,
}

impl Unsigned for Input {
    fn names(&self) -> Names<'_> {
        Names::Identity(self.identity_id.as_deref())
    }

    fn signs_in(&self) -> bool {
        self.logins.as_ref().is_some_and(|logins| !logins.is_empty())
    }
}

pub fn access(_: &Input, place: &Place, governed: &Governed) -> Access {
    governed::access("cognito-identity:GetCredentialsForIdentity", place.account, governed)
}

pub async fn run(call: Call<Identity>, input: Input, _: Governed) -> Result<Output, Error> {
    let given = input.logins.unwrap_or_default();
    let mut violations = Violations::new();
    checks::identity_id(&mut violations, input.identity_id.as_ref());
    checks::logins(&mut violations, &given);
    if let Some(arn) = &input.custom_role_arn {
        violations.length("customRoleArn", arn, 20, 2048);
    }
    violations.finish()?;
    let (identity, pool) = pools::of_identity(&call.host, &input.identity_id.unwrap_or_default()).await?;
    pools::count(&call.host, &pool, "GetCredentialsForIdentity", true)?;
    let standing = match given.get(logins::COGNITO) {
        Some(token) => own_token(&call, &identity, &pool, &given, token.expose())?,
        None => standing(&call, &identity, &pool, &given).await?,
    };
    let role = roles::choose(&call.host, &pool, &standing, input.custom_role_arn.as_ref()).await?;
    let issued = assume(&call, &pool, &role, &standing)?;
    Ok(Output {
        identity_id: standing.identity.to_string(),
        credentials: Credentials {
            access_key_id: issued.key.to_string(),
            secret_key: issued.secret.expose().to_owned(),
            session_token: issued.token.expose().to_owned(),
            expiration: issued.expires,
        },
    })
}

/// Who the caller is: a guest, or whom the logins prove. Links, upgrades and merges.
pub async fn standing(
    visit: &Visit<Identity>,
    identity: &Stored<Record>,
    pool: &Pool,
    given: &Logins,
) -> Result<Standing, Error> {
    if given.is_empty() {
        let is_guest = identity.logins.is_empty() && !identity.had_logins && !identity.disabled;
        if !is_guest {
            return Err(Error::forbidden(&identity.id));
        }
        return if pool.allows_guests { Ok(Standing::guest(identity.id.clone())) } else { Err(Error::no_guests()) };
    }
    if identity.disabled {
        return Err(Error::forbidden(&identity.id));
    }
    let proven = logins::verify(visit, pool, given).await?;
    let wanted: Vec<Login> = proven.iter().map(|proven| proven.login.clone()).collect();
    let owner = resolve::identity_of(&visit.host, pool, Some(&identity.id), &wanted, Voucher::Providers).await?;
    Standing::signed_in(owner, pool, proven)
}

/// One of our own tokens, for exactly this identity.
fn own_token(
    visit: &Visit<Identity>,
    identity: &Stored<Record>,
    pool: &Pool,
    given: &Logins,
    token: &str,
) -> Result<Standing, Error> {
    let not_ours = || Error::NotAuthorized("Invalid login token. Not a Cognito token.".into());
    if identity.disabled {
        return Err(Error::forbidden(&identity.id));
    }
    if given.len() > 1 {
        return Err(Error::InvalidParameter("A Cognito token stands alone.".into()));
    }
    let verified = sts::web_identity::own_token(&visit.state.sts, &visit.host, token).map_err(|error| match error {
        sts::Error::Internal(source) => Error::Internal(source),
        sts::Error::ExpiredToken(text) => Error::NotAuthorized(format!("Invalid login token. {text}")),
        _ => not_ours(),
    })?;
    if verified.audience() != pool.id.to_string() || verified.subject != identity.id.to_string() {
        return Err(not_ours());
    }
    let standing = Standing::of_token(identity.id.clone(), &verified)?;
    // A guest's token does not outlive the pool's leave for guests, nor the guest; nobody's outlives their login.
    let was_guest = identity.logins.is_empty() && !identity.had_logins;
    match sts::web_identity::still_holds(identity, pool, &verified) {
        true => Ok(standing),
        false if standing.is_guest() && was_guest => Err(Error::no_guests()),
        false => Err(Error::forbidden(&identity.id)),
    }
}

/// What AssumeRoleWithWebIdentity would do with a token of this identity.
fn assume(
    visit: &Visit<Identity>,
    pool: &Pool,
    role: &store::records::principals::Role,
    standing: &Standing,
) -> Result<Issued, Error> {
    let keys = standing.keys(pool);
    let applicant = Applicant {
        provider: logins::COGNITO,
        keys: &keys,
        session_name: SESSION_NAME,
        tags: &standing.tags,
        source_identity: None,
        named_by_provider: false,
    };
    if !admits(visit, role, "sts:AssumeRoleWithWebIdentity", &applicant)? {
        return Err(Error::InvalidIdentityPoolConfiguration);
    }
    let plan = Plan {
        name: SESSION_NAME.to_owned(),
        seconds: 3600,
        origin: None,
        who: format!("identity:{}", standing.identity),
        home: Some(pool.account),
        provider: Some(logins::COGNITO.to_owned()),
        federation: keys,
        tags: standing.tags.clone(),
        source_identity: None,
        policy: None,
        managed_policies: Vec::new(),
        guest: standing.is_guest(),
    };
    Ok(role_session(visit, role, plan)?)
}

const SESSION_NAME: &str = "CognitoIdentityCredentials";
