//! The places of calls: so many at a time, of which one asker has at most a half, so that nobody holds them all by asking
//! for what takes long.
//!
//! Who holds one call while waiting for another, as a copy from one server to another does, might wait for somebody who
//! waits for them in turn. So such a call takes a place of a second kind: who has one of those waits for nobody.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    static ASKER: Arc<State>;
}

/// Somebody on whose behalf calls are made.
#[derive(Debug)]
pub struct Asker(Arc<State>);

#[derive(Debug)]
struct State {
    name: Arc<str>,
    /// Calls under way that this request made.
    held: AtomicUsize,
}

impl Asker {
    /// One request of somebody who is known by this name.
    pub fn new(name: &str) -> Self {
        Self(Arc::new(State { name: name.into(), held: AtomicUsize::new(0) }))
    }

    /// Carries out a part of the request. Calls outside of this are nobody's, and have no share to keep to.
    pub async fn asks<F: Future>(&self, part: F) -> F::Output {
        ASKER.scope(self.0.clone(), part).await
    }
}

/// Shares of what is bounded: one asker has so many at a time. Calls of nobody take none.
pub struct Shares {
    most: usize,
    by_asker: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

/// One of an asker's share; dropping it gives it back.
pub struct Share {
    _own: Option<Own>,
}

struct Own {
    shares: Arc<Shares>,
    name: Arc<str>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Shares {
    /// So many for each.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.min(Semaphore::MAX_PERMITS), by_asker: Mutex::default() })
    }

    /// One of the share of whoever asks now. `None`: they have all of it.
    pub fn try_take(self: &Arc<Self>) -> Option<Share> {
        let Ok(asker) = ASKER.try_with(Arc::clone) else { return Some(Share { _own: None }) };
        let (mut own, room) = self.own(&asker);
        own.permit = Some(room.try_acquire_owned().ok()?);
        Some(Share { _own: Some(own) })
    }

    async fn take(self: &Arc<Self>, asker: &State) -> Share {
        let (mut own, room) = self.own(asker);
        own.permit = Some(acquired(room).await);
        Share { _own: Some(own) }
    }

    fn own(self: &Arc<Self>, asker: &State) -> (Own, Arc<Semaphore>) {
        let mut by_asker = self.by_asker.lock().unwrap_or_else(PoisonError::into_inner);
        let room = by_asker.entry(asker.name.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone();
        (Own { shares: self.clone(), name: asker.name.clone(), permit: None }, room)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut by_asker = self.shares.by_asker.lock().unwrap_or_else(PoisonError::into_inner);
        self.permit = None;
        // Held by nobody, and waited for by nobody: it is not kept.
        if by_asker.get(&self.name).is_some_and(|room| Arc::strong_count(room) == 1) {
            by_asker.remove(&self.name);
        }
    }
}

/// All places for calls to one server.
pub(crate) struct Places {
    first: Arc<Semaphore>,
    /// For those who hold a call already, of this server or another.
    second: Arc<Semaphore>,
    shares: Arc<Shares>,
}

/// A place; dropping it gives it up.
pub(crate) struct Place {
    asker: Option<Arc<State>>,
    _permit: OwnedSemaphorePermit,
    _share: Option<Share>,
}

impl Places {
    pub(crate) fn new(calls: usize) -> Self {
        let calls = calls.min(Semaphore::MAX_PERMITS);
        Self {
            first: Arc::new(Semaphore::new(calls)),
            second: Arc::new(Semaphore::new(calls.div_ceil(SECOND))),
            shares: Shares::new(calls.div_ceil(2)),
        }
    }

    /// Waits for a place.
    pub(crate) async fn take(&self) -> Place {
        let asker = ASKER.try_with(Arc::clone).ok();
        let (room, share) = match &asker {
            None => (&self.first, None),
            Some(asker) if asker.held.load(Ordering::Relaxed) > 0 => (&self.second, None),
            Some(asker) => (&self.first, Some(self.shares.take(asker).await)),
        };
        let permit = acquired(room.clone()).await;
        if let Some(asker) = &asker {
            asker.held.fetch_add(1, Ordering::Relaxed);
        }
        Place { asker, _permit: permit, _share: share }
    }
}

async fn acquired(room: Arc<Semaphore>) -> OwnedSemaphorePermit {
    match room.acquire_owned().await {
        Ok(permit) => permit,
        // Nobody closes it.
        Err(_) => std::future::pending().await,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(asker) = &self.asker {
            asker.held.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// So many places are there for each one of the second kind.
const SECOND: usize = 8;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    /// The place, if there is one without waiting.
    async fn at_once(places: &Places) -> Option<Place> {
        let mut taking = pin!(places.take());
        poll_fn(|context| match taking.as_mut().poll(context) {
            Poll::Ready(place) => Poll::Ready(Some(place)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn one_asker_leaves_places_for_others_and_nothing_is_kept_of_who_left() {
        let places = Places::new(4);
        let mut held = Vec::new();
        for _ in 0..2 {
            // Each request is one of its own.
            held.extend(Asker::new("greedy").asks(at_once(&places)).await);
        }
        assert_eq!(held.len(), 2);
        assert!(Asker::new("greedy").asks(at_once(&places)).await.is_none());
        held.extend(Asker::new("other").asks(at_once(&places)).await);
        held.extend(at_once(&places).await);
        assert_eq!(held.len(), 4, "the other and nobody have theirs");
        assert!(at_once(&places).await.is_none());
        assert!(Asker::new("third").asks(at_once(&places)).await.is_none());
        held.clear();
        assert_eq!(places.first.available_permits(), 4);
        assert!(places.shares.by_asker.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn who_holds_a_call_waits_for_nobody_who_waits_for_them() {
        let (one, other) = (Places::new(1), Places::new(1));
        let (there, back) = (Asker::new("there"), Asker::new("back"));
        let first = there.asks(at_once(&one)).await.unwrap();
        let _second = back.asks(at_once(&other)).await.unwrap();
        // Each wants the place that the other has.
        let third = there.asks(at_once(&other)).await.unwrap();
        let _fourth = back.asks(at_once(&one)).await.unwrap();
        drop(third);
        let again = there.asks(at_once(&other)).await.expect("the same server twice is no matter either");
        drop((first, again));
        assert!(there.asks(at_once(&other)).await.is_none(), "it holds nothing any more");
    }
}
