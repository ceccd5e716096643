//! What an identity is to role trust policies: the claims of our own tokens (`spec/cognito-identity.md`,
//! section 8), made once for both flows.

use federation::Verified;
use operation::Host;
use operation::issuer::ISSUER;
use operation::session::Federated;
use serde_json::{Value, json};
use store::identities::Login;
use store::records::pools::Pool;
use sts::session_tags::SessionTags;
use vocab::{Arn, IdentityId};

use crate::logins::{COGNITO, Proven};
use crate::{Error, attributes};

/// How an identity signed in, for this call.
pub struct Standing {
    /// The identity.
    pub identity: IdentityId,
    /// Authentication methods: `authenticated` with the providers of the call, or `unauthenticated`.
    pub amr: Vec<String>,
    /// Principal tags.
    pub tags: SessionTags,
    /// The logins of the call; none for guests and for our own tokens.
    pub logins: Vec<Proven>,
}

impl Standing {
    /// A guest.
    pub fn guest(identity: IdentityId) -> Self {
        let amr = vec!["unauthenticated".into()];
        Self { identity, amr, tags: SessionTags::default(), logins: Vec::new() }
    }

    /// Signed in with these logins.
    pub fn signed_in(identity: IdentityId, pool: &Pool, logins: Vec<Proven>) -> Result<Self, Error> {
        let pairs = logins.iter().flat_map(|proven| [proven.login.provider.clone(), proven.amr.clone()]);
        let amr = std::iter::once("authenticated".to_owned()).chain(pairs).collect();
        Ok(Self { identity, amr, tags: attributes::tags(pool, &logins)?, logins })
    }

    /// Signed in by the developer, who may set tags; `logins` are those of other providers in the call.
    pub fn of_developer(
        identity: IdentityId,
        pool: &Pool,
        user: &Login,
        logins: Vec<Proven>,
        tags: SessionTags,
    ) -> Self {
        let detail = format!("{}:{}:{}", user.provider, pool.id, user.subject);
        let others = logins.iter().flat_map(|proven| [proven.login.provider.clone(), proven.amr.clone()]);
        let amr = ["authenticated".to_owned(), user.provider.clone(), detail].into_iter().chain(others).collect();
        Self { identity, amr, tags, logins }
    }

    /// As one of our own tokens says.
    pub fn of_token(identity: IdentityId, verified: &Verified) -> Result<Self, Error> {
        let amr = verified.claims.get("amr").and_then(Value::as_array).cloned().unwrap_or_default();
        let amr = amr.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
        Ok(Self { identity, amr, tags: SessionTags::of_claims(&verified.claims)?, logins: Vec::new() })
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
        let mut claims = json!({
            "sub": self.identity,
            "aud": pool.id,
            "amr": self.amr,
            "iss": ISSUER,
            "https://cognito-identity.amazonaws.com/identity-pool-arn": arn,
            "exp": now + seconds,
            "iat": now,
        });
        if let Some(claims) = claims.as_object_mut().filter(|_| !self.tags.is_empty()) {
            claims.insert("https://aws.amazon.com/tags".into(), attributes::claim_of(&self.tags.tags));
        }
        claims
    }
}
