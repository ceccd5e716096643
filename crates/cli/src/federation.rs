//! The verifier of tokens, as configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::federation::{Endpoints, Settings as Verification, Url, Verifier};
use vocab::{Clock, Secret};

use crate::failure::Failure;
use crate::settings::{Settings, wrong};

/// The secrets of Facebook apps, by app id.
pub fn facebook_secrets(settings: &Settings) -> Result<BTreeMap<String, Secret>, Failure> {
    let read = |(app, file): (&String, &std::path::PathBuf)| {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let text = format!("{}: {error}", file.display());
            wrong("federation.facebook_secrets", text, "\"1234567890\" = \"/etc/daypass/facebook.secret\"")
        })?;
        Ok((app.clone(), Secret::new(text.trim())))
    };
    settings.federation.facebook_secrets.iter().map(read).collect()
}

/// Builds it.
pub fn verifier(
    settings: &Settings,
    allowed_hosts: Vec<String>,
    endpoints: Vec<(String, String)>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Verifier>, Failure> {
    let section = &settings.federation;
    let mut verification = Verification::default();
    for file in &section.extra_roots {
        let text = std::fs::read_to_string(file).map_err(|error| {
            wrong("federation.extra_roots", format!("{}: {error}", file.display()), "/etc/daypass/issuers.pem")
        })?;
        verification.extra_roots.push(text);
    }
    verification.allowed_hosts = allowed_hosts;
    let configured = section.endpoints.iter().map(|(name, url)| (name.clone(), url.clone()));
    for (name, url) in configured.chain(endpoints) {
        let parsed = Url::parse(&url).map_err(|_| {
            wrong(
                "federation.endpoints",
                format!("`{url}` is no URL"),
                "\"www.amazon.com\" = \"https://amazon.example.com\"",
            )
        })?;
        verification.endpoints.insert(name, Endpoints { inspection: Some(parsed), ..Endpoints::default() });
    }
    let doubtful =
        |error: ::federation::Doubtful| wrong("federation", error.to_string(), "allowed_hosts = [\"localhost:9000\"]");
    Ok(Arc::new(Verifier::observed(verification, clock, Arc::new(server::fetches::Fetches)).map_err(doubtful)?))
}
