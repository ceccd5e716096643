//! Access key ids and the unique ids of IAM entities, which share one layout.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Invalid, Random};

/// An access key id: `AKIA` (long-term) or `ASIA` (temporary) and 16 characters of `A–Z2–7`.
/// Characters 5 to 13 carry the account id (`spec/sts.md`, section 14).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// A new long-term key id of `account`.
    pub fn long_term(account: AccountId, random: &dyn Random) -> Self {
        Self(draw("AKIA", account, 20, random))
    }

    /// A new temporary key id of `account`.
    pub fn temporary(account: AccountId, random: &dyn Random) -> Self {
        Self(draw("ASIA", account, 20, random))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the id is of temporary credentials.
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }

    /// The account that the id carries; ids that were made elsewhere may carry none.
    pub fn account(&self) -> Option<AccountId> {
        let digits: Vec<u8> = self.0.bytes().skip(4).map(value_of).collect::<Option<_>>()?;
        let number = digits.iter().take(8).fold(0u64, |sum, digit| sum << 5 | u64::from(*digit));
        let odd = u64::from(*digits.get(8)? >= 16);
        AccountId::from_number(number.checked_sub(OFFSET)?.checked_mul(2)? + odd)
    }
}

/// A new unique id (`AROA…`, `AIDA…`) of 21 characters; `prefix` has four.
pub fn unique_id(prefix: &str, account: AccountId, random: &dyn Random) -> String {
    draw(prefix, account, 21, random)
}

impl FromStr for AccessKeyId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let prefixed = text.starts_with("AKIA") || text.starts_with("ASIA");
        let allowed =
            (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if prefixed && allowed { Ok(Self(text.to_owned())) } else { Err(Invalid { what: "access key id" }) }
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> Self {
        id.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn draw(prefix: &str, account: AccountId, length: usize, random: &dyn Random) -> String {
    let number = account.number() / 2 + OFFSET;
    let chance: [u8; 16] = random.bytes();
    let odd = u8::try_from(account.number() % 2).unwrap_or_default();
    let account_digits = (0..8).rev().map(|place| u8::try_from(number >> (5 * place) & 31).unwrap_or_default());
    let parity = odd << 4 | chance[0] & 15;
    let digits = account_digits.chain([parity]).chain(chance[1..].iter().map(|byte| byte & 31));
    prefix.chars().chain(digits.map(letter)).take(length).collect()
}

fn letter(digit: u8) -> char {
    char::from(if digit < 26 { b'A' + digit } else { b'2' + (digit - 26) })
}

fn value_of(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'2'..=b'7' => Some(letter - b'2' + 26),
        _ => None,
    }
}

/// What the layout adds to half the account number (2^39).
const OFFSET: u64 = 549_755_813_888;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_key_id_carries_its_account() {
        for number in [0, 1, 42, 123_456_789_012, 999_999_999_999] {
            let account = AccountId::from_number(number).unwrap();
            let id = AccessKeyId::temporary(account, &SystemRandom);
            assert_eq!(id.account(), Some(account));
            assert_eq!(id.as_str().len(), 20);
            assert!(id.is_temporary());
            assert_eq!(id.as_str().parse::<AccessKeyId>().unwrap(), id);
        }
    }

    #[test]
    fn a_public_example_decodes_as_documented() {
        assert_eq!("ASIAQNZGKIQY56JQ7WML".parse::<AccessKeyId>().unwrap().account().unwrap().number(), 29_608_264_753);
    }
}
