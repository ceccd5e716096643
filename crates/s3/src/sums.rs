//! Checksums as members of documents.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::checksum::{Algorithm, Checksum};

/// An element that has the member of a checksum among others: what `flatten` is for, where the
/// element does not stand at the root.
#[derive(Debug)]
pub struct Element(Vec<(&'static str, String)>);

/// One member an algorithm.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    #[serde(rename = "ChecksumCRC32")]
    crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    sha256: Option<String>,
}

impl Sums {
    /// The member of a checksum.
    pub fn of(checksum: Option<&Checksum>) -> Self {
        let mut sums = Self::default();
        if let Some(Checksum { algorithm, value }) = checksum {
            *sums.place(*algorithm) = Some(value.clone());
        }
        sums
    }

    /// The first that is there.
    pub fn first(mut self) -> Option<(Algorithm, String)> {
        Algorithm::ALL.into_iter().find_map(|algorithm| Some((algorithm, self.place(algorithm).take()?)))
    }

    fn place(&mut self, algorithm: Algorithm) -> &mut Option<String> {
        match algorithm {
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32c => &mut self.crc32c,
            Algorithm::Crc64nvme => &mut self.crc64nvme,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        }
    }
}

impl Element {
    /// An element of these members, and of the checksum's.
    pub fn of(members: impl IntoIterator<Item = (&'static str, String)>, checksum: Option<&Checksum>) -> Self {
        let checksum = checksum.map(|checksum| (member(checksum.algorithm), checksum.value.clone()));
        Self(members.into_iter().chain(checksum).collect())
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut element = serializer.serialize_struct("Element", self.0.len())?;
        for (name, value) in &self.0 {
            element.serialize_field(name, value)?;
        }
        element.end()
    }
}

fn member(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Crc32 => "ChecksumCRC32",
        Algorithm::Crc32c => "ChecksumCRC32C",
        Algorithm::Crc64nvme => "ChecksumCRC64NVME",
        Algorithm::Sha1 => "ChecksumSHA1",
        Algorithm::Sha256 => "ChecksumSHA256",
    }
}
