//! Writes: one thread for each file, which commits a batch at a time.
//!
//! While one batch is being made durable the next gathers, so a sync is shared by all who wait. Each
//! request of a batch stands in a savepoint of its own: a conflict undoes that request alone.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use store::rows::mark;
use store::{Error, Expect, Outcome, Table, Write};
use tokio::sync::{mpsc, oneshot};

/// A request to write.
pub(crate) struct Job {
    pub(crate) writes: Vec<Write>,
    pub(crate) answer: oneshot::Sender<Result<Outcome, Error>>,
}

/// Serves a queue until it is closed. `name` is the file's, for the log.
pub(crate) fn serve(connection: Connection, name: &'static str, mut queue: mpsc::Receiver<Job>) {
    connection.wal_hook(Some(|_, pages| {
        PAGES_IN_LOG.set(pages);
        Ok(())
    }));
    let mut writer = Writer { connection, name, closed: false };
    let mut batch = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        writer.answer(&mut batch);
        writer.checkpoint();
    }
}

struct Writer {
    connection: Connection,
    name: &'static str,
    /// A write or a sync failed: what the disk holds is not known any more.
    closed: bool,
}

impl Writer {
    fn answer(&mut self, batch: &mut Vec<Job>) {
        if self.closed {
            return batch.drain(..).for_each(|job| answer(job, Err(Error::Closed)));
        }
        match self.commit(batch) {
            Ok(outcomes) => {
                for (job, outcome) in batch.drain(..).zip(outcomes) {
                    answer(job, Ok(outcome));
                }
            }
            Err(error) => {
                self.failed("a commit", &error);
                let error = Arc::new(error);
                batch.drain(..).for_each(|job| answer(job, Err(Error::Unavailable(Box::new(Failed(error.clone()))))));
            }
        }
    }

    fn commit(&self, batch: &[Job]) -> rusqlite::Result<Vec<Outcome>> {
        self.run("BEGIN IMMEDIATE")?;
        let made = batch.iter().map(|job| self.request(&job.writes)).collect::<rusqlite::Result<Vec<_>>>();
        let outcomes = made.and_then(|outcomes| self.run("COMMIT").map(|()| outcomes));
        // SQLite has rolled some failures back itself.
        if outcomes.is_err() && !self.connection.is_autocommit() {
            self.run("ROLLBACK")?;
        }
        outcomes
    }

    fn request(&self, writes: &[Write]) -> rusqlite::Result<Outcome> {
        // A single write is atomic as it is, unless it moves the revision.
        if let [write] = writes
            && write.table != Table::Configuration
        {
            return if self.write(write, None)? { Ok(Outcome::Committed) } else { self.conflict(writes, 0) };
        }
        self.run("SAVEPOINT request")?;
        if let Some(index) = self.all(writes)? {
            self.run("ROLLBACK TO request")?;
            self.run("RELEASE request")?;
            return self.conflict(writes, index);
        }
        self.run("RELEASE request")?;
        Ok(Outcome::Committed)
    }

    /// Makes the writes in order; answers the first that did not find what it expected.
    fn all(&self, writes: &[Write]) -> rusqlite::Result<Option<usize>> {
        let revision = if writes.iter().any(|write| write.table == Table::Configuration) {
            Some(self.connection.prepare_cached(NEXT_REVISION)?.query_row([], |row| row.get(0))?)
        } else {
            None
        };
        for (index, write) in writes.iter().enumerate() {
            if !self.write(write, revision)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Makes one write; answers whether it found what it expected.
    fn write(&self, write: &Write, revision: Option<i64>) -> rusqlite::Result<bool> {
        let table = write.table.name();
        let key = &write.key;
        let prepare = |sql: &str| self.connection.prepare_cached(sql);
        let changed = match (write.expect, &write.row, revision) {
            (Expect::Absent, Some(new), Some(revision)) if write.table == Table::Configuration => {
                prepare(INSERT_CONFIGURATION)?.execute(params![key, new.version.0, new.value, revision])?
            }
            (Expect::Version(old), new, Some(revision)) if write.table == Table::Configuration => {
                // A deleted row stays, without its value, for the nodes that have not heard of it.
                let version = new.as_ref().map_or(old, |new| new.version);
                let value = new.as_ref().map(|new| &new.value);
                prepare(CHANGE_CONFIGURATION)?.execute(params![key, old.0, version.0, value, revision])?
            }
            (Expect::Absent, Some(new), _) => prepare(&format!(
                "INSERT INTO {table} (key, version, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
            ))?
            .execute(params![key, new.version.0, new.value])?,
            (Expect::Version(old), Some(new), _) => {
                prepare(&format!("UPDATE {table} SET version = ?3, value = ?4 WHERE key = ?1 AND version = ?2"))?
                    .execute(params![key, old.0, new.version.0, new.value])?
            }
            (Expect::Version(old), None, _) => {
                prepare(&format!("DELETE FROM {table} WHERE key = ?1 AND version = ?2"))?
                    .execute(params![key, old.0])?
            }
            // `store::rows::check` refuses to delete what must be absent.
            (Expect::Absent, None, _) => 0,
        };
        Ok(changed == 1)
    }

    /// A conflict, unless the commit meets its own earlier success.
    fn conflict(&self, writes: &[Write], index: usize) -> rusqlite::Result<Outcome> {
        let Some((write, version)) = mark(writes) else { return Ok(Outcome::Conflict(index)) };
        let sql = format!("SELECT version FROM {} WHERE key = ?1 AND value IS NOT NULL", write.table.name());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let held: Option<Vec<u8>> = statement.query_row([&write.key], |row| row.get(0)).optional()?;
        let own = held.is_some_and(|held| held == version.0);
        Ok(if own { Outcome::Committed } else { Outcome::Conflict(index) })
    }

    /// Copies the log into the database where it has grown long. SQLite's own way of doing that
    /// after a commit swallows the error of a failed sync.
    fn checkpoint(&mut self) {
        if self.closed || PAGES_IN_LOG.get() < PAGES_OF_A_LONG_LOG {
            return;
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            self.failed("a checkpoint", &error);
        }
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// After a failed sync the system may have dropped what it could not write, and a later sync
    /// would succeed without it: the only safe thing is to write no more. A full disk that SQLite
    /// noticed before the sync lost nothing.
    fn failed(&mut self, what: &str, error: &rusqlite::Error) {
        let recovers = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::TooBig | ErrorCode::ConstraintViolation)
        );
        self.closed = !recovers || !self.connection.is_autocommit();
        let (database, closed) = (self.name, self.closed);
        tracing::error!(database, closed, %error, "{what} failed");
    }
}

/// Whoever no longer waits needs no answer.
fn answer(job: Job, answer: Result<Outcome, Error>) {
    let _gone = job.answer.send(answer);
}

/// One failure, for all who waited for the batch.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(Arc<rusqlite::Error>);

thread_local! {
    /// How many pages the log of this writer's file held after the last commit.
    static PAGES_IN_LOG: Cell<i32> = const { Cell::new(0) };
}

const NEXT_REVISION: &str = "UPDATE configuration_revision SET revision = revision + 1 RETURNING revision";

const INSERT_CONFIGURATION: &str = "
    INSERT INTO configuration (key, version, value, revision) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value, revision = excluded.revision
    WHERE configuration.value IS NULL";

const CHANGE_CONFIGURATION: &str = "
    UPDATE configuration SET version = ?3, value = ?4, revision = ?5
    WHERE key = ?1 AND version = ?2 AND value IS NOT NULL";

/// The most requests of one commit.
const BATCH: usize = 256;

/// 64 MiB of pages.
const PAGES_OF_A_LONG_LOG: i32 = 16_384;

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE login (key BLOB PRIMARY KEY, version BLOB, value BLOB)").unwrap();
        Writer { connection, name: "store.db", closed: false }
    }

    fn insert(writer: &mut Writer, key: u8) -> Result<Outcome, Error> {
        let (answer, mut answered) = oneshot::channel();
        let row = store::Row { version: store::Version([key; 16]), value: Vec::new() };
        let writes = vec![Write::insert(Table::Login, vec![key], row)];
        writer.answer(&mut vec![Job { writes, answer }]);
        answered.try_recv().unwrap()
    }

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn nothing_is_written_after_a_failed_sync() {
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR, ffi::SQLITE_CORRUPT] {
            let mut writer = writer();
            assert_eq!(insert(&mut writer, 1).unwrap(), Outcome::Committed);
            writer.failed("a commit", &failure(code));
            assert!(matches!(insert(&mut writer, 2), Err(Error::Closed)), "{code}");
            assert!(matches!(insert(&mut writer, 3), Err(Error::Closed)), "{code}");
        }
    }

    #[test]
    fn a_full_disk_is_an_error_until_there_is_room() {
        let mut writer = writer();
        let pages: i64 = writer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        writer.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let full = (0..=255).find_map(|key| insert(&mut writer, key).err()).unwrap();
        assert!(matches!(&full, Error::Unavailable(_)) && full.to_string().contains("full"), "{full}");
        writer.connection.query_row("PRAGMA max_page_count = 1000", [], |_| Ok(())).unwrap();
        assert_eq!(insert(&mut writer, 255).unwrap(), Outcome::Committed);
    }

    #[test]
    fn whoever_shares_a_batch_with_a_conflict_is_committed() {
        let mut writer = writer();
        let (mut jobs, answers): (Vec<Job>, Vec<_>) = [1, 1, 2]
            .map(|key| {
                let (answer, answered) = oneshot::channel();
                let row = store::Row { version: store::Version([key; 16]), value: Vec::new() };
                let other = store::Row { version: store::Version(unused()), value: Vec::new() };
                let writes = vec![
                    Write::insert(Table::Login, unused().to_vec(), other),
                    Write::insert(Table::Login, vec![key], row),
                ];
                (Job { writes, answer }, answered)
            })
            .into_iter()
            .unzip();
        writer.answer(&mut jobs);
        let outcomes: Vec<Outcome> =
            answers.into_iter().map(|mut answer| answer.try_recv().unwrap().unwrap()).collect();
        assert_eq!(outcomes, [Outcome::Committed, Outcome::Conflict(1), Outcome::Committed]);
        let rows: i64 = writer.connection.query_row("SELECT count(*) FROM login", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 4, "the conflict left nothing");
    }

    /// Sixteen bytes that no other call answers.
    fn unused() -> [u8; 16] {
        let random: &dyn vocab::Random = &vocab::SystemRandom;
        random.bytes()
    }
}
