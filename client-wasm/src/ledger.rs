//! What left this device: one entry a request, reported before it is sent and again when it is answered.

use std::cell::Cell;

use fedner_interface::LedgerEvent;
use js_sys::Function;
use wasm_bindgen::JsValue;

use fedner_js::to_js;

/// Reports every request to the page.
pub struct Ledger {
    on_event: Function,
    next: Cell<u32>,
}

impl Ledger {
    /// A ledger that reports to `on_event`.
    pub fn new(on_event: Function) -> Self {
        Self { on_event, next: Cell::new(1) }
    }

    /// A new entry, not reported yet.
    pub fn entry(&self, method: &'static str, path: &str, what: &'static str) -> LedgerEvent {
        let id = self.next.replace(self.next.get() + 1);
        LedgerEvent::new(id, js_sys::Date::now(), method, path, what)
    }

    /// Reports an entry as it is now.
    pub fn report(&self, entry: &LedgerEvent) {
        if let Ok(event) = to_js(entry) {
            let _ = self.on_event.call1(&JsValue::UNDEFINED, &event);
        }
    }
}
