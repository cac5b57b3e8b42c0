//! What left this device: one entry a request, told before it is sent and again when it is answered.

use std::cell::Cell;

use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::objects::to_js;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    kind: &'static str,
    /// Counts up within this run of the engine; with `time_ms` it is unique.
    pub id: u32,
    /// When it was sent, milliseconds since 1970.
    pub time_ms: f64,
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path; no secret ever stands in one.
    pub path: String,
    /// The answer's status, or 0 while there is none.
    pub status: u16,
    /// Bytes of the body that was sent.
    pub bytes_sent: usize,
    /// Bytes of the body that came back.
    pub bytes_received: usize,
    /// Names of the tensors that were sent.
    pub tensors: Vec<String>,
    /// What it was for, in words.
    pub what: &'static str,
}

/// Tells the page of every request.
pub struct Ledger {
    on_event: Function,
    next: Cell<u32>,
}

impl Ledger {
    /// A ledger that tells `on_event`.
    pub fn new(on_event: Function) -> Self {
        Self { on_event, next: Cell::new(1) }
    }

    /// A new entry, not told yet.
    pub fn entry(&self, method: &'static str, path: &str, what: &'static str) -> Entry {
        let id = self.next.replace(self.next.get() + 1);
        Entry {
            kind: "ledger",
            id,
            time_ms: js_sys::Date::now(),
            method,
            path: path.to_owned(),
            status: 0,
            bytes_sent: 0,
            bytes_received: 0,
            tensors: Vec::new(),
            what,
        }
    }

    /// Tells the entry as it is now.
    pub fn tell(&self, entry: &Entry) {
        if let Ok(event) = to_js(entry) {
            let _ = self.on_event.call1(&JsValue::UNDEFINED, &event);
        }
    }
}
