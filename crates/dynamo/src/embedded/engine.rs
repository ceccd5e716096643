//! The two threads of one account's file.
//!
//! One carries out one order after the other with the engine's only connection. What takes no longer than to wake a
//! thread is carried out where it is asked, while that thread has nothing to do. SQLite runs with
//! `synchronous=NORMAL`: a commit is in the log, and not yet on the disk. So no answer leaves it: the
//! other thread takes all that are waiting, calls fdatasync on the log once, and sends them. A read waits
//! in the same way for what it could have seen, and for nothing else (`seen.rs`). Once a sync has failed, nothing that was written since the
//! last good one can be promised any more, and the file takes no orders until it is opened again.

use std::collections::HashMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use std::{io, mem};

use dynoxide::Database;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::seen::Seen;
use super::{dispatch, schema};
use crate::backend::{self, Schema};
use crate::error::Error;

/// The engine of one account.
#[derive(Clone)]
pub(super) struct Engine(Arc<Inner>);

struct Inner {
    orders: Option<Sender<Job>>,
    /// None while the engine stops.
    worker: Option<Arc<Mutex<Worker>>>,
    /// Bounds how many orders wait.
    room: Arc<Semaphore>,
    schemas: Schemas,
    threads: Vec<JoinHandle<()>>,
    /// Ends the sweeper when it is dropped.
    sweeping: Option<Sender<()>>,
}

/// The keys of the tables that are in use. The engine's thread forgets them when tables change, and
/// compares before it acts: an old entry can only cost a second try.
type Schemas = Arc<RwLock<HashMap<String, Arc<Schema>>>>;

enum Job {
    Schema {
        table: String,
        reply: Reply<Option<Arc<Schema>>>,
        room: OwnedSemaphorePermit,
    },
    Execute {
        order: Box<Order>,
        reply: Reply<Value>,
        room: OwnedSemaphorePermit,
    },
    /// Something was written beside the orders.
    Written,
}

pub(super) struct Order {
    pub(super) operation: &'static str,
    pub(super) writes: bool,
    pub(super) document: Value,
    pub(super) relies_on: Vec<(String, Option<Arc<Schema>>)>,
}

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// The connection; none while it is opened again.
type Shared = Arc<RwLock<Option<Database>>>;

type Open = Box<dyn FnMut() -> Result<Database, BoxError> + Send>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer that waits for its sync.
struct Waiting {
    /// The number of writes that must be on the disk first.
    after: u64,
    /// Sends the answer, or says that it cannot be given.
    send: Box<dyn FnOnce(bool) + Send>,
}

/// What both threads know.
#[derive(Default)]
struct Progress {
    /// How many writes are on the disk.
    synced: AtomicU64,
    failed: AtomicBool,
}

impl Engine {
    /// Opens or makes the file, and starts its threads.
    pub(super) fn start(file: &Path) -> Result<Self, BoxError> {
        let path = file.to_str().ok_or("the data folder's name is not UTF-8")?.to_owned();
        let file = file.to_owned();
        let log = Arc::<Mutex<Option<File>>>::default();
        let synced = log.clone();
        let open = move || {
            let database = Database::new(&path)?;
            *log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(log_of(&file)?);
            // The library's only way to set `synchronous=NORMAL`; its other settings are SQLite's defaults.
            database.disable_bulk_loading()?;
            Ok(database)
        };
        let sync = move || {
            let log = synced.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            log.as_ref().ok_or(io::ErrorKind::NotFound)?.sync_data()
        };
        Self::with(Box::new(open), sync)
    }

    fn with(mut open: Open, sync: impl FnMut() -> io::Result<()> + Send + 'static) -> Result<Self, BoxError> {
        let database = Shared::new(RwLock::new(Some(open()?)));
        let (orders, incoming) = channel();
        let (finished, waiting) = channel();
        let (sweeping, stop) = channel();
        let (progress, schemas) = (Arc::<Progress>::default(), Schemas::default());
        let worker = Arc::new(Mutex::new(Worker {
            database: database.clone(),
            open,
            schemas: schemas.clone(),
            progress: progress.clone(),
            finished,
            written: 0,
            seen: Seen::default(),
        }));
        let (written, working) = (orders.clone(), worker.clone());
        let threads = vec![
            Builder::new().name("dynamodb".into()).spawn(move || work(&working, &incoming))?,
            Builder::new().name("dynamodb-sync".into()).spawn(move || sync_all(&waiting, &progress, sync))?,
            Builder::new().name("dynamodb-ttl".into()).spawn(move || sweep(&database, &stop, &written))?,
        ];
        let room = Arc::new(Semaphore::new(MOST_WAITING));
        let (orders, worker, sweeping) = (Some(orders), Some(worker), Some(sweeping));
        Ok(Self(Arc::new(Inner { orders, worker, room, schemas, threads, sweeping })))
    }

    /// The keys and tags of a table.
    pub(super) async fn schema(&self, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        let known = self.0.schemas.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(table).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let table = table.to_owned();
        self.ask(|reply, room| Job::Schema { table, reply, room }).await
    }

    /// Carries an order out.
    pub(super) async fn execute(
        &self,
        operation: &'static str,
        writes: bool,
        document: Value,
        relies_on: Vec<(String, Option<Arc<Schema>>)>,
    ) -> Result<Value, Error> {
        let order = Box::new(Order { operation, writes, document, relies_on });
        self.ask(|reply, room| Job::Execute { order, reply, room }).await
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>, OwnedSemaphorePermit) -> Job) -> Result<T, Error> {
        let room = self.0.room.clone().acquire_owned().await.map_err(Error::internal)?;
        let (reply, answer) = oneshot::channel();
        let job = job(reply, room);
        let idle = self.0.worker.as_ref().filter(|_| job.is_short()).and_then(|worker| worker.try_lock().ok());
        match (idle, &self.0.orders) {
            (Some(mut worker), _) => worker.take(job),
            (None, Some(orders)) => orders.send(job).map_err(|_| Error::internal("the engine has stopped"))?,
            (None, None) => return Err(Error::internal("the engine has stopped")),
        }
        answer.await.map_err(Error::internal)?
    }
}

impl Job {
    /// Whether it takes no longer than to wake a thread.
    fn is_short(&self) -> bool {
        match self {
            Self::Schema { .. } | Self::Written => true,
            Self::Execute { order, .. } => order.operation == "GetItem",
        }
    }
}

impl Drop for Inner {
    /// Waits until what was begun has ended and the file is closed.
    fn drop(&mut self) {
        drop(self.sweeping.take());
        drop(self.orders.take());
        drop(self.worker.take());
        for thread in mem::take(&mut self.threads) {
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// What has the connection.
struct Worker {
    database: Shared,
    open: Open,
    schemas: Schemas,
    progress: Arc<Progress>,
    finished: Sender<Waiting>,
    /// How many writes there were.
    written: u64,
    /// Which of them a read could see.
    seen: Seen,
}

impl Worker {
    fn take(&mut self, job: Job) {
        match job {
            Job::Schema { table, reply, room } => {
                let schema = self.guarded(|worker, database| worker.schema(database, &table));
                self.answer(reply, schema, room, self.seen.tables());
            }
            Job::Execute { reply, .. } if reply.is_closed() => {}
            Job::Execute { order, reply, room } => {
                // A write that failed may have written before.
                self.written += u64::from(order.writes);
                let after = self.seen.note(&order, self.written, self.progress.synced.load(Ordering::Acquire));
                let answer = self.guarded(|worker, database| worker.carry_out(database, *order));
                self.answer(reply, answer, room, after);
            }
            Job::Written => {
                self.written += 1;
                self.wait(Box::new(|_| ()), self.written);
            }
        }
    }

    /// A panic of the engine fails one order.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self, &Database) -> Result<T, Error>) -> Result<T, Error> {
        if self.progress.failed.load(Ordering::Acquire) {
            return Err(not_durable());
        }
        let database = self.database.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        let database = database.ok_or_else(|| Error::internal("the tables could not be opened again"))?;
        let done = catch_unwind(AssertUnwindSafe(|| work(self, &database)));
        drop(database);
        done.unwrap_or_else(|_| {
            self.reopen();
            Err(Error::internal("the engine panicked"))
        })
    }

    /// The engine's lock stays poisoned after a panic, and a transaction may be open: only a new connection
    /// is as good as new.
    fn reopen(&mut self) {
        self.schemas.write().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
        *self.database.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
        match (self.open)() {
            Ok(database) => {
                *self.database.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(database);
            }
            Err(error) => tracing::error!(%error, "DynamoDB's tables were not opened again after a panic"),
        }
    }

    fn schema(&mut self, database: &Database, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        let known = self.schemas.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(table).cloned();
        if known.is_some() {
            return Ok(known);
        }
        // Tables that do not exist are not remembered: anybody can think of many.
        let Some(found) = schema::read(database, table)? else { return Ok(None) };
        let found = Arc::new(found);
        let mut schemas = self.schemas.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        schemas.insert(table.to_owned(), found.clone());
        Ok(Some(found))
    }

    fn carry_out(&mut self, database: &Database, order: Order) -> Result<Value, Error> {
        for (table, relied_on) in &order.relies_on {
            if self.schema(database, table)? != *relied_on {
                return Err(Error::Busy("The table was changed while the request was decided. Please try again."));
            }
        }
        let answer = dispatch::run(database, order.operation, order.document);
        if backend::changes_tables(order.operation) {
            self.schemas.write().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
        }
        answer
    }

    /// Sends an answer now, or after the sync of the first `after` writes: all that it could have seen.
    fn answer<T: Send + 'static>(
        &self,
        reply: Reply<T>,
        answer: Result<T, Error>,
        room: OwnedSemaphorePermit,
        after: u64,
    ) {
        let send = move |durable: bool| {
            // Nobody may be waiting any more.
            let _ = reply.send(if durable { answer } else { Err(not_durable()) });
            drop(room);
        };
        self.wait(Box::new(send), after);
    }

    fn wait(&self, send: Box<dyn FnOnce(bool) + Send>, after: u64) {
        if self.progress.synced.load(Ordering::Acquire) >= after {
            return send(!self.progress.failed.load(Ordering::Acquire));
        }
        if let Err(unsent) = self.finished.send(Waiting { after, send }) {
            (unsent.0.send)(false);
        }
    }
}

/// The thread that carries out what is not done where it is asked.
fn work(worker: &Mutex<Worker>, incoming: &Receiver<Job>) {
    while let Ok(job) = incoming.recv() {
        worker.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take(job);
    }
}

/// The thread that syncs the log: once for all that wait.
fn sync_all(waiting: &Receiver<Waiting>, progress: &Progress, mut sync: impl FnMut() -> io::Result<()>) {
    while let Ok(first) = waiting.recv() {
        let batch: Vec<Waiting> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let newest = batch.iter().map(|waiting| waiting.after).max().unwrap_or_default();
        if newest > progress.synced.load(Ordering::Acquire) && !progress.failed.load(Ordering::Acquire) {
            match sync() {
                Ok(()) => progress.synced.store(newest, Ordering::Release),
                Err(error) => {
                    tracing::error!(%error, "the log of DynamoDB's tables was not synced: it takes no more orders");
                    progress.failed.store(true, Ordering::Release);
                }
            }
        }
        let durable = !progress.failed.load(Ordering::Acquire);
        for waiting in batch {
            (waiting.send)(durable);
        }
    }
}

/// The thread that deletes items whose time to live is over. The engine takes turns by itself. A deletion
/// that is seen and then lost in a crash is made again, so no read waits for it.
fn sweep(database: &Shared, stop: &Receiver<()>, written: &Sender<Job>) {
    while stop.recv_timeout(BETWEEN_SWEEPS) == Err(RecvTimeoutError::Timeout) {
        let database = database.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        let Some(database) = database else { continue };
        match catch_unwind(AssertUnwindSafe(|| database.sweep_ttl())) {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) if written.send(Job::Written).is_err() => return,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "expired items were not deleted"),
            Err(_) => tracing::warn!("expired items were not deleted: the engine panicked"),
        }
    }
}

/// The write-ahead log. It lives as long as the connection; its folder is synced, so that it is found.
fn log_of(file: &Path) -> io::Result<File> {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    let log = File::options().read(true).write(true).open(PathBuf::from(name))?;
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    log.sync_data()?;
    Ok(log)
}

fn not_durable() -> Error {
    Error::internal("the log of the tables could not be synced")
}

/// Orders that wait for the engine, per account. More wait outside, where each request has its deadline.
const MOST_WAITING: usize = 1024;

const BETWEEN_SWEEPS: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
