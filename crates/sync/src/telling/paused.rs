//! What is not tried now: datasets whose deliveries failed, and a receiver that takes nothing at all.
//!
//! Pauses of a dataset double up to a minute, those of a receiver up to eight seconds, since others than those that
//! failed may fare better. While a receiver rests nothing is read for it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// The pauses of one receiver.
#[derive(Default)]
pub(super) struct Paused {
    /// How often each failed, and until when it waits.
    lanes: HashMap<Vec<u8>, (u32, Instant)>,
    /// Deliveries that failed since one succeeded, or the last rest.
    failures: u32,
    /// Rests since a delivery succeeded, as far as they still get longer.
    rests: u32,
    resting: Option<Instant>,
}

impl Paused {
    /// Whether a dataset waits.
    pub(super) fn holds(&self, lane: &[u8]) -> bool {
        self.lanes.get(lane).is_some_and(|(_, until)| *until > Instant::now())
    }

    /// Whether the last delivery of a dataset failed.
    pub(super) fn has_failed(&self, lane: &[u8]) -> bool {
        self.lanes.contains_key(lane)
    }

    /// Until when the receiver rests, if it does.
    pub(super) fn rest(&self) -> Option<Instant> {
        self.resting.filter(|until| *until > Instant::now())
    }

    /// A delivery failed.
    pub(super) fn failed(&mut self, lane: &[u8]) {
        self.pause(lane);
        if self.rest().is_some() {
            return;
        }
        self.failures += 1;
        if self.failures >= BROKEN || self.lanes.len() >= MOST {
            self.resting = Some(Instant::now() + pause(self.rests));
            self.rests = (self.rests + 1).min(MOST_RESTS);
            self.failures = 0;
        }
    }

    /// A dataset waits, through no fault of the receiver.
    pub(super) fn pause(&mut self, lane: &[u8]) {
        let failures = self.lanes.get(lane).map_or(0, |(failures, _)| *failures);
        if failures > 0 || self.lanes.len() < MOST {
            self.lanes.insert(lane.to_vec(), (failures.saturating_add(1), Instant::now() + pause(failures)));
        }
    }

    /// A delivery was taken: others may be taken, too.
    pub(super) fn succeeded(&mut self, lane: &[u8]) {
        self.lanes.remove(lane);
        if self.rests > 0 {
            let now = Instant::now();
            self.lanes.values_mut().for_each(|(_, until)| *until = (*until).min(now));
        }
        (self.failures, self.rests, self.resting) = (0, 0, None);
    }

    /// When the first of those that waited after this moment can be tried again.
    pub(super) fn next(&self, after: Instant) -> Option<Instant> {
        self.lanes.values().map(|(_, until)| *until).filter(|until| *until > after).min()
    }

    /// Forgets those that somebody else delivers by now.
    pub(super) fn forget(&mut self) {
        self.lanes.retain(|_, (_, until)| until.elapsed() < LONGEST_PAUSE * 2);
    }
}

/// The pause after so many failures before.
pub(super) fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE)
}

pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After so many failures in a row a receiver rests.
const BROKEN: u32 = 8;
/// After so many its rests get no longer.
const MOST_RESTS: u32 = 4;
/// So many datasets are remembered; more than that do not fail while the receiver is well.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(time: Duration) {
        tokio::time::advance(time).await;
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_minute_and_end_with_a_success() {
        let mut paused = Paused::default();
        for seconds in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
            let began = Instant::now();
            paused.pause(b"one");
            let next = paused.next(began).unwrap();
            assert_eq!(next - began, Duration::from_secs_f64(seconds));
            assert!(paused.holds(b"one") && !paused.holds(b"two"));
            pass(next - began).await;
            assert!(!paused.holds(b"one") && paused.has_failed(b"one"));
            assert_eq!(paused.next(Instant::now()), None, "what is due already is nothing to wait for");
        }
        paused.succeeded(b"one");
        assert!(!paused.has_failed(b"one"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_receiver_that_takes_nothing_rests_and_one_success_ends_all_pauses() {
        let mut paused = Paused::default();
        let fail = |paused: &mut Paused| (0..8u8).for_each(|lane| paused.failed(&[lane]));
        (0..7u8).for_each(|lane| paused.failed(&[lane]));
        assert_eq!(paused.rest(), None);
        paused.succeeded(&[0]);
        for seconds in [0.5, 1.0, 2.0, 4.0, 8.0, 8.0] {
            fail(&mut paused);
            // What ends while it rests was begun before.
            fail(&mut paused);
            let rest = paused.rest().unwrap() - Instant::now();
            assert_eq!(rest, Duration::from_secs_f64(seconds));
            pass(rest).await;
            assert_eq!(paused.rest(), None);
        }
        assert!(paused.holds(&[1]));
        paused.succeeded(&[0]);
        assert!(!paused.holds(&[1]) && paused.has_failed(&[1]));
        fail(&mut paused);
        assert_eq!(paused.rest().unwrap() - Instant::now(), Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let mut paused = Paused::default();
        for lane in 0..20_000u32 {
            paused.pause(&lane.to_be_bytes());
        }
        assert_eq!(paused.lanes.len(), MOST);
        paused.failed(b"another");
        assert!(paused.rest().is_some(), "as many as that fail only where the receiver is broken");
        pass(LONGEST_PAUSE * 3).await;
        paused.forget();
        assert!(paused.lanes.is_empty());
    }
}
