//! Mail: what one process has to tell the devices that are connected to another.
//!
//! A change is committed together with a letter to every other process that lives. A process reads its own letters, and
//! takes them out when it has told its devices; those of the dead are thrown away ([`crate::nodes`]), since a device
//! that lost its connection asks how things stand when it comes back.

use std::sync::Arc;

use vocab::Random;

use crate::nodes::NodeId;
use crate::outbox::{Entry, digest};
use crate::record::{decode, encode};
use crate::rows::{Error, Outcome, Rows, Scan, Table, Write};

/// The letters of a store.
#[derive(Clone)]
pub struct Mail {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Mail {
    /// The letters kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random }
    }

    /// The write that sends a letter to a process.
    pub fn send(&self, to: NodeId, entry: &Entry) -> Result<Write, Error> {
        let digest = digest(&entry.pool, &entry.identity, &entry.dataset);
        let key = [to.as_slice(), &digest, &entry.sync_count.to_be_bytes(), &[entry.happened.order()]].concat();
        Ok(Write::insert(Table::Mail, key, encode(KIND, entry, &*self.random)?))
    }

    /// Some letters to a process, those of a dataset in order of its counts, and the writes that take them out.
    pub async fn read(&self, to: NodeId) -> Result<(Vec<Entry>, Vec<Write>), Error> {
        let found = self.rows.scan(Scan { table: Table::Mail, prefix: &to, after: None, limit: BATCH }).await?;
        let mut entries = Vec::new();
        let mut read = Vec::new();
        for (key, row) in found {
            // What a newer version wrote is lost on this process: its devices hear of the next change.
            entries.extend(decode::<Entry>(KIND, &row.value).ok());
            read.push(Write::delete(Table::Mail, key, row.version));
        }
        Ok((entries, read))
    }

    /// Takes letters out that were read.
    pub async fn take_out(&self, read: Vec<Write>) -> Result<(), Error> {
        if !read.is_empty() {
            let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(read).await?;
        }
        Ok(())
    }
}

const KIND: &str = "letter";
const BATCH: usize = 200;
