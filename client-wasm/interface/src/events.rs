//! Events of the engine beside those of `fedner_core::observer`.

use fedner_core::{enrolment::Enrolment, participant::Protection};
use serde::Serialize;

/// The server enrolled this site; the page keeps the enrolment for the next visit.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EnrolledEvent {
    /// Distinguishes it from other events.
    #[cfg_attr(feature = "typescript", ts(type = "\"enrolled\""))]
    kind: &'static str,
    /// What to keep.
    participation: Enrolment,
}

impl EnrolledEvent {
    /// For an enrolment.
    pub fn new(enrolment: Enrolment) -> Self {
        Self { kind: "enrolled", participation: enrolment }
    }
}

/// One request that left this device; reported before it is sent and again when it is answered.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LedgerEvent {
    /// Distinguishes it from other events.
    #[cfg_attr(feature = "typescript", ts(type = "\"ledger\""))]
    kind: &'static str,
    /// Counts up within this run of the engine; with `time_ms` it is unique.
    pub id: u32,
    /// When it was sent, milliseconds since 1970.
    pub time_ms: f64,
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path, which never holds a secret.
    pub path: String,
    /// The answer's status, or 0 while there is none.
    pub status: u16,
    /// Bytes of the body that was sent.
    pub bytes_sent: usize,
    /// Bytes of the body that was received.
    pub bytes_received: usize,
    /// Names of the tensors that were sent.
    pub tensors: Vec<String>,
    /// Of an update: what keeps the server from reading it; null of other requests.
    pub protection: Option<Protection>,
    /// What the request was for, in words.
    pub what: &'static str,
}

impl LedgerEvent {
    /// A request that is about to be sent.
    pub fn new(id: u32, time_ms: f64, method: &'static str, path: &str, what: &'static str) -> Self {
        Self {
            kind: "ledger",
            id,
            time_ms,
            method,
            path: path.to_owned(),
            status: 0,
            bytes_sent: 0,
            bytes_received: 0,
            tensors: Vec::new(),
            protection: None,
            what,
        }
    }
}
