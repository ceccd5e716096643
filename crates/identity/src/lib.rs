//! Amazon Cognito Identity: pools, identities, and the credentials of identities.
//!
//! An identity is found by (pool, provider, subject), never by a token: the same login finds the same
//! identity, and a guest that signs in keeps its id ([`resolve`]). This crate calls `sts` for the last
//! step, as the real service does.

mod create_identity_pool;
mod delete_identities;
mod delete_identity_pool;
mod describe_identity;
mod describe_identity_pool;
mod get_credentials_for_identity;
mod get_id;
mod get_identity_pool_roles;
mod get_open_id_token;
mod get_open_id_token_for_developer_identity;
mod get_principal_tag_attribute_map;
mod list_identities;
mod list_identity_pools;
mod list_tags_for_resource;
mod lookup_developer_identity;
mod merge_developer_identities;
mod set_identity_pool_roles;
mod set_principal_tag_attribute_map;
mod tag_resource;
mod unlink_developer_identity;
mod unlink_identity;
mod untag_resource;
mod update_identity_pool;

mod attributes;
mod checks;
mod error;
mod governed;
#[cfg(any(test, feature = "testing"))]
pub mod history;
mod logins;
mod mappings;
mod pages;
mod pools;
mod resolve;
mod roles;
mod shapes;
pub mod sweep;
mod tokens;

use std::sync::Arc;

use operation::Service;
use sts::Sts;
use wire::Protocol;

pub use error::Error;

/// What the operations share.
pub struct Identity {
    /// The verifier, and the last step of both flows.
    pub sts: Arc<Sts>,
}

/// The operations.
pub fn service(state: Arc<Identity>) -> Service {
    Service::of("cognito-identity", Protocol::Json11 { target: "AWSCognitoIdentityService" }, state)
        .ignoring_signatures(&["GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"])
        .add("CreateIdentityPool", create_identity_pool::access, create_identity_pool::run)
        .add("DeleteIdentities", delete_identities::access, delete_identities::run)
        .add_with("DeleteIdentityPool", pools::tags_of, delete_identity_pool::access, delete_identity_pool::run)
        .add_with("DescribeIdentity", describe_identity::facts, describe_identity::access, describe_identity::run)
        .add_with("DescribeIdentityPool", pools::tags_of, describe_identity_pool::access, describe_identity_pool::run)
        .add_with(
            "GetCredentialsForIdentity",
            governed::facts,
            get_credentials_for_identity::access,
            get_credentials_for_identity::run,
        )
        .add_with("GetId", governed::facts, get_id::access, get_id::run)
        .add_with("GetIdentityPoolRoles", pools::tags_of, get_identity_pool_roles::access, get_identity_pool_roles::run)
        .add_with("GetOpenIdToken", governed::facts, get_open_id_token::access, get_open_id_token::run)
        .add_with(
            "GetOpenIdTokenForDeveloperIdentity",
            pools::tags_of,
            get_open_id_token_for_developer_identity::access,
            get_open_id_token_for_developer_identity::run,
        )
        .add_with(
            "GetPrincipalTagAttributeMap",
            pools::tags_of,
            get_principal_tag_attribute_map::access,
            get_principal_tag_attribute_map::run,
        )
        .add_with("ListIdentities", pools::tags_of, list_identities::access, list_identities::run)
        .add("ListIdentityPools", list_identity_pools::access, list_identity_pools::run)
        .add_with("ListTagsForResource", pools::tags_of, list_tags_for_resource::access, list_tags_for_resource::run)
        .add_with(
            "LookupDeveloperIdentity",
            pools::tags_of,
            lookup_developer_identity::access,
            lookup_developer_identity::run,
        )
        .add_with(
            "MergeDeveloperIdentities",
            pools::tags_of,
            merge_developer_identities::access,
            merge_developer_identities::run,
        )
        .add("SetIdentityPoolRoles", set_identity_pool_roles::access, set_identity_pool_roles::run)
        .add(
            "SetPrincipalTagAttributeMap",
            set_principal_tag_attribute_map::access,
            set_principal_tag_attribute_map::run,
        )
        .add_with("TagResource", pools::tags_of, tag_resource::access, tag_resource::run)
        .add_with(
            "UnlinkDeveloperIdentity",
            pools::tags_of,
            unlink_developer_identity::access,
            unlink_developer_identity::run,
        )
        .add_with("UnlinkIdentity", governed::facts, unlink_identity::access, unlink_identity::run)
        .add_with("UntagResource", pools::tags_of, untag_resource::access, untag_resource::run)
        .add_with("UpdateIdentityPool", pools::tags_of, update_identity_pool::access, update_identity_pool::run)
        .build()
}
