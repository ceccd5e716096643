//! The verifier of tokens, as configured.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::federation::{Endpoints, Settings as Verification, Url, Verifier};
use vocab::{Clock, Secret};

use crate::failure::Failure;
use crate::settings::{EachEndpoint, EndpointsSection, Settings, wrong};

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

/// What is accepted of SAML providers.
pub fn saml(settings: &Settings) -> Result<sts::saml::Settings, Failure> {
    let section = &settings.federation.saml;
    for (key, texts) in
        [("federation.saml.recipients", &section.recipients), ("federation.saml.audiences", &section.audiences)]
    {
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err(wrong(key, "an entry is empty", "[\"https://sts.example.com/saml\"]").into());
        }
    }
    let usual = sts::saml::Settings::default();
    let redeem_within = match section.redeem_within_seconds {
        None => usual.redeem_within,
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds)),
    };
    Ok(sts::saml::Settings {
        recipients: section.recipients.clone(),
        audiences: section.audiences.clone(),
        redeem_within,
        one_time: section.one_time,
    })
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
    if let Some(seconds) = section.clock_skew_seconds {
        verification.skew = Duration::from_secs(seconds);
    }
    for (name, section) in &section.endpoints {
        verification.endpoints.insert(name.clone(), endpoints_of(section)?);
    }
    for (name, base) in endpoints {
        let inspection = Some(url(&base)?);
        verification.endpoints.insert(name, Endpoints { inspection, ..Endpoints::default() });
    }
    let doubtful =
        |error: ::federation::Doubtful| wrong("federation", error.to_string(), "allowed_hosts = [\"localhost:9000\"]");
    Ok(Arc::new(Verifier::observed(verification, clock, Arc::new(server::fetches::Fetches)).map_err(doubtful)?))
}

fn endpoints_of(section: &EndpointsSection) -> Result<Endpoints, Failure> {
    let each = match section {
        EndpointsSection::Inspection(base) => {
            &EachEndpoint { inspection: Some(base.clone()), ..EachEndpoint::default() }
        }
        EndpointsSection::Each(each) => each,
    };
    let parsed = |text: &Option<String>| text.as_deref().map(url).transpose();
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file);
        text.map_err(|error| wrong("federation.endpoints", format!("{}: {error}", file.display()), EXAMPLE))
    };
    let authorization = each.introspection_authorization.as_ref().map(read).transpose()?;
    Ok(Endpoints {
        discovery: parsed(&each.discovery)?,
        keys: parsed(&each.keys)?,
        inspection: parsed(&each.inspection)?,
        introspection: parsed(&each.introspection)?,
        introspection_authorization: authorization.map(|text| Secret::new(text.trim())),
    })
}

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|_| wrong("federation.endpoints", format!("`{text}` is no URL"), EXAMPLE).into())
}

const EXAMPLE: &str = "\"www.amazon.com\" = \"https://amazon.example.com\"";
