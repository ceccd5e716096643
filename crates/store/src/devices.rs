//! The devices of an identity, and what each of them wants to hear of.
//!
//! All of them stand in one row. It exists only while its identity is enabled: the commit that makes it also rewrites
//! the identity's row, and those that merge or delete an identity take it away.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocab::{IdentityId, PoolId, Random, Timestamp};

use crate::identities::{Identities, Identity, Step};
use crate::record::{Stored, decode, encode};
use crate::records::keys::Sealed;
use crate::rows::{Error, Outcome, Rows, Table, Write};

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    #[serde(rename = "i")]
    pub id: String,
    /// Its platform, such as `GCM`.
    #[serde(rename = "p")]
    pub platform: String,
    /// A digest of its token: the same token of the same platform is the same device.
    #[serde(rename = "d")]
    pub digest: String,
    /// What the platform knows it by, sealed.
    #[serde(rename = "t")]
    pub token: Sealed,
    /// When it last registered.
    #[serde(rename = "r")]
    pub registered: Timestamp,
    /// The datasets whose changes it wants to hear of.
    #[serde(rename = "s")]
    pub subscriptions: BTreeSet<String>,
}

impl Device {
    /// What the token of a device of an identity is sealed for.
    pub fn row(identity: &str, device: &str) -> String {
        format!("device/{identity}/{device}")
    }
}

/// The devices of the identities of a store.
#[derive(Clone)]
pub struct Devices {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Devices {
    /// The devices kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random }
    }

    /// The devices of an identity of a pool.
    pub async fn of(&self, pool: &PoolId, identity: &IdentityId) -> Result<Vec<Device>, Error> {
        let row = self.rows.get(Table::Device, &key(pool, identity)).await?;
        row.map_or(Ok(Vec::new()), |row| decode(KIND, &row.value))
    }

    /// Lets `change` say what becomes of an identity's devices, on condition that nothing came between; else starts
    /// over. What it answers is answered; `None`: the identity is disabled, or none of the pool's.
    pub async fn update<T, E: From<Error>>(
        &self,
        pool: &PoolId,
        identity: &IdentityId,
        mut change: impl FnMut(&mut Vec<Device>) -> Result<T, E> + Send,
    ) -> Result<Option<T>, E> {
        let key = key(pool, identity);
        for _ in 0..TRIES {
            let row = self.rows.get(Table::Device, &key).await?;
            let (mut devices, owner) = match &row {
                Some(row) => (decode(KIND, &row.value)?, None),
                None => {
                    let Some(owner) = self.owner(pool, identity).await? else { return Ok(None) };
                    (Vec::new(), Some(owner))
                }
            };
            let before = devices.clone();
            let answer = change(&mut devices)?;
            if devices == before {
                return Ok(Some(answer));
            }
            let new = encode(KIND, &devices, &*self.random)?;
            let writes = match (row, owner) {
                (Some(row), _) => vec![Write::replace(Table::Device, key.clone(), row.version, new)],
                // The identity's row moves, so that whoever ends it meanwhile starts over and sees the devices.
                (None, Some(owner)) => {
                    let same = encode("identity", &*owner.record, &*self.random)?;
                    let guid = identity.guid().into();
                    vec![
                        Write::insert(Table::Device, key.clone(), new),
                        Write::replace(Table::Identity, guid, owner.version, same),
                    ]
                }
                (None, None) => return Ok(None),
            };
            if self.rows.commit(writes).await? == Outcome::Committed {
                return Ok(Some(answer));
            }
        }
        Err(E::from(Error::Unavailable("the devices of an identity change too often".into())))
    }

    async fn owner(&self, pool: &PoolId, identity: &IdentityId) -> Result<Option<Stored<Identity>>, Error> {
        let identities = Identities::new(self.rows.clone(), self.random.clone());
        let found = identities.get(identity).await?;
        Ok(found.filter(|found| found.pool == *pool && !found.disabled))
    }
}

/// Adds the writes that take away the devices of identities that are merged or deleted: whoever signed in again
/// registers again.
pub(crate) async fn plan(rows: &dyn Rows, steps: &[Step<'_>], writes: &mut Vec<Write>) -> Result<(), Error> {
    for step in steps {
        let old = match step {
            Step::Delete(old) => old,
            Step::Change(old, new) if new.disabled && !old.disabled => old,
            Step::Change(..) | Step::Create(_) => continue,
        };
        let key = key(&old.pool, &old.id);
        if let Some(row) = rows.get(Table::Device, &key).await? {
            writes.push(Write::delete(Table::Device, key, row.version));
        }
    }
    Ok(())
}

fn key(pool: &PoolId, identity: &IdentityId) -> Vec<u8> {
    [pool.guid(), identity.guid()].concat()
}

const KIND: &str = "devices";
/// So often somebody else may be first.
const TRIES: usize = 64;
