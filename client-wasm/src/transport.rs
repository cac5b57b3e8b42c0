//! The only code that sends anything. Every request of the engine goes through [`HttpTransport::request`], which writes it
//! into the ledger before it is sent.

use std::rc::Rc;

use fedner_core::participant::{Base, OutgoingUpdate, Protection, RoundAttempt, Transport, TransportError};
use fedner_interface::LedgerEvent;
use fedner_protocol::{
    API_BASE, EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, TENSORS_CONTENT_TYPE,
    UpdateReceipt,
};
use gloo_net::http::{Method, RequestBuilder, Response};
use js_sys::{Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials};

use crate::{abort::Stop, ledger::Ledger, stream::EventStream};

/// Longest wait for the answer to a request, in milliseconds.
const ANSWER_MS_MAX: u32 = 120_000;
/// Longest wait for the answer to leaving: a person who presses Cancel has waited enough.
const LEAVE_MS_MAX: u32 = 3_000;
/// Largest answer that is taken, in bytes.
const ANSWER_BYTES_MAX: usize = 256 << 20;
const JSON: &str = "application/json";

/// Requests to one server, through the browser's fetch.
pub struct HttpTransport {
    server: String,
    credential: Option<String>,
    ledger: Rc<Ledger>,
    stop: Stop,
    stream: Option<EventStream>,
}

/// What goes out.
struct Outgoing<'a> {
    method: Method,
    path: String,
    what: &'static str,
    body: Option<(&'static str, &'a [u8])>,
    tensors: Vec<String>,
    /// Of an update: what keeps the server from reading it.
    protection: Option<Protection>,
    /// Whether it is sent even though the person stopped the operation.
    always: bool,
}

impl<'a> Outgoing<'a> {
    fn new(method: Method, path: String, what: &'static str) -> Self {
        Self {
            method,
            path: format!("{API_BASE}{path}"),
            what,
            body: None,
            tensors: Vec::new(),
            protection: None,
            always: false,
        }
    }

    fn body(mut self, content_type: &'static str, bytes: &'a [u8]) -> Self {
        self.body = Some((content_type, bytes));
        self
    }
}

impl HttpTransport {
    /// A transport to a server's origin.
    pub fn new(server: String, ledger: Rc<Ledger>, stop: Stop) -> Self {
        Self { server, credential: None, ledger, stop, stream: None }
    }

    /// Sends a request and returns the answer's head, if the server did not refuse.
    async fn request(&self, outgoing: Outgoing<'_>) -> Result<(Response, LedgerEvent), TransportError> {
        let mut entry = self.ledger.entry(name_of(&outgoing.method), &outgoing.path, outgoing.what);
        entry.bytes_sent = outgoing.body.map_or(0, |(_, bytes)| bytes.len());
        entry.tensors = outgoing.tensors;
        entry.protection = outgoing.protection;
        if self.stop.is_stopped() && !outgoing.always {
            return Err(TransportError::Cancelled);
        }
        let signals = if outgoing.always { Array::new() } else { Array::of1(&self.stop.signal()) };
        // An event stream stays open; its silence is watched where it is read.
        if outgoing.what != STREAM {
            let ms = if outgoing.always { LEAVE_MS_MAX } else { ANSWER_MS_MAX };
            signals.push(&AbortSignal::timeout_with_u32(ms));
        }
        let mut builder = RequestBuilder::new(&format!("{}{}", self.server, outgoing.path))
            .method(outgoing.method)
            .credentials(RequestCredentials::Omit)
            .referrer_policy(ReferrerPolicy::NoReferrer)
            .cache(RequestCache::NoStore)
            .abort_signal(Some(&AbortSignal::any(&signals)));
        if let Some(credential) = &self.credential {
            builder = builder.header("authorization", &format!("Bearer {credential}"));
        }
        let request = match outgoing.body {
            Some((content_type, bytes)) => {
                builder.header("content-type", content_type).body(JsValue::from(Uint8Array::from(bytes)))
            }
            None => builder.build(),
        };
        let request = request.map_err(|e| TransportError::Malformed(e.to_string()))?;
        self.ledger.report(&entry);
        let response = request.send().await.map_err(|e| self.lost(&e))?;
        entry.status = response.status();
        if response.ok() {
            return Ok((response, entry));
        }
        let retry_after = response.headers().get("retry-after");
        let bytes = self.body(&response, &mut entry).await?;
        Err(TransportError::of_answer(entry.status, retry_after.as_deref(), &bytes))
    }

    async fn bytes(&self, outgoing: Outgoing<'_>) -> Result<Vec<u8>, TransportError> {
        let (response, mut entry) = self.request(outgoing).await?;
        self.body(&response, &mut entry).await
    }

    async fn json<A: DeserializeOwned>(&self, outgoing: Outgoing<'_>) -> Result<A, TransportError> {
        let bytes = self.bytes(outgoing).await?;
        serde_json::from_slice(&bytes).map_err(|e| TransportError::Malformed(e.to_string()))
    }

    /// Reads an answer's body and completes its line in the ledger.
    async fn body(&self, response: &Response, entry: &mut LedgerEvent) -> Result<Vec<u8>, TransportError> {
        let bytes = response.binary().await;
        entry.bytes_received = bytes.as_ref().map_or(0, Vec::len);
        self.ledger.report(entry);
        let bytes = bytes.map_err(|e| self.lost(&e))?;
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(TransportError::Malformed(format!("{} bytes are too many", bytes.len())));
        }
        Ok(bytes)
    }

    fn lost(&self, error: &gloo_net::Error) -> TransportError {
        if self.stop.is_stopped() { TransportError::Cancelled } else { TransportError::Lost(error.to_string()) }
    }
}

const STREAM: &str = "listen for rounds";

impl Transport for HttpTransport {
    fn server(&self) -> &str {
        &self.server
    }

    fn set_credential(&mut self, credential: &str) {
        self.credential = Some(credential.to_owned());
    }

    async fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        let body = to_json(request)?;
        self.json(Outgoing::new(Method::POST, "/enrol".to_owned(), "join the federation").body(JSON, &body)).await
    }

    async fn federation(&mut self, id: &FederationId) -> Result<FederationInfo, TransportError> {
        self.json(Outgoing::new(Method::GET, format!("/federations/{id}"), "read the federation's rules")).await
    }

    async fn model(&mut self, id: &FederationId, base: &Base) -> Result<Vec<u8>, TransportError> {
        let path = format!("/federations/{id}/models/{}/{}", base.version, base.digest);
        self.bytes(Outgoing::new(Method::GET, path, "fetch the global shared module")).await
    }

    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError> {
        let path = format!("/federations/{}/rounds/{}/updates/{}", update.federation, update.round, update.id);
        let mut outgoing = Outgoing::new(Method::PUT, path, "send the shared module's update");
        outgoing.tensors.clone_from(&update.tensors);
        outgoing.protection = Some(update.protection);
        self.json(outgoing.body(TENSORS_CONTENT_TYPE, &update.bytes)).await
    }

    async fn secure_view(&mut self, id: &FederationId, round: u32) -> Result<Vec<u8>, TransportError> {
        let path = format!("/federations/{id}/rounds/{round}/secure");
        self.bytes(Outgoing::new(Method::GET, path, "ask where secure aggregation stands")).await
    }

    async fn send_secure(
        &mut self,
        id: &FederationId,
        RoundAttempt { round, attempt }: RoundAttempt,
        message: &[u8],
    ) -> Result<(), TransportError> {
        let path = format!("/federations/{id}/rounds/{round}/attempts/{attempt}/secure");
        self.bytes(Outgoing::new(Method::POST, path, "keys and shares of the masks").body(JSON, message))
            .await
            .map(drop)
    }

    async fn leave(&mut self, id: &FederationId) -> Result<(), TransportError> {
        self.disconnect();
        if self.credential.is_none() {
            return Ok(());
        }
        let mut outgoing = Outgoing::new(Method::POST, format!("/federations/{id}/leave"), "leave for now");
        outgoing.always = true;
        self.bytes(outgoing).await.map(drop)
    }

    async fn next_event(&mut self, id: &FederationId) -> Result<FederationEvent, TransportError> {
        if self.stream.is_none() {
            let outgoing = Outgoing::new(Method::GET, format!("/federations/{id}/events"), STREAM);
            let (response, entry) = self.request(outgoing).await?;
            self.ledger.report(&entry);
            let body =
                response.body().ok_or_else(|| TransportError::Malformed("an event stream without body".into()))?;
            self.stream = Some(EventStream::new(&body, entry));
        }
        let Some(stream) = &mut self.stream else {
            return Err(TransportError::Lost("there is no event stream".to_owned()));
        };
        let event = stream.next(&self.stop).await;
        if event.is_err() {
            self.disconnect();
        }
        event
    }

    fn disconnect(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.close();
            self.ledger.report(&stream.entry);
        }
    }

    async fn pause(&mut self, ms: u32) {
        self.stop.pause(ms).await;
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, TransportError> {
    serde_json::to_vec(value).map_err(|e| TransportError::Malformed(e.to_string()))
}

fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        _ => "OTHER",
    }
}
