//! Questions to identity providers, measured: count, outcome and latency per provider.

use federation::{Fetch, Observer};

/// Records every fetch.
pub struct Fetches;

impl Observer for Fetches {
    fn fetched(&self, fetch: &Fetch<'_>) {
        let outcome = if fetch.failure.is_some() { "failed" } else { "ok" };
        let provider = fetch.provider.to_owned();
        metrics::counter!("daypass_provider_fetches", "provider" => provider.clone(), "outcome" => outcome)
            .increment(1);
        metrics::histogram!("daypass_provider_seconds", "provider" => provider).record(fetch.took.as_secs_f64());
        if let Some(why) = fetch.failure {
            tracing::warn!(provider = fetch.provider, %why, "identity provider does not answer as it should");
        }
    }
}
