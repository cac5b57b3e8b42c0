//! What a participant needs of the outside: a way to the server, and randomness.

use fedner_protocol::{
    EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, Problem, UpdateId, UpdateReceipt,
};

/// Why a request has no good answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// The server refused it and said why.
    #[error("the server refused: {} ({})", .0.detail, .0.title)]
    Refused(Problem),
    /// No answer came; the request may or may not have arrived.
    #[error("no answer from the server: {0}")]
    Lost(String),
    /// An answer came that can't be understood.
    #[error("the server's answer can't be understood: {0}")]
    Garbled(String),
    /// The person stopped it.
    #[error("stopped")]
    Cancelled,
}

/// The way to the server. Requests carry the credential once it is set.
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
    /// `GET /federations/{f}/models/{version}`.
    async fn model(&mut self, id: &FederationId, version: u32) -> Result<Vec<u8>, TransportError>;
    /// `PUT /federations/{f}/rounds/{r}/updates/{id}`.
    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError>;
    /// `POST /federations/{f}/leave`.
    async fn leave(&mut self, id: &FederationId) -> Result<(), TransportError>;
    /// The next event; connects first where needed. Ends with `Cancelled` when the person stops it.
    async fn next_event(&mut self, id: &FederationId) -> Result<FederationEvent, TransportError>;
    /// Ends the event stream; the next event then tells the newest state.
    fn disconnect(&mut self);
    /// Waits before trying again. Ends early when the person stops it.
    async fn pause(&mut self, ms: u32);
}

/// An update on its way: sent again unchanged until it is acknowledged or refused.
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
}

/// Random bytes for ids.
pub trait Entropy {
    /// 16 bytes nobody can guess.
    fn bytes(&mut self) -> [u8; 16];
}
