//! What a participant needs from its host: requests to the server, and random bytes.

use super::RoundAttempt;
use fedner_protocol::{
    Digest, EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, Problem, ProblemCode, UpdateId,
    UpdateReceipt,
};
use serde::Serialize;

/// Why a request has no good answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// The server refused it and said why.
    #[error("the server refused: {} ({})", .0.detail, .0.title)]
    Refused(Problem),
    /// No answer came; the request may or may not have arrived.
    #[error("no answer from the server: {0}")]
    Lost(String),
    /// An answer came that can't be parsed.
    #[error("the server's answer can't be understood: {0}")]
    Malformed(String),
    /// The person stopped it.
    #[error("stopped")]
    Cancelled,
}

impl TransportError {
    /// The error that an unsuccessful answer means, by its status, its header `Retry-After` and its body.
    pub fn of_answer(status: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        // The other form of this header, a date, would need a clock that agrees with the server's.
        let retry_after_s = retry_after.and_then(|text| text.trim().parse().ok());
        match (serde_json::from_slice::<Problem>(body), retry_after_s) {
            (Ok(problem), Some(seconds)) => Self::Refused(problem.with_retry_after(seconds)),
            (Ok(problem), None) => Self::Refused(problem),
            // A proxy in between says when to come back.
            (Err(_), Some(seconds)) if matches!(status, 429 | 503) => {
                let problem = Problem::new(ProblemCode::Unavailable, format!("status {status}, and no reason"));
                Self::Refused(problem.with_retry_after(seconds))
            }
            (Err(_), _) => Self::Lost(format!("the server answered with status {status} and no reason")),
        }
    }

    /// How long the server asks to wait before the next request, in milliseconds.
    pub(super) fn retry_after_ms(&self) -> u32 {
        match self {
            Self::Refused(Problem { retry_after_s: Some(seconds), .. }) => {
                u32::try_from(seconds.saturating_mul(1000)).unwrap_or(u32::MAX)
            }
            _ => 0,
        }
    }
}

/// A version of the global shared module. After the server was restored from a backup, the number can stand for
/// another module than before; the digest shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its number.
    pub version: u32,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// Sends requests to the server, with the credential once it is set.
#[allow(async_fn_in_trait, reason = "both hosts drive these futures on one thread, so no Send bound is missed")]
pub trait Transport {
    /// Origin of the server, such as `https://fedner.example`.
    fn server(&self) -> &str;
    /// Sets the credential of every later request.
    fn set_credential(&mut self, credential: &str);
    /// `POST /enrol`.
    async fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError>;
    /// `GET /federations/{f}`.
    async fn federation(&mut self, id: &FederationId) -> Result<FederationInfo, TransportError>;
    /// `GET /federations/{f}/models/{version}/{digest}`.
    async fn model(&mut self, id: &FederationId, base: &Base) -> Result<Vec<u8>, TransportError>;
    /// `PUT /federations/{f}/rounds/{r}/updates/{id}`.
    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError>;
    /// `GET /federations/{f}/rounds/{r}/secure`: where an attempt with secure aggregation stands (JSON).
    async fn secure_view(&mut self, id: &FederationId, round: u32) -> Result<Vec<u8>, TransportError>;
    /// `POST /federations/{f}/rounds/{r}/attempts/{a}/secure`, with a message of secure aggregation (JSON).
    async fn send_secure(
        &mut self,
        id: &FederationId,
        attempt: RoundAttempt,
        message: &[u8],
    ) -> Result<(), TransportError>;
    /// `POST /federations/{f}/leave`.
    async fn leave(&mut self, id: &FederationId) -> Result<(), TransportError>;
    /// The next event; connects first where needed. Ends with `Cancelled` when the person stops it.
    async fn next_event(&mut self, id: &FederationId) -> Result<FederationEvent, TransportError>;
    /// Ends the event stream; the next event then has the newest state.
    fn disconnect(&mut self);
    /// Waits before trying again. Ends early when the person stops it.
    async fn pause(&mut self, ms: u32);
}

/// An update to send: repeated unchanged until it is acknowledged or refused.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingUpdate {
    /// The federation.
    pub federation: FederationId,
    /// The round it is for.
    pub round: u32,
    /// Its id.
    pub id: UpdateId,
    /// Its safetensors bytes.
    pub bytes: Vec<u8>,
    /// Names of the tensors in it, for the ledger.
    pub tensors: Vec<String>,
    /// What keeps the server from reading it.
    pub protection: Protection,
}

/// What keeps the server from reading a site's update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Protection {
    /// Nothing: the server has the update itself.
    None,
    /// Masks: the server learns only the sum of several sites' updates (secure aggregation).
    Masked {
        /// Fewest sites of the sum, this one among them.
        sites_min: u32,
        /// Most sites of the sum, this one among them.
        sites: u32,
    },
}

/// Random bytes for ids.
pub trait Entropy {
    /// 16 bytes nobody can guess.
    fn bytes(&mut self) -> [u8; 16];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let problem = serde_json::to_vec(&Problem::new(ProblemCode::TooMany, "slowly").with_retry_after(7)).unwrap();
        assert_eq!(TransportError::of_answer(429, None, &problem).retry_after_ms(), 7000);
        assert_eq!(TransportError::of_answer(429, Some(" 9 "), &problem).retry_after_ms(), 9000, "the header wins");
        assert_eq!(
            TransportError::of_answer(429, Some("Fri, 31 Dec 1999 23:59:59 GMT"), &problem).retry_after_ms(),
            7000
        );
        let by_a_proxy = TransportError::of_answer(503, Some("30"), b"<html>");
        assert!(matches!(&by_a_proxy, TransportError::Refused(p) if p.code.is_transient()), "{by_a_proxy:?}");
        assert_eq!(by_a_proxy.retry_after_ms(), 30_000);
        assert!(matches!(TransportError::of_answer(502, Some("30"), b""), TransportError::Lost(_)));
        let endless = TransportError::of_answer(429, Some("99999999999999"), &problem);
        assert_eq!(endless.retry_after_ms(), u32::MAX);
    }
}
