//! Shapes that several operations share on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::identities::Identity;
use store::records::pools::{Pool, UserPool};
use vocab::{Secret, Timestamp};

/// The logins map: tokens by provider. They are secrets.
pub type Logins = BTreeMap<String, Secret>;

/// An identity pool, in requests and answers.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityPool {
    /// The id; absent in CreateIdentityPool.
    pub identity_pool_id: Option<String>,
    /// The name.
    pub identity_pool_name: Option<String>,
    /// Whether guests get an identity.
    pub allow_unauthenticated_identities: Option<bool>,
    /// The classic flow.
    pub allow_classic_flow: Option<bool>,
    /// App ids by public provider.
    pub supported_login_providers: Option<BTreeMap<String, String>>,
    /// The developer provider.
    pub developer_provider_name: Option<String>,
    /// OIDC providers.
    #[serde(rename = "OpenIdConnectProviderARNs")]
    pub open_id_connect_provider_arns: Option<Vec<String>>,
    /// User pools.
    pub cognito_identity_providers: Option<Vec<CognitoIdentityProvider>>,
    /// SAML providers.
    #[serde(rename = "SamlProviderARNs")]
    pub saml_provider_arns: Option<Vec<String>>,
    /// Tags.
    pub identity_pool_tags: Option<BTreeMap<String, String>>,
}

/// A user pool of an identity pool.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CognitoIdentityProvider {
    /// `cognito-idp.REGION.amazonaws.com/POOL`.
    pub provider_name: Option<String>,
    /// The app client.
    pub client_id: Option<String>,
    /// Whether the user pool is asked on every call.
    pub server_side_token_check: Option<bool>,
}

/// How the role of a provider's users is chosen.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleMapping {
    /// `Token` or `Rules`.
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// `AuthenticatedRole` or `Deny`.
    pub ambiguous_role_resolution: Option<String>,
    /// The rules, where the type is `Rules`.
    pub rules_configuration: Option<RulesConfiguration>,
}

/// The rules of a role mapping.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RulesConfiguration {
    /// In the order in which they are tried.
    pub rules: Option<Vec<MappingRule>>,
}

/// One rule of a role mapping.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MappingRule {
    /// The claim.
    pub claim: Option<String>,
    /// `Equals`, `Contains`, `StartsWith` or `NotEqual`.
    pub match_type: Option<String>,
    /// What the claim is compared with.
    pub value: Option<String>,
    /// The role that it gives.
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
}

/// An identity, in answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityDescription {
    identity_id: String,
    logins: Option<Vec<String>>,
    #[serde(with = "wire::times::epoch")]
    creation_date: Timestamp,
    #[serde(with = "wire::times::epoch")]
    last_modified_date: Timestamp,
}

impl From<&Pool> for IdentityPool {
    fn from(pool: &Pool) -> Self {
        let texts = |arns: &[vocab::Arn]| arns.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            identity_pool_id: Some(pool.id.to_string()),
            identity_pool_name: Some(pool.name.clone()),
            allow_unauthenticated_identities: Some(pool.allows_guests),
            allow_classic_flow: pool.allows_classic_flow,
            supported_login_providers: Some(pool.supported_login_providers.clone()).filter(|map| !map.is_empty()),
            developer_provider_name: pool.developer_provider.clone(),
            open_id_connect_provider_arns: Some(texts(&pool.open_id_connect_providers)).filter(|list| !list.is_empty()),
            cognito_identity_providers: Some(pool.user_pools.iter().map(Into::into).collect())
                .filter(|list: &Vec<_>| !list.is_empty()),
            saml_provider_arns: Some(texts(&pool.saml_providers)).filter(|list| !list.is_empty()),
            identity_pool_tags: Some(pool.tags.clone()).filter(|map| !map.is_empty()),
        }
    }
}

impl From<&UserPool> for CognitoIdentityProvider {
    fn from(user_pool: &UserPool) -> Self {
        Self {
            provider_name: Some(user_pool.provider_name.clone()),
            client_id: Some(user_pool.client_id.clone()),
            server_side_token_check: Some(user_pool.server_side_token_check),
        }
    }
}

impl From<&Identity> for IdentityDescription {
    fn from(identity: &Identity) -> Self {
        let mut names: Vec<String> = identity.logins.iter().map(|login| login.provider.clone()).collect();
        names.dedup();
        Self {
            identity_id: identity.id.to_string(),
            logins: Some(names).filter(|names| !names.is_empty()),
            creation_date: identity.created,
            last_modified_date: identity.modified,
        }
    }
}
