//! The event stream, read message by message.

use std::time::Duration;

use fedner_protocol::{FederationEvent, Happened};
use reqwest::{RequestBuilder, Response};

/// A test that waits longer than this for an event has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// An open event stream; dropping it closes the connection.
pub struct Events {
    response: Response,
    unread: Vec<u8>,
    last_id: u64,
}

impl Events {
    /// Opens a stream and expects it to be one.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200, "GET events");
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(media_type, Some("text/event-stream"));
        Self { response, unread: Vec::new(), last_id: 0 }
    }

    /// The next event; `None` when the server ended the stream.
    pub async fn next(&mut self) -> Option<FederationEvent> {
        tokio::time::timeout(WAIT_MAX, self.read()).await.expect("an event comes in time")
    }

    async fn read(&mut self) -> Option<FederationEvent> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|two| two == b"\n\n") {
                let message: Vec<u8> = self.unread.drain(..end + 2).collect();
                let message = String::from_utf8(message).expect("a message is UTF-8");
                if let Some(event) = self.parse(&message) {
                    return Some(event);
                }
                continue;
            }
            let chunk = self.response.chunk().await.expect("the stream is not cut off")?;
            self.unread.extend_from_slice(&chunk);
        }
    }

    /// Reads on until something happened.
    pub async fn until(&mut self, what: impl Fn(&Happened) -> bool) -> FederationEvent {
        loop {
            let event = self.next().await.expect("the stream goes on until what the test waits for");
            if what(&event.happened) {
                return event;
            }
        }
    }

    /// Reads on until this happened.
    pub async fn wait_for(&mut self, happened: Happened) -> FederationEvent {
        self.until(|h| *h == happened).await
    }

    fn parse(&mut self, message: &str) -> Option<FederationEvent> {
        let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let data = field("data")?;
        assert_eq!(field("event"), Some("state"));
        let id: u64 = field("id").and_then(|id| id.parse().ok()).expect("every event has a number");
        assert!(id > self.last_id, "event numbers grow");
        self.last_id = id;
        Some(serde_json::from_str(data).unwrap_or_else(|e| panic!("{e}: {data}")))
    }
}
