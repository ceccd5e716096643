//! GetOpenIdToken: a token of our own issuer for an identity, good for ten minutes: the basic flow.
//!
//! Unsigned: the logins are the proof.
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::governed::{self, Governed, Names, Unsigned};
use crate::shapes::Logins;
use crate::{Error, Identity, checks, get_credentials_for_identity, mappings, pools};

/// The identity and its logins.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
    logins: Option<Logins>,
}

/// The token.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
    token: String,
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
    governed::access("cognito-identity:GetOpenIdToken", place.account, governed)
}

pub async fn run(call: Call<Identity>, input: Input, _: Governed) -> Result<Output, Error> {
    let given = input.logins.unwrap_or_default();
    let mut violations = Violations::new();
    checks::identity_id(&mut violations, input.identity_id.as_ref());
    checks::logins(&mut violations, &given);
    violations.finish()?;
    let id = input.identity_id.unwrap_or_default();
    let (identity, pool) = pools::of_identity(&call.host, &id).await?;
    pools::count(&call.host, &pool, "GetOpenIdToken", true)?;
    if pool.allows_classic_flow == Some(false) {
        let text = "Basic (classic) flow is not enabled, please use enhanced flow.";
        return Err(Error::InvalidParameter(text.into()));
    }
    if given.keys().any(|login| mappings::covers(&pool, login)) {
        let text = "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.";
        return Err(Error::InvalidParameter(text.into()));
    }
    if pool.saml_providers.iter().any(|arn| given.contains_key(arn.as_str())) {
        let text = "Basic (classic) flow is not supported with SAML providers, please use enhanced flow.";
        return Err(Error::InvalidParameter(text.into()));
    }
    let standing = get_credentials_for_identity::standing(&call, &identity, &pool, &given).await?;
    let claims = standing.claims(&call.host, &pool, LIFE);
    let token = call.host.issuer.sign(&claims).await?;
    Ok(Output { identity_id: standing.identity.to_string(), token })
}

/// Seconds.
const LIFE: i64 = 600;
