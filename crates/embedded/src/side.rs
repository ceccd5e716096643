//! One database file: its writer thread and its readers.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};
use store::{Error, Outcome, Write};
use tokio::sync::{mpsc, oneshot};

use crate::folder::private_file;
use crate::reader::Readers;
use crate::schema::{Schema, migrate};
use crate::writer::Job;
use crate::{Folder, OpenError, writer};

pub(crate) struct Side {
    pub(crate) readers: Arc<Readers>,
    /// `None` once the side is being dropped.
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl Side {
    /// Opens a file of the folder at the newest schema, and makes it where it is missing.
    pub(crate) fn open(folder: &Folder, name: &'static str, schema: &Schema) -> Result<Self, OpenError> {
        let path = folder.path().join(name);
        let io = |why| OpenError::Io { path: path.clone(), why };
        let database = |why| OpenError::Database { path: path.clone(), why };
        drop(private_file(&path).map_err(io)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(database)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(SETTINGS).map_err(database)?;
        if let Err(found) = migrate(&connection, schema).map_err(database)? {
            return Err(OpenError::Newer { path, found, known: schema.newest() });
        }
        // The database and its log exist now; their names must outlive a power cut.
        folder.sync().map_err(io)?;
        let readers = Arc::new(Readers::open(&path).map_err(database)?);
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name(name.into());
        let writer = thread.spawn(move || writer::serve(connection, name, jobs)).map_err(io)?;
        Ok(Self { readers, queue: Some(queue), writer: Some(writer) })
    }

    /// Hands writes to the writer and waits for their commit.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.send(Job { writes, answer }).await.map_err(|_| Error::Closed)?;
        // A writer that is gone without an answer may or may not have committed.
        answered.await.unwrap_or(Err(Error::Closed))
    }
}

impl Drop for Side {
    /// Waits until what was asked for is written and the file is closed.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _panicked = writer.join();
        }
    }
}

const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0; -- the writer does it, and sees the errors
    PRAGMA trusted_schema = OFF";

/// The most requests that wait; more wait for a place in the queue.
const QUEUE: usize = 1024;
