//! From a signature to a caller: the key's secret from the store, or from the sealed session token.
//!
//! The signature is verified before anything about the key is told apart: whoever cannot sign learns
//! only that the key or the signature is not accepted.

use std::sync::Arc;

use operation::caller::SessionOf;
use operation::session::{Bearer, Session};
use operation::{Caller, Host};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use sigv4::{Claim, Expect, FormClaim, Request, SigningKeys, Token, Verified};
use store::records::principals::{AccessKey, Role, User, named};
use store::records::revocations::Revocation;
use store::{Record, Stored, Version};
use vocab::{AccessKeyId, Secret};

/// Verifies signatures, with caches of what they need.
pub struct Authenticator {
    keys: SigningKeys,
    /// Opened secrets of long-term keys, by the version of their row.
    secrets: Cache<Version, Secret>,
    /// Opened sessions, by key id and token.
    sessions: Cache<Opened, Arc<Held>>,
}

/// A session, and the ids of the records that it rests on.
struct Held {
    session: Arc<Session>,
    /// Of the revocations that would end it.
    revocations: Vec<String>,
    /// Of its role, or of its user where it has one.
    entity: Option<String>,
}

impl Held {
    fn new(session: Arc<Session>) -> Self {
        let targets = session.revocable();
        let of = |account| targets.iter().map(move |target| Revocation::id_of(account, target));
        let revocations = session.revocable_by().flat_map(of).collect();
        let name = match &session.bearer {
            Bearer::Role { arn, .. } => arn.rsplit('/').next(),
            Bearer::User | Bearer::FederatedUser { .. } => session.origin.user.as_deref(),
        };
        let entity = name.map(|name| named(session.account, name));
        Self { session, revocations, entity }
    }
}

/// What a session was opened from: the entry is bound to its key id as the token is.
#[derive(PartialEq, Eq, Hash)]
struct Opened {
    id: AccessKeyId,
    token: Box<str>,
}

/// The same, looked up.
#[derive(Hash)]
struct Sought<'a> {
    id: &'a AccessKeyId,
    token: &'a str,
}

impl Equivalent<Opened> for Sought<'_> {
    fn equivalent(&self, opened: &Opened) -> bool {
        *self.id == opened.id && *self.token == *opened.token
    }
}

/// Why a signed request has no caller.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The access key id is unknown, inactive, or not of this server.
    #[error("access key id is not known")]
    UnknownKey,
    /// The session token was not sealed here for this key.
    #[error("session token was not made for this key")]
    ForeignToken,
    /// The session has ended.
    #[error("session ended at {0}")]
    Expired(String),
    /// The session, or the one it descends from, was revoked.
    #[error("session was revoked: {0}")]
    Revoked(String),
    /// The role or user of the session is gone, or another one bears its name.
    #[error("session is of a role or user that is gone")]
    Gone,
    /// The signature is not accepted.
    #[error(transparent)]
    Signature(#[from] sigv4::Error),
    /// The store did not answer, or a stored key cannot be opened.
    #[error("credentials cannot be looked up: {0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// A key whose secret is known, before the signature is verified.
enum Candidate {
    Key { key: Stored<AccessKey>, secret: Secret },
    Session(Arc<Held>),
}

impl Candidate {
    fn secret(&self) -> &Secret {
        match self {
            Self::Key { secret, .. } => secret,
            Self::Session(held) => &held.session.secret,
        }
    }
}

impl Default for Authenticator {
    fn default() -> Self {
        Self { keys: SigningKeys::new(CACHED), secrets: Cache::new(CACHED), sessions: Cache::new(CACHED) }
    }
}

impl Authenticator {
    /// The caller who signed `request`, and what is left to check about the body.
    pub async fn caller(
        &self,
        host: &Host,
        request: &Request<'_>,
        claim: &Claim<'_>,
        body_hash: Option<[u8; 32]>,
        expect: &Expect<'_>,
    ) -> Result<(Caller, Verified), Error> {
        let verify = |secret: &Secret| claim.verify(request, secret, body_hash, expect, &self.keys);
        self.signer(host, claim.access_key_id(), claim.session_token.as_ref(), verify).await
    }

    /// The caller who signed the policy of a form.
    pub async fn poster(&self, host: &Host, claim: &FormClaim<'_>, expect: &Expect<'_>) -> Result<Caller, Error> {
        let verify = |secret: &Secret| claim.verify(secret, expect, &self.keys);
        let (caller, ()) = self.signer(host, claim.access_key_id(), claim.session_token(), verify).await?;
        Ok(caller)
    }

    async fn signer<V>(
        &self,
        host: &Host,
        id: &str,
        token: Option<&Token<'_>>,
        verify: impl FnOnce(&Secret) -> Result<V, sigv4::Error>,
    ) -> Result<(Caller, V), Error> {
        let id: AccessKeyId = id.parse().map_err(|_| Error::UnknownKey)?;
        let candidate = self.candidate(host, &id, token).await?;
        let verified = verify(candidate.secret())?;
        let caller = match candidate {
            Candidate::Key { key, .. } => of_key(host, id, &key).await?,
            Candidate::Session(held) => of_session(host, id, &held).await?,
        };
        Ok((caller, verified))
    }

    async fn candidate(&self, host: &Host, id: &AccessKeyId, token: Option<&Token<'_>>) -> Result<Candidate, Error> {
        if let Some(token) = token {
            if !id.is_temporary() {
                return Err(Error::ForeignToken);
            }
            return Ok(Candidate::Session(self.session(host, id, token).await?));
        }
        let key: Option<Stored<AccessKey>> = host.configuration.get(id.as_str()).await.map_err(internal)?;
        let key = key.filter(|key| key.active && host.serves(key.account)).ok_or(Error::UnknownKey)?;
        let secret = match self.secrets.get(&key.version) {
            Some(secret) => secret,
            None => {
                let row = format!("{}/{}", AccessKey::KIND, key.id);
                let secret = host.master.open(&row, &key.secret).map_err(internal)?;
                self.secrets.insert(key.version, secret.clone());
                secret
            }
        };
        Ok(Candidate::Key { key, secret })
    }

    async fn session(&self, host: &Host, id: &AccessKeyId, token: &Token<'_>) -> Result<Arc<Held>, Error> {
        let token = token.expose();
        if let Some(held) = self.sessions.get(&Sought { id, token }) {
            return Ok(held);
        }
        let session = Session::open(&host.keyring, id, token).await.map_err(|error| match error {
            operation::keyring::Error::Store(error) => internal(error),
            _ => Error::ForeignToken,
        })?;
        let held = Arc::new(Held::new(Arc::new(session)));
        self.sessions.insert(Opened { id: id.clone(), token: token.into() }, held.clone());
        Ok(held)
    }
}

/// The same caller, as they are now: long after the request that they signed.
pub async fn again(host: &Host, caller: &Caller) -> Result<Caller, Error> {
    match caller {
        Caller::Anonymous => Ok(Caller::Anonymous),
        Caller::Session { session, key, .. } => of_session(host, key.clone(), &Held::new(session.clone())).await,
        Caller::Root { key, .. } | Caller::User { key, .. } => {
            let found: Option<Stored<AccessKey>> = host.configuration.get(key.as_str()).await.map_err(internal)?;
            let found = found.filter(|found| found.active && host.serves(found.account)).ok_or(Error::UnknownKey)?;
            of_key(host, key.clone(), &found).await
        }
    }
}

async fn of_key(host: &Host, id: AccessKeyId, key: &AccessKey) -> Result<Caller, Error> {
    let Some(name) = &key.user else { return Ok(Caller::Root { account: key.account, key: id }) };
    let user: Option<Stored<User>> = host.configuration.get(&named(key.account, name)).await.map_err(internal)?;
    let user = user.filter(|user| user.access_keys.contains(&id)).ok_or(Error::UnknownKey)?;
    Ok(Caller::User { user: user.record, key: id })
}

async fn of_session(host: &Host, key: AccessKeyId, held: &Held) -> Result<Caller, Error> {
    let session = &held.session;
    if session.expires <= host.now() {
        return Err(Error::Expired(session.expires.iso8601()));
    }
    if !host.serves(session.account) {
        return Err(Error::UnknownKey);
    }
    for id in &held.revocations {
        let revoked: Option<Stored<Revocation>> = host.configuration.peek(id).map_err(internal)?;
        if revoked.is_some_and(|revocation| session.origin.issued <= revocation.issued_until) {
            return Err(Error::Revoked(id.clone()));
        }
    }
    let of = entity(host, held).await?;
    Ok(Caller::Session { session: session.clone(), of, key })
}

/// The role or user behind a session, as it is now: the same one, not one of the same name.
async fn entity(host: &Host, Held { session, entity, .. }: &Held) -> Result<SessionOf, Error> {
    match (&session.bearer, entity) {
        (Bearer::Role { unique_id, .. }, Some(id)) => {
            let role: Option<Stored<Role>> = host.configuration.get(id).await.map_err(internal)?;
            let role = role.filter(|role| role.unique_id == *unique_id).ok_or(Error::Gone)?;
            Ok(SessionOf::Role(role.record))
        }
        (Bearer::Role { .. }, None) => Err(Error::Gone),
        (Bearer::User | Bearer::FederatedUser { .. }, None) => Ok(SessionOf::Root),
        (Bearer::User | Bearer::FederatedUser { .. }, Some(id)) => {
            let user: Option<Stored<User>> = host.configuration.get(id).await.map_err(internal)?;
            let same = |user: &Stored<User>| session.origin.who == format!("user:{}", user.unique_id);
            Ok(SessionOf::User(user.filter(same).ok_or(Error::Gone)?.record))
        }
    }
}

fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Internal(error.into())
}

const CACHED: usize = 20_000;
