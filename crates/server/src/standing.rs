//! The caller's standing: who they are, and every policy that speaks of them, read as it is now, compiled once.

use std::sync::Arc;

use operation::caller::SessionOf;
use operation::session::{Bearer, Session};
use operation::{Caller, Host, Standing, managed, scope_down};
use policy::{Kind, Named};
use quick_cache::sync::Cache;
use store::records::principals::{Group, Permissions, Role, User, named};
use vocab::AccountId;

use crate::context::of_caller;

/// Gathers standings, which are remembered until the configuration changes: under the revision that was seen
/// *before* the caller was read, so that nothing older than a revision is ever found under it.
pub struct Standings {
    callers: Cache<(Who, u64), Arc<Standing>>,
    /// What the many sessions of one role or user share.
    entities: Cache<(String, u64), Arc<Entity>>,
}

/// Who calls, as far as their standing is concerned.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Anonymous,
    Root(AccountId),
    User(String),
    Session(u128),
}

impl Who {
    fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Self::Anonymous,
            Caller::Root { account, .. } => Self::Root(*account),
            Caller::User { user, .. } => Self::User(user.unique_id.clone()),
            Caller::Session { session, .. } => Self::Session(session.id),
        }
    }
}

/// The policies of a user or role.
struct Entity {
    identity: Arc<[Named]>,
    boundary: Option<Arc<[Named]>>,
}

/// Why a standing cannot be gathered: a stored policy cannot be read, so nothing is allowed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A stored policy does not parse.
    #[error("stored {0} cannot be read")]
    Policy(String),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Default for Standings {
    fn default() -> Self {
        Self { callers: Cache::new(CALLERS), entities: Cache::new(ENTITIES) }
    }
}

impl Standings {
    /// What speaks of `caller`, who was read when the configuration had at least this revision.
    pub async fn of(&self, host: &Host, caller: &Caller, revision: u64) -> Result<Arc<Standing>, Error> {
        let key = (Who::of(caller), revision);
        if let Some(standing) = self.callers.get(&key) {
            return Ok(standing);
        }
        let standing = Arc::new(self.gathered(host, caller, revision).await?);
        self.callers.insert(key, standing.clone());
        Ok(standing)
    }

    async fn gathered(&self, host: &Host, caller: &Caller, revision: u64) -> Result<Standing, Error> {
        let (entity, session) = match caller {
            Caller::Anonymous | Caller::Root { .. } => (Entity::none(), None),
            Caller::User { user, .. } => (self.of_user(host, user, revision).await?, None),
            Caller::Session { session, of, .. } => {
                let entity = match of {
                    SessionOf::Role(role) => self.of_role(host, role, revision).await?,
                    SessionOf::User(user) => self.of_user(host, user, revision).await?,
                    SessionOf::Root => Entity::none(),
                };
                (entity, session_policies(host, session).await?)
            }
        };
        Ok(Standing {
            principal: caller.principal(),
            identity: entity.identity.clone(),
            boundary: entity.boundary.clone(),
            session,
            organization: host.organization.clone(),
            context: Arc::new(of_caller(caller)),
        })
    }

    async fn of_role(&self, host: &Host, role: &Role, revision: u64) -> Result<Arc<Entity>, Error> {
        let key = (role.unique_id.clone(), revision);
        if let Some(entity) = self.entities.get(&key) {
            return Ok(entity);
        }
        let mut identity = Vec::new();
        policies_of(host, &role.permissions, &format!("role `{}`", role.name), &mut identity).await?;
        let entity = Arc::new(Entity { identity: identity.into(), boundary: boundary(host, &role.permissions).await? });
        self.entities.insert(key, entity.clone());
        Ok(entity)
    }

    async fn of_user(&self, host: &Host, user: &User, revision: u64) -> Result<Arc<Entity>, Error> {
        let key = (user.unique_id.clone(), revision);
        if let Some(entity) = self.entities.get(&key) {
            return Ok(entity);
        }
        let mut identity = Vec::new();
        policies_of(host, &user.permissions, &format!("user `{}`", user.name), &mut identity).await?;
        for name in &user.groups {
            let group = host.configuration.get::<Group>(&named(user.account, name)).await?;
            if let Some(group) = group {
                policies_of(host, &group.permissions, &format!("group `{}`", group.name), &mut identity).await?;
            }
        }
        let entity = Arc::new(Entity { identity: identity.into(), boundary: boundary(host, &user.permissions).await? });
        self.entities.insert(key, entity.clone());
        Ok(entity)
    }
}

impl Entity {
    fn none() -> Arc<Self> {
        Arc::new(Self { identity: Arc::new([]), boundary: None })
    }
}

async fn policies_of(host: &Host, permissions: &Permissions, owner: &str, into: &mut Vec<Named>) -> Result<(), Error> {
    for (name, document) in &permissions.inline {
        into.push(compiled(host, Kind::Identity, format!("inline policy `{name}` of {owner}"), document)?);
    }
    for arn in &permissions.attached {
        into.extend(managed_policy(host, arn.as_str(), Kind::Identity).await?);
    }
    Ok(())
}

/// A boundary that is gone bounds everything.
async fn boundary(host: &Host, permissions: &Permissions) -> Result<Option<Arc<[Named]>>, Error> {
    match &permissions.boundary {
        None => Ok(None),
        Some(arn) => {
            let policies: Vec<Named> = managed_policy(host, arn.as_str(), Kind::Identity).await?.into_iter().collect();
            Ok(Some(policies.into()))
        }
    }
}

/// `None`: the session has no session policy. A managed one that is gone allows nothing.
async fn session_policies(host: &Host, session: &Session) -> Result<Option<Arc<[Named]>>, Error> {
    let mut policies = Vec::new();
    if let Some(document) = &session.policy {
        policies.push(compiled(host, Kind::Session, "session policy".into(), document)?);
    }
    for arn in &session.managed_policies {
        policies.extend(managed_policy(host, arn, Kind::Session).await?);
    }
    if session.guest {
        policies.push(compiled(host, Kind::Session, "guest scope-down".into(), scope_down::INLINE)?);
        policies.push(compiled(host, Kind::Session, "guest scope-down, managed".into(), scope_down::MANAGED)?);
    }
    let federated = matches!(session.bearer, Bearer::FederatedUser { .. });
    let none = session.policy.is_none() && session.managed_policies.is_empty() && !session.guest && !federated;
    Ok((!none).then(|| policies.into()))
}

async fn managed_policy(host: &Host, arn: &str, kind: Kind) -> Result<Option<Named>, Error> {
    let document = managed::document(host, arn).await?;
    document.map(|document| compiled(host, kind, format!("managed policy `{arn}`"), &document)).transpose()
}

fn compiled(host: &Host, kind: Kind, name: String, document: &str) -> Result<Named, Error> {
    let compiled = host.policies.named(kind, name.as_str(), document);
    compiled.map_err(|_| Error::Policy(name))
}

const CALLERS: usize = 10_000;
const ENTITIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use vocab::AccountId;

    use super::*;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn what_an_entity_was_is_not_remembered_as_what_it_is() {
        let server = TestServer::start(|_| Vec::new()).await;
        let configuration = &server.host.configuration;
        let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let mut user = User {
            account: AccountId::ZERO,
            name: "ada".into(),
            path: "/".into(),
            unique_id: "AIDAX".into(),
            permissions: Permissions { inline: [("all".into(), allow.into())].into(), ..Permissions::default() },
            groups: Vec::new(),
            access_keys: Vec::new(),
            tags: Default::default(),
            created: server.host.now(),
        };
        let mut batch = configuration.batch();
        batch.insert(&user).unwrap();
        configuration.commit(batch).await.unwrap();
        let read = async || {
            let revision = configuration.revision();
            let user = configuration.get::<User>(&named(AccountId::ZERO, "ada")).await.unwrap().unwrap();
            (user, revision)
        };
        let key = vocab::AccessKeyId::long_term(AccountId::ZERO, &*server.host.random);
        let caller = |user: Arc<User>| Caller::User { user, key: key.clone() };
        let standings = Standings::default();

        // One request has read the user when the user loses all rights, and goes on only then.
        let (before, seen) = read().await;
        user.permissions = Permissions::default();
        let mut batch = configuration.batch();
        batch.replace(&before, &user).unwrap();
        configuration.commit(batch).await.unwrap();
        let slow = standings.of(&server.host, &caller(before.record), seen).await.unwrap();
        assert_eq!(slow.identity.len(), 1);

        let (now, seen) = read().await;
        let next = standings.of(&server.host, &caller(now.record), seen).await.unwrap();
        assert_eq!(next.identity.len(), 0, "the next request finds no rights");
    }
}
