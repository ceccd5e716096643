//! Making a session: the credentials that carry it, sealed.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use operation::session::{Bearer, Federated, Origin};
use operation::{Session, Visit};
use store::records::principals::Role;
use vocab::{AccessKeyId, Arn, Secret, Timestamp};

use crate::Error;
use crate::session_tags::SessionTags;

/// What a session of a role is made of, beside the role.
pub struct Plan {
    /// The session name.
    pub name: String,
    /// Its length in seconds.
    pub seconds: u32,
    /// Where the chain began; `None`: with this session, begun by [`Plan::who`].
    pub origin: Option<Origin>,
    /// Who begins the chain: `identity:ID`, `user:UNIQUE_ID`, `login:PROVIDER SUBJECT` …
    pub who: String,
    /// The provider of a web identity, for `aws:FederatedProvider`.
    pub provider: Option<String>,
    /// Federation keys that last as long as the session.
    pub federation: Vec<(String, Federated)>,
    /// Session tags.
    pub tags: SessionTags,
    /// The source identity.
    pub source_identity: Option<String>,
    /// The inline session policy.
    pub policy: Option<String>,
    /// Managed session policies.
    pub managed_policies: Vec<String>,
    /// A guest of the enhanced flow.
    pub guest: bool,
}

/// Credentials that were made.
pub struct Issued {
    /// The access key id.
    pub key: AccessKeyId,
    /// The secret.
    pub secret: Secret,
    /// The session token.
    pub token: Secret,
    /// When they end.
    pub expires: Timestamp,
    /// `AROA…:NAME`.
    pub user_id: String,
    /// The session's ARN.
    pub arn: Arn,
}

/// Makes a session of `role`. Whether it may be made was decided before.
pub fn role_session<S>(visit: &Visit<S>, role: &Role, plan: Plan) -> Result<Issued, Error> {
    let host = &visit.host;
    let key = AccessKeyId::temporary(role.account, &*host.random);
    let secret = Secret::new(BASE64_STANDARD.encode(host.random.bytes::<30>()));
    let id = u128::from_be_bytes(host.random.bytes());
    let issued = host.now();
    let expires = issued + Duration::from_secs(u64::from(plan.seconds));
    let origin = plan.origin.unwrap_or(Origin { session: id, who: plan.who, user: None, issued });
    let bearer = Bearer::Role { arn: role.arn().into(), unique_id: role.unique_id.clone(), name: plan.name.clone() };
    let session = Session {
        secret: secret.clone(),
        id,
        origin,
        account: role.account,
        bearer,
        provider: plan.provider,
        federation: plan.federation,
        tags: plan.tags.tags,
        transitive: plan.tags.transitive,
        source_identity: plan.source_identity,
        policy: plan.policy,
        managed_policies: plan.managed_policies,
        guest: plan.guest,
        issued,
        expires,
    };
    let token = Secret::new(session.seal(&host.keyring, &key)?);
    if token.expose().len() > LONGEST_TOKEN {
        return Err(Error::PackedPolicyTooLarge("Serialized token too large for session".into()));
    }
    visit.note(format!("session {id:032x} of {}", role.arn()));
    let user_id = format!("{}:{}", role.unique_id, plan.name);
    Ok(Issued { key, secret, token, expires, user_id, arn: Arn::assumed_role(role.account, &role.name, &plan.name) })
}

/// Clients put it in a header; some bound theirs at 8 KiB.
const LONGEST_TOKEN: usize = 8000;
