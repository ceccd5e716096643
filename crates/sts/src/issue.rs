//! Making a session: the credentials that carry it, sealed.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use operation::session::{Bearer, Federated, Origin};
use operation::{Session, Visit};
use store::records::principals::Role;
use vocab::{AccessKeyId, AccountId, Arn, Secret, Timestamp};

use crate::Error;
use crate::session_tags::SessionTags;

/// What a session is made of, beside whom it acts as.
#[derive(Default)]
pub struct Plan {
    /// The session name.
    pub name: String,
    /// Its length in seconds.
    pub seconds: u32,
    /// Where the chain began; `None`: with this session, begun by [`Plan::who`].
    pub origin: Option<Origin>,
    /// Who begins the chain: `identity:ID`, `user:UNIQUE_ID`, `login:PROVIDER SUBJECT` …
    pub who: String,
    /// The account of who begins the chain, where it is not the session's own.
    pub home: Option<AccountId>,
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
    /// The session's user id, such as `AROA…:NAME`.
    pub user_id: String,
    /// The session's ARN.
    pub arn: Arn,
}

/// What a session acts as.
pub struct Acting {
    /// As the session token says it.
    pub bearer: Bearer,
    /// The user id that GetCallerIdentity answers.
    pub user_id: String,
    /// The ARN that GetCallerIdentity answers.
    pub arn: Arn,
}

/// Makes a session of `role`. Whether it may be made was decided before.
pub fn role_session<S>(visit: &Visit<S>, role: &Role, plan: Plan) -> Result<Issued, Error> {
    let name = plan.name.clone();
    let bearer = Bearer::Role { arn: role.arn().into(), unique_id: role.unique_id.clone(), name: name.clone() };
    let user_id = format!("{}:{name}", role.unique_id);
    let arn = Arn::assumed_role(role.account, &role.name, &name);
    session(visit, role.account, None, Acting { bearer, user_id, arn }, plan)
}

/// Makes a session of the user or root that begins the chain; `user` is the user's name. Whether it may be made was
/// decided before.
pub fn session<S>(
    visit: &Visit<S>,
    account: AccountId,
    user: Option<String>,
    acting: Acting,
    plan: Plan,
) -> Result<Issued, Error> {
    let host = &visit.host;
    let Acting { bearer, user_id, arn } = acting;
    let key = AccessKeyId::temporary(account, &*host.random);
    let secret = Secret::new(BASE64_STANDARD.encode(host.random.bytes::<30>()));
    let id = u128::from_be_bytes(host.random.bytes());
    let issued = host.now();
    let expires = issued + Duration::from_secs(u64::from(plan.seconds));
    let origin = plan.origin.unwrap_or(Origin {
        session: id,
        who: plan.who,
        account: plan.home.unwrap_or(account),
        user,
        issued,
    });
    let session = Session {
        secret: secret.clone(),
        id,
        origin,
        account,
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
    visit.note(format!("session {id:032x} of {arn}"));
    Ok(Issued { key, secret, token, expires, user_id, arn })
}

/// Clients put it in a header; some bound theirs at 8 KiB.
const LONGEST_TOKEN: usize = 8000;
