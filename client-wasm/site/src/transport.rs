//! Requests to the server, each with a limit of time and size; TLS by rustls with the system's certificates.

use std::path::Path;
use std::time::Duration;

use fedner_core::participant::{Base, OutgoingUpdate, RoundAttempt, Transport, TransportError};
use fedner_protocol::{EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, UpdateReceipt};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, redirect::Policy};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::stop::Stop;

/// Longest time until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time without a byte of an answer.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// A stream that is silent for longer is dead: the server sends a sign of life more often.
const STREAM_SILENCE_MAX: Duration = Duration::from_secs(60);
/// Longest time for saying that this site leaves.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer with JSON, in bytes.
const JSON_BYTES_MAX: usize = 16 << 20;
/// Largest shared module, in bytes.
const MODEL_BYTES_MAX: usize = 512 << 20;
/// Largest event, in bytes; the server's have a few hundred.
const EVENT_BYTES_MAX: usize = 64 << 10;

/// The server, as the participant sees it.
pub struct HttpTransport {
    server: String,
    credential: Option<String>,
    http: Client,
    stop: Stop,
    stream: Option<EventStream>,
}

struct EventStream {
    response: Response,
    unread: Vec<u8>,
}

impl HttpTransport {
    /// For a server's origin; `certificate` is a file (PEM) of an authority that is trusted beside the system's.
    ///
    /// # Errors
    /// When the certificate can't be read or used.
    pub fn new(server: &str, certificate: Option<&Path>, stop: &Stop) -> Result<Self, Failure> {
        let mut client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_MAX)
            // A credential is for this server alone.
            .redirect(Policy::none())
            .user_agent(concat!("fedner-site/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = certificate {
            let failed = |e: &dyn std::fmt::Display| Failure::Usage(format!("--ca {}: {e}", file.display()));
            let pem = std::fs::read(file).map_err(|e| failed(&e))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|e| failed(&e))?;
            client = certificates.into_iter().fold(client, reqwest::ClientBuilder::add_root_certificate);
        }
        let http = client.build().map_err(|e| Failure::Other(format!("no connection can be made: {}", chain(&e))))?;
        Ok(Self { server: server.to_owned(), credential: None, http, stop: stop.clone(), stream: None })
    }

    /// The pack of a pretrained encoder, by its file's name on the server.
    pub async fn encoder_pack(&self, name: &str, bytes_max: usize) -> Result<Vec<u8>, TransportError> {
        let response = self.send(self.request(Method::GET, &format!("/encoders/{name}"))).await?;
        self.read(response, bytes_max).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.server));
        self.credential.iter().fold(request, |request, credential| request.bearer_auth(credential))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, TransportError> {
        let response = self.stop.race(request.send()).await?.map_err(|e| lost(&e))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.read(response, JSON_BYTES_MAX).await?;
        let retry_after = headers.get("retry-after").and_then(|value| value.to_str().ok());
        Err(TransportError::of_answer(status, retry_after, &body))
    }

    async fn read(&self, mut response: Response, bytes_max: usize) -> Result<Vec<u8>, TransportError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.stop.race(response.chunk()).await?.map_err(|e| lost(&e))? {
            if bytes.len() + chunk.len() > bytes_max {
                return Err(TransportError::Malformed(format!("it has more than {bytes_max} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn bytes(&self, request: RequestBuilder, bytes_max: usize) -> Result<Vec<u8>, TransportError> {
        let response = self.send(request).await?;
        self.read(response, bytes_max).await
    }

    async fn json<A: DeserializeOwned>(&self, request: RequestBuilder) -> Result<A, TransportError> {
        let bytes = self.bytes(request, JSON_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map_err(|e| TransportError::Malformed(e.to_string()))
    }

    async fn opened(&mut self, id: &FederationId) -> Result<EventStream, TransportError> {
        if let Some(stream) = self.stream.take() {
            return Ok(stream);
        }
        let request = self.request(Method::GET, &format!("/federations/{id}/events"));
        Ok(EventStream { response: self.send(request).await?, unread: Vec::new() })
    }
}

impl EventStream {
    async fn next(&mut self, stop: &Stop) -> Result<FederationEvent, TransportError> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                // A block without data is a comment, sent as a sign of life.
                if let Some(data) = data_of(&String::from_utf8_lossy(&block)) {
                    return serde_json::from_str(&data).map_err(|e| TransportError::Malformed(e.to_string()));
                }
            }
            if self.unread.len() > EVENT_BYTES_MAX {
                return Err(TransportError::Malformed(format!("an event of more than {EVENT_BYTES_MAX} bytes")));
            }
            match stop.race(tokio::time::timeout(STREAM_SILENCE_MAX, self.response.chunk())).await? {
                Ok(Ok(Some(bytes))) => self.unread.extend(bytes.iter().filter(|byte| **byte != b'\r')),
                Ok(Ok(None)) => return Err(TransportError::Lost("the event stream ended".to_owned())),
                Ok(Err(error)) => return Err(lost(&error)),
                Err(_) => return Err(TransportError::Lost("the event stream fell silent".to_owned())),
            }
        }
    }
}

impl Transport for HttpTransport {
    fn server(&self) -> &str {
        &self.server
    }

    fn set_credential(&mut self, credential: &str) {
        self.credential = Some(credential.to_owned());
    }

    async fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        self.json(self.request(Method::POST, "/enrol").json(request)).await
    }

    async fn federation(&mut self, id: &FederationId) -> Result<FederationInfo, TransportError> {
        self.json(self.request(Method::GET, &format!("/federations/{id}"))).await
    }

    async fn model(&mut self, id: &FederationId, base: &Base) -> Result<Vec<u8>, TransportError> {
        let path = format!("/federations/{id}/models/{}/{}", base.version, base.digest);
        self.bytes(self.request(Method::GET, &path), MODEL_BYTES_MAX).await
    }

    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError> {
        let path = format!("/federations/{}/rounds/{}/updates/{}", update.federation, update.round, update.id);
        self.json(self.request(Method::PUT, &path).body(update.bytes.clone())).await
    }

    async fn secure_view(&mut self, id: &FederationId, round: u32) -> Result<Vec<u8>, TransportError> {
        let path = format!("/federations/{id}/rounds/{round}/secure");
        self.bytes(self.request(Method::GET, &path), JSON_BYTES_MAX).await
    }

    async fn send_secure(
        &mut self,
        id: &FederationId,
        RoundAttempt { round, attempt }: RoundAttempt,
        message: &[u8],
    ) -> Result<(), TransportError> {
        let path = format!("/federations/{id}/rounds/{round}/attempts/{attempt}/secure");
        let request = self.request(Method::POST, &path).header("content-type", "application/json");
        self.bytes(request.body(message.to_vec()), JSON_BYTES_MAX).await.map(drop)
    }

    async fn leave(&mut self, id: &FederationId) -> Result<(), TransportError> {
        self.disconnect();
        if self.credential.is_none() {
            return Ok(());
        }
        // Sent also when the person stopped it: that is what it tells the server.
        let request = self.request(Method::POST, &format!("/federations/{id}/leave")).timeout(LEAVE_TIMEOUT);
        request.send().await.map(drop).map_err(|e| lost(&e))
    }

    async fn next_event(&mut self, id: &FederationId) -> Result<FederationEvent, TransportError> {
        let mut stream = self.opened(id).await?;
        let event = stream.next(&self.stop).await?;
        self.stream = Some(stream);
        Ok(event)
    }

    fn disconnect(&mut self) {
        self.stream = None;
    }

    async fn pause(&mut self, ms: u32) {
        let _ = self.stop.race(tokio::time::sleep(Duration::from_millis(ms.into()))).await;
    }
}

fn lost(error: &reqwest::Error) -> TransportError {
    TransportError::Lost(chain(error))
}

/// An error with its causes: the library's own words leave out why a connection failed.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string);
    std::iter::once(error.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
}

/// The data lines of an event, or nothing when it has none.
fn data_of(block: &str) -> Option<String> {
    let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    (!lines.is_empty()).then(|| lines.iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect::<Vec<_>>().join("\n"))
}
