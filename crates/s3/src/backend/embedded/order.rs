//! Who waits for whom. The backend belongs to one process, so what no single row can say is said here.
//!
//! A bucket that goes takes no more writes, or an object would be acknowledged that nothing leads to.
//! The versions of one key are counted one after the other, or two would not know which is newer.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use store::records::buckets::Bucket;
use tokio::sync::{MutexGuard, OwnedRwLockReadGuard, RwLock};

use crate::Error;
use crate::backend::{At, Clearance};

/// The order of writes.
pub(super) struct Order {
    gates: Mutex<HashMap<[u8; 16], Arc<Gate>>>,
    stripes: Vec<tokio::sync::Mutex<()>>,
    hasher: RandomState,
}

struct Gate {
    /// Held shared by those who commit.
    commits: Arc<RwLock<()>>,
    closed: AtomicBool,
}

/// A write that the bucket still takes.
pub(super) struct Entered(#[expect(dead_code, reason = "held until the write is done")] OwnedRwLockReadGuard<()>);

impl Order {
    pub(super) fn new() -> Arc<Self> {
        let stripes = (0..STRIPES).map(|_| tokio::sync::Mutex::default()).collect();
        Arc::new(Self { gates: Mutex::default(), stripes, hasher: RandomState::new() })
    }

    /// Lets a write into a bucket. Errs where the bucket is gone or about to go.
    pub(super) async fn enter(&self, bucket: &Bucket) -> Result<Entered, Error> {
        let gate = self.gate(bucket);
        let entered = gate.commits.clone().read_owned().await;
        if gate.closed.load(Ordering::Acquire) {
            return Err(Error::NoSuchBucket(bucket.name.clone()));
        }
        Ok(Entered(entered))
    }

    /// Lets nobody in any more, once those who are in are out.
    pub(super) async fn close(&self, bucket: &Bucket) -> Clearance {
        let gate = self.gate(bucket);
        let _alone = gate.commits.write().await;
        gate.closed.store(true, Ordering::Release);
        let reopened = gate.clone();
        Clearance::new(move || reopened.closed.store(false, Ordering::Release))
    }

    /// The turn to change the versions of a key.
    pub(super) async fn turn(&self, at: &At<'_>) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one((at.bucket.id, at.key));
        let stripe = usize::try_from(hash % STRIPES).unwrap_or(0);
        match self.stripes.get(stripe) {
            Some(stripe) => stripe.lock().await,
            None => std::future::pending().await,
        }
    }

    fn gate(&self, bucket: &Bucket) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let make = || Arc::new(Gate { commits: Arc::default(), closed: AtomicBool::new(false) });
        gates.entry(bucket.id).or_insert_with(make).clone()
    }
}

const STRIPES: u64 = 1024;
