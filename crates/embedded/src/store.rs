//! The store: two sides of one folder behind the contract of `store`.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use store::{Changes, Error, Outcome, Row, Rows, Scan, Table, Write};

use crate::side::Side;
use crate::{Folder, OpenError, schema};

/// The store in a data folder. Dropping it waits for the writes that were asked for.
pub struct Store {
    store: Side,
    objects: Side,
    /// Dropped last: the lock outlives the files.
    folder: Arc<Folder>,
}

impl Store {
    /// Opens the store in a folder, which is made where it is missing. Errs where another process
    /// has it open, where a newer version wrote it, and where a file cannot be used.
    pub fn open(folder: impl AsRef<Path>) -> Result<Arc<Self>, OpenError> {
        Self::open_in(Arc::new(Folder::lock(folder)?))
    }

    /// As [`Store::open`], in a folder that this process already holds.
    pub fn open_in(folder: Arc<Folder>) -> Result<Arc<Self>, OpenError> {
        let store = Side::open(&folder, "store.db", &schema::STORE)?;
        let objects = Side::open(&folder, "objects.db", &schema::OBJECTS)?;
        Ok(Arc::new(Self { store, objects, folder }))
    }

    /// The folder, for other engines that keep files in it.
    pub fn folder(&self) -> &Arc<Folder> {
        &self.folder
    }

    fn side(&self, table: Table) -> &Side {
        if table.is_of_objects() { &self.objects } else { &self.store }
    }
}

#[async_trait]
impl Rows for Store {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        // Microseconds: a change of threads would cost more.
        self.side(table).readers.get(table, key)
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        let readers = &self.side(scan.table).readers;
        if scan.limit <= ROWS_READ_IN_PLACE {
            return readers.scan(scan);
        }
        let (prefix, after) = (scan.prefix.to_vec(), scan.after.map(<[u8]>::to_vec));
        let (table, limit) = (scan.table, scan.limit);
        let readers = readers.clone();
        elsewhere(move || readers.scan(Scan { table, prefix: &prefix, after: after.as_deref(), limit })).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        store::rows::check(&writes)?;
        match writes.first() {
            Some(first) => self.side(first.table).commit(writes).await,
            None => Ok(Outcome::Committed),
        }
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        if revision > 0 {
            return self.store.readers.changes(revision);
        }
        let readers = self.store.readers.clone();
        elsewhere(move || readers.changes(revision)).await
    }
}

/// Reads many rows on a thread that may block.
async fn elsewhere<T: Send + 'static>(read: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(read).await.map_err(|error| Error::Unavailable(Box::new(error)))?
}

/// So many rows are read where they are asked for.
const ROWS_READ_IN_PLACE: usize = 64;
