//! Secure aggregation's cryptography is a module of its own: the worker loads it, stores its state and signs
//! (`www/worker/masking.js`). Here is only the way to it.

use fedner_core::participant::{Masking, PackedNumbers, RoundAttempt, SecureAction};
use fedner_protocol::FederationId;
use js_sys::{Array, Function, Int32Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The worker's object with the functions `next` and `mask`.
pub struct WorkerMasking(JsValue);

impl WorkerMasking {
    /// Calls `host`.
    pub fn new(host: JsValue) -> Self {
        Self(host)
    }

    async fn call(&self, name: &str, arguments: &Array) -> Result<JsValue, String> {
        let function = Reflect::get(&self.0, &name.into()).and_then(|found| found.dyn_into::<Function>());
        let promise = function.and_then(|function| function.apply(&self.0, arguments)).map_err(|e| in_words(&e))?;
        JsFuture::from(Promise::resolve(&promise)).await.map_err(|e| in_words(&e))
    }
}

impl Masking for WorkerMasking {
    const SUPPORTED: bool = true;

    async fn next(&mut self, id: &FederationId, of: RoundAttempt, view: &[u8]) -> Result<SecureAction, String> {
        let arguments = Array::of4(&id.as_str().into(), &of.round.into(), &of.attempt.into(), &Uint8Array::from(view));
        let answer = self.call("next", &arguments).await?;
        match text(&answer, "kind").as_deref() {
            Some("send") => Ok(SecureAction::Send(bytes(&answer, "message")?)),
            Some("wait") => Ok(SecureAction::Wait),
            Some("mask") => Ok(SecureAction::Mask),
            Some("out") => Ok(SecureAction::Out),
            Some("refuse") => Ok(SecureAction::Refuse(text(&answer, "reason").unwrap_or_default())),
            _ => Err(NOT_UNDERSTOOD.to_owned()),
        }
    }

    async fn mask(
        &mut self,
        id: &FederationId,
        view: &[u8],
        levels: u32,
        values: &[i32],
    ) -> Result<Option<PackedNumbers>, String> {
        let arguments =
            Array::of4(&id.as_str().into(), &Uint8Array::from(view), &levels.into(), &Int32Array::from(values));
        let answer = self.call("mask", &arguments).await?;
        if answer.is_null() || answer.is_undefined() {
            return Ok(None);
        }
        let number = |name: &str| field(&answer, name).as_f64().map(|number| number as u32).ok_or(NOT_UNDERSTOOD);
        let (bits, sites, sites_min) = (number("bits")?, number("sites")?, number("sites_min")?);
        Ok(Some(PackedNumbers { bits, bytes: bytes(&answer, "bytes")?, sites, sites_min }))
    }
}

/// A fault of the worker.
const NOT_UNDERSTOOD: &str = "an answer of this page's own worker can't be understood";

fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(object: &JsValue, name: &str) -> Option<String> {
    field(object, name).as_string()
}

fn bytes(object: &JsValue, name: &str) -> Result<Vec<u8>, String> {
    field(object, name).dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).map_err(|_| NOT_UNDERSTOOD.to_owned())
}

fn in_words(fault: &JsValue) -> String {
    text(fault, "message").or_else(|| fault.as_string()).unwrap_or_else(|| format!("{fault:?}"))
}
