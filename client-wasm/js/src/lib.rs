//! Values on their way to and from JavaScript, for each of the page's wasm modules.

use fedner_interface::{EngineFailure, ErrorCode};
use js_sys::{Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

/// Serialises as JSON would: objects for maps, numbers for integers, null for nothing.
///
/// # Errors
/// When the value has no form there.
pub fn to_js(value: &(impl Serialize + ?Sized)) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// Reads an argument of a call.
///
/// # Errors
/// When the page gave something else.
pub fn argument<T: DeserializeOwned>(value: JsValue) -> Result<T, EngineFailure> {
    serde_wasm_bindgen::from_value(value)
        .map_err(|error| fault_of_the_page(format!("an argument can't be read: {error}")))
}

/// Adds a field that JSON has no form for.
pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    // Only objects made here are set, and they take every field.
    let _ = Reflect::set(object, &name.into(), value);
}

/// Adds bytes as a `Uint8Array`.
pub fn set_bytes(object: &JsValue, name: &str, bytes: &[u8]) {
    set(object, name, &Uint8Array::from(bytes));
}

/// A failure as what JavaScript catches.
pub fn thrown(failure: &EngineFailure) -> JsValue {
    to_js(failure).unwrap_or_else(|_| JsValue::from_str(&failure.message))
}

/// A failure of a call that the page has made wrongly.
pub fn fault_of_the_page(message: impl ToString) -> EngineFailure {
    EngineFailure::new(ErrorCode::Internal, message, "This is a fault of the page.")
}

/// Has a panic written to the console before the module stops. `what` names the module.
pub fn report_panics(what: &'static str) {
    std::panic::set_hook(Box::new(move |info| {
        web_sys::console::error_1(&JsValue::from_str(&format!("{what} stopped: {info}")));
    }));
}
