//! Metrics in Prometheus' form: per operation count, outcome and latency.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Starts recording; one recorder serves every server of the process.
pub fn install() {
    handle();
}

/// What was recorded, as text.
pub fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}

/// Drops what is no longer needed for percentiles; call it every few seconds.
pub fn upkeep() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}

/// Records one answered request.
pub fn request(service: &'static str, operation: &'static str, status: u16, took: Duration) {
    let outcome = match status {
        ..400 => "ok",
        400..500 => "refused",
        500.. => "failed",
    };
    metrics::counter!("daypass_requests", "service" => service, "operation" => operation, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("daypass_request_seconds", "service" => service, "operation" => operation)
        .record(took.as_secs_f64());
}

fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let latency = Matcher::Full("daypass_request_seconds".into());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(latency, &BUCKETS).ok()?;
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            Some(handle)
        })
        .as_ref()
}

const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];
