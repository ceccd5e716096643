//! Identity providers registered in IAM.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{AccountId, Arn, Timestamp};

use crate::Record;

/// An OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcProvider {
    /// The owning account.
    pub account: AccountId,
    /// The issuer URL exactly as registered, with its scheme.
    pub url: String,
    /// The audiences that are accepted.
    pub client_ids: Vec<String>,
    /// SHA-1 thumbprints of certificates, in lower-case hexadecimal.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

impl OidcProvider {
    /// The URL without its scheme: the name in ARNs, Logins keys and condition keys.
    pub fn host_and_path(&self) -> &str {
        without_scheme(&self.url)
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::oidc_provider(self.account, self.host_and_path())
    }

    /// The record id of the provider with this host and path.
    pub fn id_of(account: AccountId, host_and_path: &str) -> String {
        format!("{account}/{host_and_path}")
    }
}

/// An issuer without `https://` or `http://`.
pub fn without_scheme(issuer: &str) -> &str {
    issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://")).unwrap_or(issuer)
}

impl Record for OidcProvider {
    const KIND: &'static str = "oidc-provider";

    fn id(&self) -> String {
        Self::id_of(self.account, self.host_and_path())
    }
}
