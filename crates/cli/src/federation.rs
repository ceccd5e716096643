//! The verifier of tokens, as configured.

use std::sync::Arc;

use ::federation::{Endpoints, Settings as Verification, Url, Verifier};
use vocab::Clock;

use crate::house::Failure;
use crate::settings::{Settings, wrong};

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
    verification.allowed_hosts = section.allowed_hosts.iter().cloned().chain(allowed_hosts).collect();
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
    Ok(Arc::new(Verifier::new(verification, clock).map_err(doubtful)?))
}
