//! Ids of identity pools and identities: `REGION:GUID`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, Random, Region};

macro_rules! region_and_guid {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            region: Region,
            guid: [u8; 16],
        }

        impl $name {
            /// A new random id in `region`.
            pub fn draw(region: &Region, random: &dyn Random) -> Self {
                Self { region: region.clone(), guid: random_guid(random) }
            }

            /// The region the id was made in.
            pub fn region(&self) -> &Region {
                &self.region
            }

            /// The sixteen bytes of the GUID: unique on their own, and the key in stores.
            pub fn guid(&self) -> [u8; 16] {
                self.guid
            }

            /// The id with this GUID in `region`.
            pub fn from_parts(region: &Region, guid: [u8; 16]) -> Self {
                Self { region: region.clone(), guid }
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let invalid = Invalid { what: $what };
                let (region, guid) = text.split_once(':').ok_or(invalid.clone())?;
                let guid = read_guid(guid).ok_or(invalid.clone())?;
                Ok(Self { region: region.parse().map_err(|_| invalid)?, guid })
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:", self.region)?;
                for (at, byte) in self.guid.iter().enumerate() {
                    let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
                    write!(f, "{hyphen}{byte:02x}")?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

region_and_guid!(
    /// An identity pool.
    PoolId,
    "identity pool id"
);
region_and_guid!(
    /// An identity of some pool; it looks like a pool id and does not name its pool.
    IdentityId,
    "identity id"
);

/// A random GUID (version 4).
fn random_guid(random: &dyn Random) -> [u8; 16] {
    let mut guid: [u8; 16] = random.bytes();
    guid[6] = guid[6] & 0x0f | 0x40;
    guid[8] = guid[8] & 0x3f | 0x80;
    guid
}

/// Lower-case hexadecimal in the form 8-4-4-4-12, nothing else.
fn read_guid(text: &str) -> Option<[u8; 16]> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let hyphens: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    if text.len() != 36 || !lower || hyphens != [8, 13, 18, 23] {
        return None;
    }
    let mut guid = [0; 16];
    hex::decode_to_slice(text.replace('-', ""), &mut guid).ok()?;
    Some(guid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let text = "us-east-1:12345678-90ab-4cde-8f01-234567890abc";
        assert_eq!(text.parse::<PoolId>().unwrap().to_string(), text);
    }

    #[test]
    fn other_spellings_are_refused() {
        for bad in [
            "us-east-1",
            "us-east-1:",
            ":12345678-90ab-4cde-8f01-234567890abc",
            "us-east-1:12345678-90AB-4cde-8f01-234567890abc",
            "us-east-1:1234567890ab4cde8f01234567890abc",
            "us-east-1:12345678-90ab-4cde-8f01-234567890ab",
            "us-east-1:1234567-890ab-4cde-8f01-234567890abc",
        ] {
            assert!(bad.parse::<IdentityId>().is_err(), "{bad}");
        }
    }
}
