//! Shapes that several operations share on the wire.

use serde::{Deserialize, Serialize};
use vocab::Timestamp;

use crate::issue::Issued;

/// Temporary credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    #[serde(with = "wire::times::iso8601")]
    expiration: Timestamp,
}

/// The session as a principal.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

/// A managed session policy.
#[derive(Debug, Clone, Deserialize)]
pub struct PolicyDescriptor {
    /// Its ARN.
    pub arn: Option<String>,
}

/// A session tag.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

impl From<&Issued> for Credentials {
    fn from(issued: &Issued) -> Self {
        Self {
            access_key_id: issued.key.to_string(),
            secret_access_key: issued.secret.expose().to_owned(),
            session_token: issued.token.expose().to_owned(),
            expiration: issued.expires,
        }
    }
}

impl From<&Issued> for AssumedRoleUser {
    fn from(issued: &Issued) -> Self {
        Self { assumed_role_id: issued.user_id.clone(), arn: issued.arn.to_string() }
    }
}
