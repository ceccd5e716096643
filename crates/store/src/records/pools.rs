//! Identity pools.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{AccountId, Arn, PoolId, Timestamp};

use crate::Record;

/// An identity pool with everything that is set on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// The owning account.
    pub account: AccountId,
    /// The name; not unique.
    pub name: String,
    /// Whether people without any login get an identity.
    pub allows_guests: bool,
    /// The classic flow: `None` means that nobody said, and it is allowed.
    pub allows_classic_flow: Option<bool>,
    /// App ids by public provider (`accounts.google.com` and the like).
    pub supported_login_providers: BTreeMap<String, String>,
    /// The developer provider, immutable once set.
    pub developer_provider: Option<String>,
    /// ARNs of OIDC providers registered in IAM.
    pub open_id_connect_providers: Vec<Arn>,
    /// User pools.
    pub user_pools: Vec<UserPool>,
    /// ARNs of SAML providers registered in IAM.
    pub saml_providers: Vec<Arn>,
    /// Tags of the pool itself.
    pub tags: BTreeMap<String, String>,
    /// Roles by `authenticated` and `unauthenticated`.
    pub roles: BTreeMap<String, Arn>,
    /// Role mappings by provider, as SetIdentityPoolRoles took them.
    pub role_mappings: BTreeMap<String, RoleMapping>,
    /// Principal tag maps by provider.
    pub principal_tags: BTreeMap<String, TagMap>,
    /// Marked for deletion: it is found by nobody, and a job deletes its identities.
    pub deleted: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// A user pool that may sign users in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPool {
    /// `cognito-idp.REGION.amazonaws.com/POOL`.
    pub provider_name: String,
    /// The app client.
    pub client_id: String,
    /// Whether the user pool is asked if the user was signed out.
    pub server_side_token_check: bool,
}

/// How the role of a provider's users is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMapping {
    /// By the token's own roles, or by rules.
    pub kind: MappingKind,
    /// What happens where the mapping gives no single role.
    pub ambiguous: Ambiguous,
    /// The rules, in order.
    pub rules: Vec<MappingRule>,
}

/// The two kinds of role mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingKind {
    /// `cognito:preferred_role` and `cognito:roles` of the token.
    Token,
    /// The first rule that matches.
    Rules,
}

/// What happens where a mapping gives no single role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ambiguous {
    /// The pool's authenticated role.
    AuthenticatedRole,
    /// No credentials.
    Deny,
}

/// One rule of a role mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingRule {
    /// The claim.
    pub claim: String,
    /// How the claim is compared.
    pub match_type: MatchType,
    /// What the claim is compared with.
    pub value: String,
    /// The role it gives.
    pub role: Arn,
}

/// How a claim is compared with the value of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchType {
    /// It is the value.
    Equals,
    /// It has the value in it.
    Contains,
    /// It begins with the value.
    StartsWith,
    /// It is there, and another.
    NotEqual,
}

/// Which claims of a provider become principal tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMap {
    /// The provider's default map.
    pub use_defaults: bool,
    /// Tag key to claim.
    pub tags: BTreeMap<String, String>,
}

impl Record for Pool {
    const KIND: &'static str = "pool";

    fn id(&self) -> String {
        self.id.to_string()
    }
}
