//! Checksums of the five algorithms.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::{CrcAlgorithm, Digest};
use serde::{Deserialize, Serialize};

use crate::Error;

/// An algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// CRC-32 of IEEE 802.3.
    Crc32,
    /// CRC-32 of Castagnoli.
    Crc32c,
    /// CRC-64 of NVMe.
    Crc64nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// The checksum of an object or a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// The algorithm.
    #[serde(rename = "a")]
    pub algorithm: Algorithm,
    /// The value in base64; of composites with `-` and the number of parts behind.
    #[serde(rename = "v")]
    pub value: String,
}

/// A checksum in the making.
pub enum Hasher {
    /// One of the CRCs.
    Crc(Box<Digest>),
    /// One of the SHAs.
    Sha(Context),
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64nvme, Self::Sha1, Self::Sha256];

    /// The name in headers: what follows `x-amz-checksum-`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Crc64nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The name in documents and in `x-amz-checksum-algorithm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The algorithm of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.label().eq_ignore_ascii_case(name))
    }

    /// How many bytes a checksum has.
    fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The CRC that this is.
    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// Starts a checksum.
    pub fn hasher(self) -> Hasher {
        match (self, self.crc()) {
            (_, Some(crc)) => Hasher::Crc(Box::new(Digest::new(crc))),
            (Self::Sha1, None) => Hasher::Sha(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            (_, None) => Hasher::Sha(Context::new(&SHA256)),
        }
    }

    /// Checks the form of a value that a client sends.
    pub fn check(self, value: &str) -> Result<(), Error> {
        let well_formed = BASE64_STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == self.width());
        if well_formed { Ok(()) } else { Err(Error::InvalidRequest("Value for x-amz-checksum header is invalid.")) }
    }

    /// The checksum of checksums: what an object made of parts has.
    pub fn composite<'a>(self, parts: impl Iterator<Item = &'a str>) -> Option<Checksum> {
        let mut hasher = self.hasher();
        let mut count = 0;
        for part in parts {
            hasher.update(&BASE64_STANDARD.decode(part).ok()?);
            count += 1;
        }
        Some(Checksum { algorithm: self, value: format!("{}-{count}", self.finish(hasher)) })
    }

    /// The checksum of the whole, from those of its parts and their lengths. Only CRCs can.
    pub fn combined<'a>(self, parts: impl Iterator<Item = (&'a str, u64)>) -> Option<Checksum> {
        let crc = self.crc()?;
        let mut whole = None;
        for (value, length) in parts {
            let bytes = BASE64_STANDARD.decode(value).ok()?;
            let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            whole = Some(whole.map_or(number, |before| crc_fast::checksum_combine(crc, before, number, length)));
        }
        Some(Checksum { algorithm: self, value: self.encode(whole?) })
    }

    /// The value of a finished checksum.
    pub fn finish(self, hasher: Hasher) -> String {
        match hasher {
            Hasher::Crc(digest) => self.encode(digest.finalize()),
            Hasher::Sha(context) => BASE64_STANDARD.encode(context.finish()),
        }
    }

    fn encode(self, number: u64) -> String {
        let bytes = number.to_be_bytes();
        BASE64_STANDARD.encode(bytes.get(8 - self.width().min(8)..).unwrap_or_default())
    }
}

impl Hasher {
    /// Takes in more.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(digest) => digest.update(bytes),
            Self::Sha(context) => context.update(bytes),
        }
    }
}

impl Checksum {
    /// Whether it is of the object's bytes, or of its parts' checksums.
    pub fn kind(&self) -> &'static str {
        if self.value.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" }
    }

    /// As the headers that begin with `x-amz-checksum-`.
    pub fn headers(&self) -> BTreeMap<String, String> {
        let value = (self.algorithm.label().to_owned(), self.value.clone());
        BTreeMap::from([value, ("type".to_owned(), self.kind().to_owned())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut hasher = algorithm.hasher();
        hasher.update(bytes);
        algorithm.finish(hasher)
    }

    #[test]
    fn checksums_have_their_published_values() {
        let digits = b"123456789";
        assert_eq!(of(Algorithm::Crc32, digits), BASE64_STANDARD.encode(0xcbf4_3926_u32.to_be_bytes()));
        assert_eq!(of(Algorithm::Crc32c, digits), BASE64_STANDARD.encode(0xe306_9283_u32.to_be_bytes()));
        assert_eq!(of(Algorithm::Crc64nvme, digits), BASE64_STANDARD.encode(0xae8b_1486_0a79_9888_u64.to_be_bytes()));
        assert_eq!(of(Algorithm::Sha1, b""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
        assert_eq!(of(Algorithm::Sha256, b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn checksums_of_parts_combine_to_that_of_the_whole() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64nvme] {
            let parts = [(of(algorithm, b"12345"), 5), (of(algorithm, b"6789"), 4)];
            let combined = algorithm.combined(parts.iter().map(|(value, length)| (value.as_str(), *length)));
            assert_eq!(combined.unwrap().value, of(algorithm, b"123456789"));
        }
        assert!(Algorithm::Sha256.combined([("", 0)].into_iter()).is_none());
    }

    #[test]
    fn other_widths_are_no_checksums() {
        assert!(Algorithm::Crc32.check(&of(Algorithm::Crc32, b"")).is_ok());
        assert!(Algorithm::Crc32.check(&of(Algorithm::Sha1, b"")).is_err());
        assert!(Algorithm::Crc32.check("?").is_err());
    }
}
