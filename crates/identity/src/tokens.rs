//! What an identity is to role trust policies: the claims of our own tokens (`spec/cognito-identity.md`,
//! section 8), made once for both flows.

use federation::Verified;
use operation::Host;
use operation::issuer::ISSUER;
use operation::session::Federated;
use serde_json::{Value, json};
use store::records::pools::Pool;
use vocab::{Arn, IdentityId};

use crate::logins::{COGNITO, Proven};

/// How an identity signed in, for this call.
pub struct Standing {
    /// The identity.
    pub identity: IdentityId,
    /// Authentication methods: `authenticated` with the providers of the call, or `unauthenticated`.
    pub amr: Vec<String>,
}

impl Standing {
    /// A guest.
    pub fn guest(identity: IdentityId) -> Self {
        Self { identity, amr: vec!["unauthenticated".into()] }
    }

    /// Signed in with these logins.
    pub fn signed_in(identity: IdentityId, logins: &[Proven]) -> Self {
        let pairs = logins.iter().flat_map(|proven| [proven.login.provider.clone(), proven.amr.clone()]);
        Self { identity, amr: std::iter::once("authenticated".to_owned()).chain(pairs).collect() }
    }

    /// As one of our own tokens says.
    pub fn of_token(identity: IdentityId, verified: &Verified) -> Self {
        let amr = verified.claims.get("amr").and_then(Value::as_array).cloned().unwrap_or_default();
        Self { identity, amr: amr.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect() }
    }

    /// Whether they are a guest.
    pub fn is_guest(&self) -> bool {
        self.amr.iter().all(|method| method == "unauthenticated")
    }

    /// The condition keys of this identity.
    pub fn keys(&self, pool: &Pool) -> Vec<(String, Federated)> {
        vec![
            (format!("{COGNITO}:aud"), Federated::One(pool.id.to_string())),
            (format!("{COGNITO}:sub"), Federated::One(self.identity.to_string())),
            (format!("{COGNITO}:amr"), Federated::Many(self.amr.clone())),
        ]
    }

    /// The claims of a token for this identity, good for `seconds`.
    pub fn claims(&self, host: &Host, pool: &Pool, seconds: i64) -> Value {
        let now = host.now().seconds();
        let arn = Arn::identity_pool(pool.id.region(), pool.account, &pool.id);
        json!({
            "sub": self.identity,
            "aud": pool.id,
            "amr": self.amr,
            "iss": ISSUER,
            "https://cognito-identity.amazonaws.com/identity-pool-arn": arn,
            "exp": now + seconds,
            "iat": now,
        })
    }
}
