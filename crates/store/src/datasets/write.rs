//! Changing a dataset and deleting it: one commit each, on condition of what was read.

use vocab::{IdentityId, PoolId, Timestamp};

use super::chunks::{self, Chunk, Chunks};
use super::open::{Opened, Put};
use super::{Dataset, Datasets, Found, Record, SHELF, Shelf, shelf, shelf_key, sweep};
use crate::record::{Stored, encode};
use crate::rows::{Error, Outcome, Row, Table, Version, Write};

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is durable; the dataset as it is now, and the records that were changed.
    Done(Dataset, Vec<Record>),
    /// The dataset, its identity or one of the writes beside it is not what it was: nothing happened.
    Changed,
}

impl Datasets {
    /// Makes these changes of different keys one change of the dataset: its count rises by one, and all of them get it.
    /// The dataset must have been opened for their keys. `beside` happens in the same commit, or nothing does.
    pub async fn write(
        &self,
        opened: &Opened,
        puts: &[Put],
        (by, at): (&str, Timestamp),
        beside: &[Write],
    ) -> Result<Written, Error> {
        let Some((pool, identity)) = opened.owner() else { return Ok(Written::Changed) };
        let mut dataset = opened.dataset.clone().unwrap_or_else(|| Dataset {
            name: opened.name.clone(),
            id: u128::from_be_bytes(self.random.bytes()),
            sync_count: 0,
            base: opened.next_sync_count() - 1,
            created: at,
            modified: at,
            modified_by: String::new(),
            records: 0,
            bytes: 0,
            merged_into: None,
            spread: 0,
            forgotten: 0,
        });
        (dataset.records, dataset.bytes) = opened.size_after(puts);
        dataset.sync_count = opened.next_sync_count();
        dataset.modified = at;
        by.clone_into(&mut dataset.modified_by);
        let (records, chunks) = self.changed(opened, &mut dataset, puts, (by, at)).await?;
        let mut writes = self.chunk_writes(&dataset, chunks)?;
        writes.extend_from_slice(beside);
        let put = |shelf: &mut Shelf| shelf.put(dataset.clone());
        let outcome = self.commit(opened, (pool, identity), put, writes).await?;
        Ok(if outcome { Written::Done(dataset, records) } else { Written::Changed })
    }

    /// Deletes the dataset: its records are deleted later, when nothing names them any more. Whether it was still the
    /// same; `beside` happens in the same commit, or nothing does.
    pub async fn delete(&self, opened: &Opened, beside: &[Write]) -> Result<bool, Error> {
        let (Some(dataset), Some(owner)) = (&opened.dataset, opened.owner()) else { return Ok(false) };
        let mut writes = vec![sweep::discard([dataset.id], &*self.random)?];
        writes.extend_from_slice(beside);
        self.commit(opened, owner, |shelf| drop(shelf.remove(&dataset.name)), writes).await
    }

    /// Changes the shelf together with `writes`. Another dataset of the identity that changes at the same moment makes
    /// this try again: what was read of this one still holds.
    async fn commit(
        &self,
        opened: &Opened,
        (pool, identity): (&PoolId, &IdentityId),
        change: impl Fn(&mut Shelf),
        writes: Vec<Write>,
    ) -> Result<bool, Error> {
        let key = shelf_key(pool, identity.guid());
        let mut current = match &opened.found {
            Found::Shelf(shelf) => shelf.clone(),
            Found::Empty(owner) => {
                let mut new = Shelf::new(pool, identity);
                change(&mut new);
                // The identity's row moves, so that whoever merges or deletes it meanwhile starts over and sees the
                // shelf; and if that happened already, this commit does not.
                let same = encode("identity", &*owner.record, &*self.random)?;
                let mut all = vec![
                    Write::insert(Table::Dataset, key, encode(SHELF, &new, &*self.random)?),
                    Write::replace(Table::Identity, identity.guid().into(), owner.version, same),
                ];
                all.extend(writes);
                return Ok(self.rows.commit(all).await? == Outcome::Committed);
            }
            Found::Disabled | Found::Unknown => return Ok(false),
        };
        for _ in 0..TRIES {
            let mut new = (*current.record).clone();
            change(&mut new);
            let row = encode(SHELF, &new, &*self.random)?;
            let mut all = vec![Write::replace(Table::Dataset, key.clone(), current.version, row)];
            all.extend(writes.iter().cloned());
            if self.rows.commit(all).await? == Outcome::Committed {
                return Ok(true);
            }
            match shelf(&*self.rows, pool, identity.guid()).await? {
                Some(now) if is_same(&now, &current, opened) => current = now,
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The chunks after the change, and the records that were changed.
    async fn changed(
        &self,
        opened: &Opened,
        dataset: &mut Dataset,
        puts: &[Put],
        (by, at): (&str, Timestamp),
    ) -> Result<(Vec<Record>, Chunks), Error> {
        let mut held = opened.held.clone();
        let mut records = Vec::with_capacity(puts.len());
        for put in puts {
            let record = Record {
                key: put.key.clone(),
                value: put.value.clone(),
                sync_count: dataset.sync_count,
                modified: at,
                modified_by: by.to_owned(),
                device_modified: put.device_modified,
            };
            records.push(record.clone());
            let chunk = held.entry(chunks::number(&put.key, dataset.spread)).or_default();
            chunk.is_changed = true;
            chunk.records.insert(record.key.clone(), record);
        }
        let mut is_whole = opened.is_whole || opened.dataset.is_none();
        while dataset.spread < chunks::MOST_SPREAD && held.values().any(Chunk::is_large) {
            if !is_whole {
                let all = chunks::read(&*self.rows, dataset, None).await?;
                for (number, chunk) in all {
                    held.entry(number).or_insert(chunk);
                }
                is_whole = true;
            }
            held = chunks::doubled(held, dataset.spread);
            dataset.spread += 1;
        }
        for chunk in held.values_mut().filter(|chunk| chunk.is_changed) {
            dataset.forgotten = dataset.forgotten.max(chunk.forget(dataset.spread));
        }
        Ok((records, held))
    }

    fn chunk_writes(&self, dataset: &Dataset, chunks: Chunks) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        for (number, chunk) in chunks.into_iter().filter(|(_, chunk)| chunk.is_changed) {
            let key = chunks::key(dataset.id, number);
            let records: Vec<&Record> = chunk.records.values().collect();
            let row = |version: Option<Version>| -> Result<Option<Write>, Error> {
                let row: Row = encode(chunks::KIND, &records, &*self.random)?;
                Ok(match (version, records.is_empty()) {
                    (None, true) => None,
                    (None, false) => Some(Write::insert(Table::Record, key.clone(), row)),
                    (Some(version), true) => Some(Write::delete(Table::Record, key.clone(), version)),
                    (Some(version), false) => Some(Write::replace(Table::Record, key.clone(), version, row)),
                })
            };
            writes.extend(row(chunk.version)?);
        }
        Ok(writes)
    }
}

/// Whether the dataset is on the shelf as it was, others changed. One that is not there yet is made on the shelf as it
/// was read only, since how many there are may decide whether it may be made.
fn is_same(now: &Stored<Shelf>, before: &Stored<Shelf>, opened: &Opened) -> bool {
    opened.dataset.is_some() && now.version != before.version && now.find(&opened.name) == opened.dataset.as_ref()
}

/// So often other datasets of the identity may be first.
const TRIES: usize = 16;
