//! What a Prometheus server is told: requests as they were answered, and where the federations and the store stand when it
//! asks. Nothing of it names a site or a client.

mod standing;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use fedner_protocol::ProblemCode;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use self::standing::Standing;

/// The content type of the answer.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of the histogram of answer times, in seconds: from a file of the page to a slow merge before it.
const SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// A label with its value. Values come from fixed lists, so that there are never many series.
type Label = (&'static str, String);

/// What is counted from one request to the next.
pub struct Metrics {
    registry: Registry,
    requests: Family<[Label; 2], Counter>,
    refusals: Family<[Label; 1], Counter>,
    times: Family<[Label; 1], Histogram, fn() -> Histogram>,
    received: Family<[Label; 1], Counter>,
    sent: Family<[Label; 1], Counter>,
    streams: Gauge,
}

/// A request that was answered.
pub struct Answered {
    /// What was asked for, of a fixed list.
    pub kind: &'static str,
    /// Status of the answer.
    pub status: u16,
    /// Code of the problem, where it was refused.
    pub code: Option<ProblemCode>,
    /// Until the answer began.
    pub time: Duration,
    /// Bytes of the request's body, as far as they were told beforehand.
    pub received: u64,
    /// Bytes of the answer's body, as far as they are known beforehand.
    pub sent: u64,
}

/// Counts one open event stream while it lives.
pub struct OpenStream(Gauge);

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("fedner");
        let times = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let metrics = Self {
            requests: Family::default(),
            refusals: Family::default(),
            times,
            received: Family::default(),
            sent: Family::default(),
            streams: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "requests",
            "Requests answered, by what was asked for and by status",
            metrics.requests.clone(),
        );
        registry.register("refusals", "Requests refused, by the problem's code", metrics.refusals.clone());
        let help = "Time until an answer began; of an event stream, until it opened";
        registry.register_with_unit("answer_time", help, Unit::Seconds, metrics.times.clone());
        let help = "Bodies of requests that were answered, by what was asked for";
        registry.register_with_unit("received", help, Unit::Bytes, metrics.received.clone());
        let help = "Bodies of answers whose length is known beforehand, by what was asked for";
        registry.register_with_unit("sent", help, Unit::Bytes, metrics.sent.clone());
        registry.register("open_streams", "Event streams that are open at this server", metrics.streams.clone());
        Self { registry, ..metrics }
    }

    /// Counts a request.
    pub fn count(&self, answered: &Answered) {
        let Answered { kind, status, code, time, received, sent } = answered;
        let of = |kind: &str| [("kind", kind.to_owned())];
        self.requests.get_or_create(&[("kind", (*kind).to_owned()), ("status", status.to_string())]).inc();
        if let Some(code) = code {
            self.refusals.get_or_create(&[("code", name_of(*code))]).inc();
        }
        self.times.get_or_create(&of(kind)).observe(time.as_secs_f64());
        self.received.get_or_create(&of(kind)).inc_by(*received);
        self.sent.get_or_create(&of(kind)).inc_by(*sent);
    }

    /// Counts an event stream until the answer is dropped.
    pub fn open_stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    /// All of it as text, with where everything stands now.
    ///
    /// # Errors
    /// When it can't be written as text.
    pub fn text(&self, standing: &Standing) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &standing.registry())?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// As clients are told it.
fn name_of(code: ProblemCode) -> String {
    let name = serde_json::to_value(code).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A gauge of bytes or counts that may be large.
type Number = Gauge<u64, AtomicU64>;

#[cfg(test)]
mod tests {
    use fedner_protocol::{Digest, FederationState, Phase};

    use super::*;

    #[test]
    fn the_board_and_the_alert_rules_ask_for_what_is_told() {
        let metrics = Metrics::new();
        let (time, code) = (Duration::ZERO, Some(ProblemCode::Internal));
        metrics.count(&Answered { kind: "page", status: 500, code, time, received: 1, sent: 1 });
        let state = FederationState { version: 1, model: Digest::of(b""), present: 2, phase: Phase::Paused };
        let federations = vec![("a".to_owned(), state, true)];
        let text = metrics.text(&Standing { federations, store_bytes: Some(1), ..Standing::default() }).unwrap();
        let deploy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/monitoring");
        for file in ["alerts.yaml", "grafana.json"] {
            let rules = std::fs::read_to_string(deploy.join(file)).unwrap();
            let names: Vec<_> = rules.split("fedner_").skip(1).collect();
            assert!(names.len() > 5, "{file}");
            for name in names {
                let name: String = name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                assert!(text.contains(&format!("\nfedner_{name}")), "{file} asks for fedner_{name}:\n{text}");
            }
        }
        let board = std::fs::read_to_string(deploy.join("grafana.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&board).unwrap();
    }

    #[test]
    fn what_happened_and_where_it_stands_is_told() {
        let metrics = Metrics::new();
        let answered = Answered {
            kind: "update",
            status: 201,
            code: None,
            time: Duration::from_millis(30),
            received: 500,
            sent: 60,
        };
        metrics.count(&answered);
        metrics.count(&Answered { status: 410, code: Some(ProblemCode::RoundOver), ..answered });
        let stream = metrics.open_stream();
        let text = metrics.text(&Standing::default()).unwrap();
        for line in [
            "fedner_requests_total{kind=\"update\",status=\"201\"} 1",
            "fedner_refusals_total{code=\"round-over\"} 1",
            "fedner_received_bytes_total{kind=\"update\"} 1000",
            "fedner_answer_time_seconds_bucket{le=\"0.05\",kind=\"update\"} 2",
            "fedner_open_streams 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
        drop(stream);
        assert!(metrics.text(&Standing::default()).unwrap().contains("fedner_open_streams 0"));
    }
}
