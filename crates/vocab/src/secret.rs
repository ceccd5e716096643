//! Secrets: text that never prints and leaves no copy behind.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret text. `Debug` shows `Secret(..)`; there is no `Display` and no `Serialize`.
/// Two secrets are compared in constant time.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The one way out. Call it where the bytes are used, not earlier.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        // Eight bytes at a time: byte by byte takes several times as long.
        let (left, left_rest) = self.0.as_bytes().as_chunks::<8>();
        let (right, right_rest) = other.0.as_bytes().as_chunks::<8>();
        let words = |(left, right): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*left).ct_eq(&u64::from_ne_bytes(*right));
        let same_length = self.0.len() == other.0.len();
        let same = left.iter().zip(right).map(words).fold(left_rest.ct_eq(right_rest), |same, word| same & word);
        same_length && bool::from(same)
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Reading a secret from a request or a configuration is how it comes in.
impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_the_same_if_every_byte_is() {
        for length in 0..20 {
            let text = "a".repeat(length);
            assert_eq!(Secret::new(text.clone()), Secret::new(text.clone()));
            assert_ne!(Secret::new(text.clone()), Secret::new(format!("{text}a")));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "b");
                assert_ne!(Secret::new(text.clone()), Secret::new(other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(..)");
    }
}
