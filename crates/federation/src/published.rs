//! What an issuer publishes: the document that says where its keys are, and the keys.

use serde_json::Value;

use aws_lc_rs::digest::{Context, SHA256};

use crate::client::Client;
use crate::error::Reason;
use crate::json;
use crate::keys::KeySet;
use crate::observer::What;
use crate::provider::{Provider, finish};
use crate::settings::{Endpoints, Settings};
use crate::url::Url;

/// A key set as it was published, with a digest of the document.
pub(crate) struct Published {
    pub(crate) keys: KeySet,
    pub(crate) digest: [u8; 32],
}

/// Asks an issuer for its keys, within the time that the settings allow for all of it.
pub(crate) async fn fetch(client: &Client, settings: &Settings, provider: &Provider) -> Result<Published, Reason> {
    tokio::time::timeout(settings.timeout, fetch_unbounded(client, settings, provider))
        .await
        .unwrap_or(Err(Reason::Timeout))
}

async fn fetch_unbounded(client: &Client, settings: &Settings, provider: &Provider) -> Result<Published, Reason> {
    let name = provider.issuer().name();
    let endpoints = settings.endpoints.get(name);
    let url = match endpoints.and_then(|endpoints| endpoints.keys.clone()) {
        Some(url) => url,
        None => discover(client, provider, endpoints).await?,
    };
    let document = client.get(name, What::Keys, &url, provider.thumbprints()).await?;
    let mut digest = Context::new(&SHA256);
    digest.update(&document);
    Ok(Published { keys: KeySet::parse(&document, settings.max_keys)?, digest: finish(digest) })
}

async fn discover(client: &Client, provider: &Provider, endpoints: Option<&Endpoints>) -> Result<Url, Reason> {
    let url = match endpoints.and_then(|endpoints| endpoints.discovery.clone()) {
        Some(url) => url,
        None => provider.issuer().url().join("/.well-known/openid-configuration").map_err(|_| Reason::Url)?,
    };
    let document = client.get(provider.issuer().name(), What::Discovery, &url, provider.thumbprints()).await?;
    let document = json::object(&document).ok_or(Reason::Document)?;
    if document.get("issuer").and_then(Value::as_str) != Some(provider.issuer().as_str()) {
        return Err(Reason::Issuer);
    }
    let keys = document.get("jwks_uri").and_then(Value::as_str).ok_or(Reason::Document)?;
    Url::parse(keys).map_err(|_| Reason::Url)
}
