//! Server-sent events over fetch, so that the credential travels in a header and never in a URL.

use fedner_core::participant::TransportError;
use fedner_interface::LedgerEvent;
use fedner_protocol::FederationEvent;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::abort::Stop;

/// Largest event that is taken, in bytes; ours have a few hundred.
const EVENT_BYTES_MAX: usize = 64 << 10;
/// A stream that is silent for longer is dead: the server sends a sign of life more often.
const SILENCE_MS_MAX: u32 = 60_000;

/// An open event stream.
pub struct EventStream {
    reader: ReadableStreamDefaultReader,
    buffer: Vec<u8>,
    /// Its line in the ledger.
    pub entry: LedgerEvent,
}

impl EventStream {
    /// Reads a response's body.
    pub fn new(body: &ReadableStream, entry: LedgerEvent) -> Self {
        Self { reader: body.get_reader().unchecked_into(), buffer: Vec::new(), entry }
    }

    /// The next event.
    ///
    /// # Errors
    /// `Lost` when the stream ended or is silent for too long, `Malformed` when it is not an event of this protocol.
    pub async fn next(&mut self, stop: &Stop) -> Result<FederationEvent, TransportError> {
        loop {
            if let Some(block) = self.take_block() {
                match data_of(&block) {
                    Some(data) => {
                        return serde_json::from_str(&data).map_err(|e| TransportError::Malformed(e.to_string()));
                    }
                    None => continue, // a comment, sent as a sign of life
                }
            }
            if self.buffer.len() > EVENT_BYTES_MAX {
                return Err(TransportError::Malformed(format!("an event of more than {EVENT_BYTES_MAX} bytes")));
            }
            self.read(stop).await?;
        }
    }

    /// Ends the stream.
    pub fn close(&self) {
        let cancelled = self.reader.cancel();
        // A stream that has failed already refuses to be cancelled; nobody needs to hear of that.
        spawn_local(async move {
            let _ = JsFuture::from(cancelled).await;
        });
    }

    async fn read(&mut self, stop: &Stop) -> Result<(), TransportError> {
        let lost = |e: JsValue| TransportError::Lost(format!("the event stream broke ({e:?})"));
        let chunk = stop.race(Some(self.reader.read()), SILENCE_MS_MAX).await.map_err(lost)?;
        if stop.is_stopped() {
            return Err(TransportError::Cancelled);
        }
        let Some(chunk) = chunk else {
            return Err(TransportError::Lost("the event stream fell silent".to_owned()));
        };
        let field = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if field("done").is_truthy() {
            return Err(TransportError::Lost("the event stream ended".to_owned()));
        }
        let bytes = field("value").dyn_into::<Uint8Array>().map_err(lost)?.to_vec();
        self.entry.bytes_received += bytes.len();
        self.buffer.extend(bytes.iter().filter(|b| **b != b'\r'));
        Ok(())
    }

    /// The bytes up to the next blank line.
    fn take_block(&mut self) -> Option<String> {
        let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
        let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
        Some(String::from_utf8_lossy(&block).into_owned())
    }
}

/// The data lines of an event, or nothing when it has none.
fn data_of(block: &str) -> Option<String> {
    let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    (!lines.is_empty()).then(|| lines.iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect::<Vec<_>>().join("\n"))
}
