//! Counts calls. The labels are the names of configured servers and the outcomes below.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, SharedString};

use crate::places::Place;

/// The measures of one server.
pub(crate) struct Meter {
    name: Arc<str>,
    // Made at the first call: the recorder is set up after the settings are read.
    handles: OnceLock<Handles>,
}

struct Handles {
    outcomes: HashMap<&'static str, Counter>,
    seconds: Histogram,
    under_way: Gauge,
}

impl Meter {
    pub(crate) fn new(name: Arc<str>) -> Arc<Self> {
        Arc::new(Self { name, handles: OnceLock::new() })
    }

    fn handles(&self) -> &Handles {
        self.handles.get_or_init(|| {
            let name = || SharedString::from(self.name.clone());
            let counter = |outcome| {
                (outcome, metrics::counter!("daypass_upstream_calls", "upstream" => name(), "outcome" => outcome))
            };
            Handles {
                outcomes: OUTCOMES.into_iter().map(counter).collect(),
                seconds: metrics::histogram!("daypass_upstream_seconds", "upstream" => name()),
                under_way: metrics::gauge!("daypass_upstream_calls_under_way", "upstream" => name()),
            }
        })
    }

    pub(crate) fn count(&self, outcome: &'static str) {
        if let Some(counter) = self.handles().outcomes.get(outcome) {
            counter.increment(1);
        }
    }
}

/// A call under way: counted as its outcome when it ends.
pub(crate) struct UnderWay {
    meter: Arc<Meter>,
    outcome: &'static str,
    started: Instant,
    _place: Place,
}

impl UnderWay {
    pub(crate) fn new(meter: Arc<Meter>, place: Place) -> Self {
        meter.handles().under_way.increment(1);
        Self { meter, outcome: "abandoned", started: Instant::now(), _place: place }
    }

    /// An answer has begun: the time until then is what is measured, since its body also waits for whom it is for.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.outcome = match status.as_u16() {
            ..400 => "ok",
            400..500 => "refused",
            500.. => "failed",
        };
        self.meter.handles().seconds.record(self.started.elapsed().as_secs_f64());
    }

    pub(crate) fn failed(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.meter.handles().under_way.decrement(1);
        self.meter.count(self.outcome);
    }
}

const OUTCOMES: [&str; 8] = ["ok", "refused", "failed", "busy", "unreachable", "late", "broken", "abandoned"];
