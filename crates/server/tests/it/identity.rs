//! Cognito Identity.

mod attacks;
mod get_credentials_for_identity;
mod get_open_id_token;
mod pools;
mod resolve;
