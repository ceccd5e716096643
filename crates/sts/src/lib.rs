//! AWS Security Token Service: sessions in exchange for proof.
//!
//! A session is sealed, not stored ([`operation::Session`]). Who may assume a role by a web identity is
//! decided here, by the role's trust policy ([`trust`]): `identity` asks the same question in the
//! enhanced flow.

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod callers;
mod ci_claims;
mod decode_authorization_message;
mod error;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
pub mod issue;
mod role_claims;
mod roles;
pub mod saml;
mod saml_keys;
mod session_policies;
pub mod session_tags;
mod shapes;
pub mod trust;
pub mod web_identity;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use federation::{KeySet, Verifier};
use operation::Service;
use vocab::Secret;
use wire::Protocol;

pub use error::Error;

/// What the operations share.
pub struct Sts {
    /// Verifies the tokens of providers.
    pub verifier: Arc<Verifier>,
    /// Secrets of Facebook apps, by app id.
    pub facebook_secrets: BTreeMap<String, Secret>,
    /// What is accepted of SAML providers.
    pub saml: saml::Settings,
    /// Our own keys as the verifier reads them, with the ids they were made of.
    own_keys: Mutex<Option<(Vec<String>, Arc<KeySet>)>>,
}

impl Sts {
    /// A service that verifies with `verifier`.
    pub fn new(verifier: Arc<Verifier>, facebook_secrets: BTreeMap<String, Secret>) -> Self {
        Self { verifier, facebook_secrets, saml: saml::Settings::default(), own_keys: Mutex::new(None) }
    }

    /// The same with other settings for SAML.
    pub fn with_saml(self, saml: saml::Settings) -> Self {
        Self { saml, ..self }
    }
}

/// The operations.
pub fn service(state: Arc<Sts>) -> Service {
    let protocol = Protocol::Query { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };
    Service::of("sts", protocol, state)
        .ignoring_signatures(&["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"])
        .add_with("AssumeRole", assume_role::facts, assume_role::access, assume_role::run)
        .add("AssumeRoleWithSAML", assume_role_with_saml::access, assume_role_with_saml::run)
        .add("AssumeRoleWithWebIdentity", assume_role_with_web_identity::access, assume_role_with_web_identity::run)
        .add_with(
            "DecodeAuthorizationMessage",
            decode_authorization_message::facts,
            decode_authorization_message::access,
            decode_authorization_message::run,
        )
        .add_with("GetAccessKeyInfo", get_access_key_info::facts, get_access_key_info::access, get_access_key_info::run)
        .add("GetCallerIdentity", get_caller_identity::access, get_caller_identity::run)
        .add_with(
            "GetFederationToken",
            get_federation_token::facts,
            get_federation_token::access,
            get_federation_token::run,
        )
        .add("GetSessionToken", get_session_token::access, get_session_token::run)
        .build()
}
