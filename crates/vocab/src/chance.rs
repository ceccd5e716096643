//! Randomness, injected.

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
        let filled = aws_lc_rs::rand::fill(bytes);
        // Without randomness every secret would be a guess: stopping is the only safe answer.
        if filled.is_err() {
            std::process::abort();
        }
    }
}
