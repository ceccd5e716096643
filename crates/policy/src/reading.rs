//! Whether a text can be compared as what conditions compare: for whoever takes condition keys from outside.

use crate::condition::{address, boolean, instant, number};

/// What a text may be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// An integer or decimal.
    Number,
    /// An ISO 8601 date, or seconds since the epoch.
    Instant,
    /// `true` or `false`.
    Boolean,
    /// An IPv4 or IPv6 address.
    Address,
}

impl Reading {
    /// Whether the operators for this kind of value can read the text; where not, none of them matches it.
    pub fn reads(self, text: &str) -> bool {
        match self {
            Self::Number => number(text).is_some(),
            Self::Instant => instant(text).is_some(),
            Self::Boolean => boolean(text).is_some(),
            Self::Address => address(text).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_conditions_read_it() {
        for (reading, good, bad) in [
            (Reading::Number, "-1.5", "one"),
            (Reading::Instant, "2026-01-02T03:04:05Z", "tomorrow"),
            (Reading::Boolean, "True", "yes"),
            (Reading::Address, "2001:db8::1", "10.0.0.0/8"),
        ] {
            assert!(reading.reads(good) && !reading.reads(bad), "{reading:?}");
        }
    }
}
