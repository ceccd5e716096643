//! Chance that follows from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// SplitMix64.
pub(super) struct Chance(AtomicU64);

impl Chance {
    /// The chance of one client.
    pub(super) fn new(seed: u64, client: u64) -> Self {
        Self(AtomicU64::new(mixed(seed ^ mixed(client))))
    }

    /// A number below `end`, which is not zero.
    pub(super) fn below(&self, end: u64) -> u64 {
        mixed(self.0.fetch_add(STEP, Ordering::Relaxed)) % end.max(1)
    }

    /// One of these, if there are any.
    pub(super) fn one_of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(all.len()).unwrap_or(u64::MAX));
        all.get(usize::try_from(index).unwrap_or_default())
    }
}

fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(STEP);
    let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
