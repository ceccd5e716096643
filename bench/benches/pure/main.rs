//! What one request costs apart from wire and store: the decision and the signature. `cargo bench -p bench`.
//!
//! A number is the fastest of many short rounds: on a machine that others use too, that is what repeats.

mod bare;
mod decisions;
mod scenarios;
mod signatures;

use std::hint::black_box;
use std::time::{Duration, Instant};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result {
    decisions::scenarios()?;
    decisions::growth()?;
    decisions::parsing()?;
    signatures::signatures()
}

/// The nanoseconds that the work takes once.
fn nanos<T>(work: impl Fn() -> T) -> f64 {
    let round = |times: u32| {
        let started = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        started.elapsed()
    };
    // A round is long enough for the clock and short enough to fit between two interruptions.
    let mut times = 1;
    while round(times) < Duration::from_micros(100) {
        times *= 2;
    }
    let fastest = (0..ROUNDS).map(|_| round(times)).min().unwrap_or_default();
    fastest.as_secs_f64() * 1e9 / f64::from(times)
}

const ROUNDS: u32 = 2_000;
