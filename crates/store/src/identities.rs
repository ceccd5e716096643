//! Identities and their logins.
//!
//! The identity row carries the list of its logins; each login has a row of its own whose primary
//! key is the uniqueness rule. Both change in one commit, so no login ever points at two identities
//! and none is lost (`design.md`, section 8).

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vocab::{IdentityId, PoolId, Random, Timestamp};

use crate::datasets::handover;
use crate::devices;
use crate::record::{Stored, decode, encode};
use crate::rows::{Error, Outcome, Row, Rows, Scan, Table, Version, Write};

/// An identity of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The pool it belongs to.
    pub pool: PoolId,
    /// Merged into another identity: it answers nobody any more.
    pub disabled: bool,
    /// The logins that are linked to it; none: a guest, or one whose last login was unlinked.
    pub logins: Vec<Login>,
    /// It had a login once: without logins it is inaccessible, not a guest.
    pub had_logins: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last linked, unlinked, merged or disabled.
    pub modified: Timestamp,
}

/// A person at a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Login {
    /// The key of the Logins map, such as `accounts.google.com`.
    pub provider: String,
    /// The verified subject.
    pub subject: String,
}

/// Who owns a login, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The owning identity's GUID.
    pub identity: [u8; 16],
    /// The version of the login row.
    pub version: Version,
}

/// One identity before and after a commit.
pub enum Step<'a> {
    /// A new identity with its logins.
    Create(&'a Identity),
    /// An identity as it was read, and what it becomes. Logins that another step of the same commit
    /// gives up move here.
    Change(&'a Stored<Identity>, &'a Identity),
    /// An identity is deleted with its logins.
    Delete(&'a Stored<Identity>),
}

/// The identities of a store.
#[derive(Clone)]
pub struct Identities {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Identities {
    /// The identities kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random }
    }

    /// The identity with this id, whatever its pool.
    pub async fn get(&self, id: &IdentityId) -> Result<Option<Stored<Identity>>, Error> {
        let found = self.by_guid(id.guid()).await?;
        Ok(found.filter(|identity| identity.id == *id))
    }

    /// The identity with this GUID.
    pub async fn by_guid(&self, guid: [u8; 16]) -> Result<Option<Stored<Identity>>, Error> {
        let row = self.rows.get(Table::Identity, &guid).await?;
        row.map(|row| {
            let record = Arc::new(decode("identity", &row.value)?);
            Ok(Stored { version: row.version, record })
        })
        .transpose()
    }

    /// Who owns a login in a pool.
    pub async fn owner(&self, pool: &PoolId, login: &Login) -> Result<Option<Owner>, Error> {
        let row = self.rows.get(Table::Login, &login_key(pool, login)).await?;
        row.map(|row| {
            let identity = row.value.as_slice().try_into();
            let unreadable = |_| Error::Unreadable { kind: "login", why: "it names no identity".into() };
            Ok(Owner { identity: identity.map_err(unreadable)?, version: row.version })
        })
        .transpose()
    }

    /// A page of a pool's identities, in order of their ids, after `after`.
    pub async fn of_pool(
        &self,
        pool: &PoolId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Stored<Identity>>, Error> {
        let prefix = pool.guid();
        let after = after.map(|guid| [prefix, guid].concat());
        let scan = Scan { table: Table::PoolIdentity, prefix: &prefix, after: after.as_deref(), limit };
        let mut page = Vec::new();
        for (key, _) in self.rows.scan(scan).await? {
            let guid = key.get(16..).and_then(|guid| guid.try_into().ok());
            let Some(guid) = guid else { continue };
            // An identity that was deleted since the scan is simply not listed.
            page.extend(self.by_guid(guid).await?);
        }
        Ok(page)
    }

    /// Makes all steps, or none. Datasets go with their identities: those of a disabled one to the one that is not.
    /// `Conflict` says that an identity or a login changed since it was read: resolve again from the start.
    pub async fn commit(&self, steps: &[Step<'_>]) -> Result<Outcome, Error> {
        let mut writes = Vec::new();
        for step in steps {
            if let Step::Create(new) | Step::Change(_, new) = step
                && new.logins.iter().collect::<HashSet<_>>().len() != new.logins.len()
            {
                return Err(Error::Refused("an identity has a login twice"));
            }
            self.plan_identity(step, &mut writes)?;
        }
        self.plan_logins(steps, &mut writes).await?;
        devices::plan(&*self.rows, steps, &mut writes).await?;
        // Last, since datasets change all the time: whoever does it in between makes all begin anew.
        handover::plan(&*self.rows, &*self.random, steps, &mut writes).await?;
        self.rows.commit(writes).await
    }

    fn plan_identity(&self, step: &Step<'_>, writes: &mut Vec<Write>) -> Result<(), Error> {
        match step {
            Step::Create(new) => {
                writes.push(Write::insert(Table::Identity, new.id.guid().into(), self.row(new)?));
                let listed = Row { version: Version::draw(&*self.random), value: Vec::new() };
                writes.push(Write::insert(Table::PoolIdentity, listing_key(new), listed));
            }
            Step::Change(old, new) => {
                writes.push(Write::replace(Table::Identity, new.id.guid().into(), old.version, self.row(new)?));
            }
            Step::Delete(old) => {
                writes.push(Write::delete(Table::Identity, old.id.guid().into(), old.version));
            }
        }
        Ok(())
    }

    /// The writes that bring the login rows from what the steps had to what they will have.
    async fn plan_logins(&self, steps: &[Step<'_>], writes: &mut Vec<Write>) -> Result<(), Error> {
        let had = |step: &Step<'_>| match step {
            Step::Create(_) => Vec::new(),
            Step::Change(old, _) | Step::Delete(old) => old.logins.clone(),
        };
        let released: Vec<(PoolId, Login)> =
            steps.iter().flat_map(|step| had(step).into_iter().map(|l| (pool_of(step), l))).collect();
        let mut taken = Vec::new();
        for step in steps {
            let (Step::Create(new) | Step::Change(_, new)) = step else { continue };
            for login in new.logins.iter().filter(|login| !had(step).contains(login)) {
                let row = Row { version: Version::draw(&*self.random), value: new.id.guid().into() };
                let key = login_key(&new.pool, login);
                let moved = released.contains(&(new.pool.clone(), login.clone()));
                let owner = if moved { self.owner(&new.pool, login).await? } else { None };
                writes.push(match owner {
                    Some(owner) => Write::replace(Table::Login, key.clone(), owner.version, row),
                    None => Write::insert(Table::Login, key.clone(), row),
                });
                taken.push(key);
            }
        }
        for step in steps {
            let kept: &[Login] = match step {
                Step::Create(new) | Step::Change(_, new) => &new.logins,
                Step::Delete(_) => &[],
            };
            for login in had(step).iter().filter(|login| !kept.contains(login)) {
                let pool = pool_of(step);
                let key = login_key(&pool, login);
                if taken.contains(&key) {
                    continue;
                }
                if let Some(owner) = self.owner(&pool, login).await? {
                    writes.push(Write::delete(Table::Login, key, owner.version));
                }
            }
            if let Step::Delete(old) = step {
                let key = listing_key(old);
                if let Some(row) = self.rows.get(Table::PoolIdentity, &key).await? {
                    writes.push(Write::delete(Table::PoolIdentity, key, row.version));
                }
            }
        }
        Ok(())
    }

    fn row(&self, identity: &Identity) -> Result<Row, Error> {
        encode("identity", identity, &*self.random)
    }
}

fn pool_of(step: &Step<'_>) -> PoolId {
    match step {
        Step::Create(identity) | Step::Change(_, identity) => identity.pool.clone(),
        Step::Delete(old) => old.pool.clone(),
    }
}

fn listing_key(identity: &Identity) -> Vec<u8> {
    [identity.pool.guid(), identity.id.guid()].concat()
}

/// The key of a login's row, pool and a digest: subjects are as long as providers please, keys are not.
pub fn login_key(pool: &PoolId, login: &Login) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(u64::try_from(login.provider.len()).unwrap_or(u64::MAX).to_be_bytes());
    digest.update(&login.provider);
    digest.update(&login.subject);
    [pool.guid().as_slice(), &digest.finalize()].concat()
}
