//! Sessions: what temporary credentials say, sealed into their session token.
//!
//! Stateless: any node opens any token with the keyring alone. The token is bound to its access key
//! id, and says nothing to whoever holds it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{AccessKeyId, AccountId, Secret, Timestamp};

use crate::keyring::{Keyring, Purpose};

/// What a session token holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The secret access key.
    #[serde(rename = "k", with = "exposed")]
    pub secret: Secret,
    /// The session's own id.
    #[serde(rename = "i")]
    pub id: u128,
    /// The first session of the chain and who began it: what revocation names.
    #[serde(rename = "o")]
    pub origin: Origin,
    /// The account of the credentials.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// What the session acts as.
    #[serde(rename = "b")]
    pub bearer: Bearer,
    /// Where the person signed in, for sessions from a web identity or SAML: `aws:FederatedProvider`.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Condition keys of the federation that last as long as the session, such as
    /// `cognito-identity.amazonaws.com:sub`; one value or a list.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub federation: Vec<(String, Federated)>,
    /// Session tags, inherited ones included.
    #[serde(rename = "t", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The keys of the tags that a chained session inherits.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    /// The source identity, fixed for the whole chain.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// The inline session policy.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// ARNs of managed session policies.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub managed_policies: Vec<String>,
    /// A guest of the enhanced flow: the scope-down policies apply, whatever the role says.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
    /// When it was issued.
    #[serde(rename = "c")]
    pub issued: Timestamp,
    /// When it ends.
    #[serde(rename = "e")]
    pub expires: Timestamp,
}

/// What a session acts as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bearer {
    /// A role.
    #[serde(rename = "r")]
    Role {
        /// The role's ARN when it was assumed.
        #[serde(rename = "a")]
        arn: String,
        /// The role's unique id: a role of the same name made later is another one.
        #[serde(rename = "u")]
        unique_id: String,
        /// The session name.
        #[serde(rename = "n")]
        name: String,
    },
    /// The user of the origin (GetSessionToken).
    #[serde(rename = "u")]
    User,
    /// A federated user of the user of the origin (GetFederationToken).
    #[serde(rename = "f")]
    FederatedUser {
        /// The name it was given.
        #[serde(rename = "n")]
        name: String,
    },
}

/// Where a chain of sessions began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The id of the first session.
    #[serde(rename = "i")]
    pub session: u128,
    /// Who began it: `identity:ID`, `user:UNIQUE_ID`, `root:ACCOUNT`, or `login:PROVIDER SUBJECT`.
    #[serde(rename = "w")]
    pub who: String,
    /// The account that knows who began it: the pool's, the user's. It may end the whole chain.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// The user's name, where a user began it.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When the first session was issued.
    #[serde(rename = "c")]
    pub issued: Timestamp,
}

/// The value of a federation key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Federated {
    /// A single-valued key.
    One(String),
    /// A multivalued key, such as `amr`.
    Many(Vec<String>),
}

impl Session {
    /// The session token for `key`.
    pub fn seal(&self, keyring: &Keyring, key: &AccessKeyId) -> Result<String, crate::keyring::Error> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(|_| crate::keyring::Error::NotOurs)?);
        keyring.seal(Purpose::Session, key.as_str(), &plain)
    }

    /// The session that `token` holds, if it was made here for `key`. Expiry is the caller's check.
    pub async fn open(keyring: &Keyring, key: &AccessKeyId, token: &str) -> Result<Self, crate::keyring::Error> {
        let plain = keyring.open(Purpose::Session, key.as_str(), token).await?;
        serde_json::from_slice(&plain).map_err(|_| crate::keyring::Error::NotOurs)
    }

    /// What the deny list may name: the session, its origin, and who began the chain.
    pub fn revocable(&self) -> [String; 3] {
        [format!("session:{:032x}", self.id), format!("session:{:032x}", self.origin.session), self.origin.who.clone()]
    }

    /// The accounts that may end this session: its own, and the one where the chain began.
    pub fn revocable_by(&self) -> impl Iterator<Item = AccountId> {
        let elsewhere = Some(self.origin.account).filter(|account| *account != self.account);
        std::iter::once(self.account).chain(elsewhere)
    }
}

/// The secret key goes into the sealed token, and nowhere else.
mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};
    use vocab::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        Secret::deserialize(from)
    }
}
