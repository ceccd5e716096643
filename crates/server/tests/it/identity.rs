//! Cognito Identity.

mod attacks;
mod developer_identities;
mod get_credentials_for_identity;
mod get_open_id_token;
mod pools;
mod principal_tags;
mod public_providers;
mod resolve;
mod role_mappings;
mod saml;
mod user_pools;
