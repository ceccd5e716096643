//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Invalid, PoolId, Region};

/// An ARN of six parts, `arn:partition:service:region:account:resource`; the sixth keeps its colons.
/// Region and account may be empty; partition, service and resource may not.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: String,
    /// Where the parts end: offsets of the second to the fifth colon.
    colons: [u16; 4],
}

impl Arn {
    /// The longest ARN that is accepted (`arnType` of the IAM and STS models).
    pub const LONGEST: usize = 2048;

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition, such as `aws`.
    pub fn partition(&self) -> &str {
        self.between(3, self.colons[0])
    }

    /// The service prefix, such as `iam`.
    pub fn service(&self) -> &str {
        self.between(self.colons[0], self.colons[1])
    }

    /// The region, empty for global services.
    pub fn region(&self) -> &str {
        self.between(self.colons[1], self.colons[2])
    }

    /// The account as text: empty, an account id, or `aws` for AWS's own policies.
    pub fn account(&self) -> &str {
        self.between(self.colons[2], self.colons[3])
    }

    /// The owning account, where the ARN names one.
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// The part after the fifth colon.
    pub fn resource(&self) -> &str {
        self.text.get(usize::from(self.colons[3]) + 1..).unwrap_or_default()
    }

    /// The resource split at its first slash: type and the rest (`role` and `path/name`).
    pub fn typed_resource(&self) -> Option<(&str, &str)> {
        self.resource().split_once('/')
    }

    fn between(&self, left: u16, right: u16) -> &str {
        self.text.get(usize::from(left) + 1..usize::from(right)).unwrap_or_default()
    }

    fn make(text: String) -> Self {
        let mut ends = text.match_indices(':').map(|(at, _)| u16::try_from(at).unwrap_or(u16::MAX)).skip(1);
        let mut next = || ends.next().unwrap_or(u16::MAX);
        let colons = [next(), next(), next(), next()];
        Self { text, colons }
    }
}

/// ARNs that this server makes itself.
impl Arn {
    /// `arn:aws:iam::ACCOUNT:root`.
    pub fn root(account: AccountId) -> Self {
        Self::make(format!("arn:aws:iam::{account}:root"))
    }

    /// A user, role, group or policy: `kind` is the type, `path` begins and ends with a slash.
    pub fn iam(account: AccountId, kind: &str, path: &str, name: &str) -> Self {
        Self::make(format!("arn:aws:iam::{account}:{kind}{path}{name}"))
    }

    /// An OIDC provider, named by its URL without scheme.
    pub fn oidc_provider(account: AccountId, host_and_path: &str) -> Self {
        Self::make(format!("arn:aws:iam::{account}:oidc-provider/{host_and_path}"))
    }

    /// A session of a role: the role's path is not part of it.
    pub fn assumed_role(account: AccountId, role: &str, session: &str) -> Self {
        Self::make(format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"))
    }

    /// A GetFederationToken session.
    pub fn federated_user(account: AccountId, name: &str) -> Self {
        Self::make(format!("arn:aws:sts::{account}:federated-user/{name}"))
    }

    /// An identity pool.
    pub fn identity_pool(region: &Region, account: AccountId, pool: &PoolId) -> Self {
        Self::make(format!("arn:aws:cognito-identity:{region}:{account}:identitypool/{pool}"))
    }
}

impl FromStr for Arn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Arn {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (prefix, partition, service) = (next(), next(), next());
        let (_region, _account, resource) = (next(), next(), next());
        let named = prefix == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        let printable = text.chars().all(|c| !c.is_control());
        if named && printable && text.len() <= Self::LONGEST {
            Ok(Self::make(text))
        } else {
            Err(Invalid { what: "ARN" })
        }
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.text
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_stands_between_the_colons() {
        let arn: Arn = "arn:aws:cognito-identity:us-east-1:000000000001:identitypool/us-east-1:abc".parse().unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "cognito-identity");
        assert_eq!(arn.region(), "us-east-1");
        assert_eq!(arn.account_id().unwrap().number(), 1);
        assert_eq!(arn.typed_resource(), Some(("identitypool", "us-east-1:abc")));
    }

    #[test]
    fn anything_short_of_six_parts_is_refused() {
        for bad in ["", "arn", "arn:aws:s3", "arn:aws:s3::b", "arn::iam::1:x", "aws:arn:s3:::b", "arn:aws:s3:::"] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
        assert!(format!("arn:aws:s3:::{}", "x".repeat(2048)).parse::<Arn>().is_err());
        assert!("arn:aws:s3:::a\nb".parse::<Arn>().is_err());
    }
}
