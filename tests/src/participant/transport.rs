//! The participants' transport over plain HTTP, losing requests and responses by a seed.

use std::sync::{Arc, Mutex};

use fedner_core::participant::{Base, OutgoingUpdate, RoundAttempt, Transport, TransportError};
use fedner_protocol::{
    EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, Manifest, UpdateReceipt,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::{Attack, NOT_POISONED, Record};

/// How often a message is lost.
#[derive(Clone, Copy, Default)]
pub struct Losses {
    /// Decides which ones.
    pub seed: u64,
    /// Share of requests that never arrive.
    pub requests: f64,
    /// Share of answers that never come back, though the server acted.
    pub answers: f64,
}

/// What goes wrong on the way, and what is recorded.
#[derive(Clone, Copy)]
pub(super) struct TransportOptions {
    pub losses: Losses,
    /// What happens to updates before they are sent.
    pub attack: Option<Attack>,
    /// Whether the bytes of updates are recorded.
    pub keep_updates: bool,
}

pub(super) struct NativeTransport {
    origin: String,
    credential: Option<String>,
    http: reqwest::Client,
    options: TransportOptions,
    manifest: Option<Manifest>,
    rng: ChaCha8Rng,
    stream: Option<(Response, Vec<u8>)>,
    record: Arc<Mutex<Record>>,
}

impl NativeTransport {
    pub fn new(origin: &str, options: TransportOptions, record: Arc<Mutex<Record>>) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(options.losses.seed);
        let (origin, http) = (origin.to_owned(), reqwest::Client::new());
        let (manifest, stream) = (None, None);
        Self { origin, credential: None, http, options, manifest, rng, stream, record }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.origin));
        self.credential.iter().fold(request, |request, credential| request.bearer_auth(credential))
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response, TransportError> {
        if self.rng.random::<f64>() < self.options.losses.requests {
            return Err(TransportError::Lost("the test lost the request".into()));
        }
        let response = request.send().await.map_err(|e| TransportError::Lost(e.to_string()))?;
        if self.rng.random::<f64>() < self.options.losses.answers {
            return Err(TransportError::Lost("the test lost the answer".into()));
        }
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(|e| TransportError::Lost(e.to_string()))?;
        let retry_after = headers.get("retry-after").and_then(|value| value.to_str().ok());
        Err(TransportError::of_answer(status, retry_after, &body))
    }

    async fn json<A: DeserializeOwned>(&mut self, request: RequestBuilder) -> Result<A, TransportError> {
        self.send(request).await?.json().await.map_err(|e| TransportError::Malformed(e.to_string()))
    }
}

impl Transport for NativeTransport {
    fn server(&self) -> &str {
        &self.origin
    }

    fn set_credential(&mut self, credential: &str) {
        self.credential = Some(credential.to_owned());
    }

    async fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        let request = self.request(Method::POST, "/enrol").json(request);
        self.json(request).await
    }

    async fn federation(&mut self, id: &FederationId) -> Result<FederationInfo, TransportError> {
        let request = self.request(Method::GET, &format!("/federations/{id}"));
        let info: FederationInfo = self.json(request).await?;
        self.manifest = Some(info.manifest.clone());
        Ok(info)
    }

    async fn model(&mut self, id: &FederationId, base: &Base) -> Result<Vec<u8>, TransportError> {
        let path = format!("/federations/{id}/models/{}/{}", base.version, base.digest);
        let request = self.request(Method::GET, &path);
        let bytes = self.send(request).await?.bytes().await.map_err(|e| TransportError::Lost(e.to_string()))?;
        Ok(bytes.to_vec())
    }

    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError> {
        {
            let mut record = self.record.lock().expect(NOT_POISONED);
            record.update_bytes += update.bytes.len() as u64;
            if self.options.keep_updates {
                record.updates.push((update.round, update.bytes.clone()));
            }
        }
        let path = format!("/federations/{}/rounds/{}/updates/{}", update.federation, update.round, update.id);
        let body = match (self.options.attack, &self.manifest) {
            (Some(attack), Some(manifest)) => attack.on(manifest, &update.bytes),
            _ => update.bytes.clone(),
        };
        let request = self.request(Method::PUT, &path).body(body);
        self.json(request).await
    }

    async fn secure_view(&mut self, id: &FederationId, round: u32) -> Result<Vec<u8>, TransportError> {
        let request = self.request(Method::GET, &format!("/federations/{id}/rounds/{round}/secure"));
        let bytes = self.send(request).await?.bytes().await.map_err(|e| TransportError::Lost(e.to_string()))?;
        Ok(bytes.to_vec())
    }

    async fn send_secure(
        &mut self,
        id: &FederationId,
        RoundAttempt { round, attempt }: RoundAttempt,
        message: &[u8],
    ) -> Result<(), TransportError> {
        let path = format!("/federations/{id}/rounds/{round}/attempts/{attempt}/secure");
        let request = self.request(Method::POST, &path).header("content-type", "application/json");
        self.send(request.body(message.to_vec())).await.map(drop)
    }

    async fn leave(&mut self, id: &FederationId) -> Result<(), TransportError> {
        self.stream = None;
        let request = self.request(Method::POST, &format!("/federations/{id}/leave"));
        self.send(request).await.map(drop)
    }

    async fn next_event(&mut self, id: &FederationId) -> Result<FederationEvent, TransportError> {
        if self.stream.is_none() {
            let request = self.request(Method::GET, &format!("/federations/{id}/events"));
            self.stream = Some((self.send(request).await?, Vec::new()));
        }
        let (response, unread) = self.stream.as_mut().expect("it was just opened");
        loop {
            if let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
                let block = String::from_utf8(unread.drain(..end + 2).collect()).expect("events are UTF-8");
                if let Some(data) = block.lines().find_map(|line| line.strip_prefix("data:")) {
                    return serde_json::from_str(data).map_err(|e| TransportError::Malformed(e.to_string()));
                }
                continue;
            }
            match response.chunk().await {
                Ok(Some(bytes)) => unread.extend_from_slice(&bytes),
                _ => {
                    self.stream = None;
                    return Err(TransportError::Lost("the event stream ended".into()));
                }
            }
        }
    }

    fn disconnect(&mut self) {
        self.stream = None;
    }

    async fn pause(&mut self, _: u32) {
        tokio::task::yield_now().await; // the test's losses are not helped by waiting
    }
}
