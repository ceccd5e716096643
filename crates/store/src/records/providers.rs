//! Identity providers registered in IAM.

use std::collections::BTreeMap;
use std::time::Duration;

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

/// A SAML identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlProvider {
    /// The owning account.
    pub account: AccountId,
    /// Its name; upper and lower case differ.
    pub name: String,
    /// An id that the API shows.
    pub uuid: String,
    /// The metadata document as it was registered.
    pub metadata: String,
    /// Until when the metadata counts, where it says so.
    pub valid_until: Option<Timestamp>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

impl SamlProvider {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Self::arn_of(self.account, &self.name)
    }

    /// The ARN of the provider with this name.
    pub fn arn_of(account: AccountId, name: &str) -> Arn {
        Arn::iam(account, "saml-provider", "/", name)
    }

    /// The record id of the provider with this name.
    pub fn id_of(account: AccountId, name: &str) -> String {
        format!("{account}/{name}")
    }

    /// Until when it counts, as the API shows it: metadata that does not say so counts for a hundred years.
    pub fn shown_valid_until(&self) -> Timestamp {
        self.valid_until.unwrap_or(self.created + HUNDRED_YEARS)
    }
}

const HUNDRED_YEARS: Duration = Duration::from_secs(36_525 * 24 * 60 * 60);

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

impl Record for SamlProvider {
    const KIND: &'static str = "saml-provider";

    fn id(&self) -> String {
        Self::id_of(self.account, &self.name)
    }
}
