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
    gates: Mutex<Gates>,
    stripes: Vec<tokio::sync::Mutex<()>>,
    hasher: RandomState,
}

#[derive(Default)]
struct Gates {
    by_bucket: HashMap<[u8; 16], Arc<Gate>>,
    /// At so many they are looked through.
    most: usize,
}

struct Gate {
    /// Held shared by those who commit.
    commits: Arc<RwLock<()>>,
    closed: AtomicBool,
}

/// A write that the bucket still takes, until it is done.
pub(super) struct Entered {
    _commit: OwnedRwLockReadGuard<()>,
    _gate: Arc<Gate>,
}

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
        Ok(Entered { _commit: entered, _gate: gate })
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
        if gates.by_bucket.len() >= gates.most {
            // An open gate that nobody uses is as good as none. That a bucket is gone is remembered: a request that
            // found it before may still come.
            let stays = |gate: &Arc<Gate>| Arc::strong_count(gate) > 1 || gate.closed.load(Ordering::Acquire);
            gates.by_bucket.retain(|_, gate| stays(gate));
            gates.most = FEWEST.max(2 * gates.by_bucket.len());
        }
        let make = || Arc::new(Gate { commits: Arc::default(), closed: AtomicBool::new(false) });
        gates.by_bucket.entry(bucket.id).or_insert_with(make).clone()
    }
}

const STRIPES: u64 = 1024;
const FEWEST: usize = 1024;

#[cfg(test)]
mod tests {
    use vocab::{AccountId, Timestamp};

    use super::*;

    #[tokio::test]
    async fn gates_that_nobody_uses_are_not_kept_and_closed_ones_stay_closed() {
        let order = Order::new();
        let bucket = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            let region = "us-east-1".parse().unwrap();
            Bucket::new(format!("bucket-{number}"), id, AccountId::ZERO, region, Timestamp::from_seconds(0))
        };
        let _entered = order.enter(&bucket(0)).await.unwrap();
        let clearance = order.close(&bucket(1)).await;
        order.close(&bucket(2)).await.confirm();
        for number in 3..5000 {
            order.enter(&bucket(number)).await.unwrap();
        }
        let held = |number| order.gates.lock().unwrap().by_bucket.contains_key(&bucket(number).id);
        assert!(order.gates.lock().unwrap().by_bucket.len() <= FEWEST);
        assert!(held(0) && held(1) && held(2) && !held(3));
        assert!(order.enter(&bucket(1)).await.is_err() && order.enter(&bucket(2)).await.is_err());
        drop(clearance);
        assert!(order.enter(&bucket(1)).await.is_ok());
    }
}
