//! Timing: the best of many rounds, which is the one that was disturbed least.

use std::hint::black_box;
use std::time::Instant;

/// Nanoseconds of one call, the mean over all `variants` of it.
pub fn nanos<T>(variants: usize, mut call: impl FnMut(usize) -> T) -> f64 {
    let mut once = |times: usize| {
        let started = Instant::now();
        for _ in 0..times {
            for variant in 0..variants {
                black_box(call(black_box(variant)));
            }
        }
        started.elapsed().as_nanos() as f64 / (times * variants) as f64
    };
    // A round of about a millisecond: long against the clock, short against whoever else wants the processor.
    let first = once(8).max(1.0);
    let times = (1e6 / first / variants as f64).clamp(1.0, 1e5) as usize;
    (0..ROUNDS).map(|_| once(times)).fold(f64::INFINITY, f64::min)
}

const ROUNDS: usize = 300;
