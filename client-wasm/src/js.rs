//! Values on their way to and from JavaScript.

use js_sys::{Array, Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};

/// Serialises as JSON would: objects for maps, numbers for integers, null for nothing.
pub fn to_js(value: &(impl Serialize + ?Sized)) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// Reads an argument.
///
/// # Errors
/// When the page gave something else.
pub fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(value)
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

/// Names and bytes of files that the page has read; `None` when the page gave something else.
pub fn input_files(files: &JsValue) -> Option<Vec<(String, Vec<u8>)>> {
    let file = |file: JsValue| {
        let name = Reflect::get(&file, &"name".into()).ok()?.as_string()?;
        let bytes = Reflect::get(&file, &"bytes".into()).ok()?.dyn_into::<Uint8Array>().ok()?;
        Some((name, bytes.to_vec()))
    };
    files.dyn_ref::<Array>()?.iter().map(file).collect()
}
