//! Metrics in Prometheus' form: per operation count, outcome and latency.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use operation::Service;

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

/// The meters of every operation, found once: a request pays for no look-up by label.
pub struct Meters {
    operations: HashMap<(&'static str, &'static str), Meter>,
}

struct Meter {
    ok: Counter,
    refused: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl Meters {
    /// Meters for the operations of these services.
    pub fn new(services: &[Service]) -> Self {
        let mut operations = HashMap::new();
        for service in services {
            for operation in service.operations().into_iter().chain([UNKNOWN]) {
                operations.insert((service.signing_name, operation), Meter::new(service.signing_name, operation));
            }
        }
        Self { operations }
    }

    /// Records one answered request.
    pub fn request(&self, service: &'static str, operation: &'static str, status: u16, took: Duration) {
        let Some(meter) = self.operations.get(&(service, operation)) else { return };
        let counter = match status {
            ..400 => &meter.ok,
            400..500 => &meter.refused,
            500.. => &meter.failed,
        };
        counter.increment(1);
        meter.seconds.record(took.as_secs_f64());
    }
}

impl Meter {
    fn new(service: &'static str, operation: &'static str) -> Self {
        let counter = |outcome: &'static str| metrics::counter!("daypass_requests", "service" => service, "operation" => operation, "outcome" => outcome);
        let seconds = metrics::histogram!("daypass_request_seconds", "service" => service, "operation" => operation);
        Self { ok: counter("ok"), refused: counter("refused"), failed: counter("failed"), seconds }
    }
}

fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let latency = Matcher::Suffix("_seconds".into());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(latency, &BUCKETS).ok()?;
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            Some(handle)
        })
        .as_ref()
}

/// What metrics and audit call an operation that there is not.
pub(crate) const UNKNOWN: &str = "unknown";

const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];
