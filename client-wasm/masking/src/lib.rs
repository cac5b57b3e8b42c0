//! The browser module of secure aggregation's cryptography. The worker loads it for the first federation that asks for it,
//! stores its state before anything that rests on it is sent, and signs; see `www/worker/masking.js`.
//!
//! States, views and messages are JSON as bytes. What goes wrong is thrown as an `Error` in words for a person.

use fedner_protocol::pack_numbers;
use fedner_secure_aggregation::{Action, Attempt, Masked, Refusal, SiteState, View};
use js_sys::{Object, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// What to do next in an attempt, given where it stands: an object with a `kind`, which is `sign` (a `statement`, for
/// [`keys_message`]), `send` (a `message`), `wait`, `mask`, `out`, or `refuse` (for a `reason`).
///
/// `state` is there where it has changed: it is stored before anything else is done. `peers` has the identity key of each
/// site that was met, as bytes. `entropy` are 32 bytes that nobody can guess.
#[wasm_bindgen]
pub fn next(
    state: Option<Vec<u8>>,
    federation: &str,
    round: u32,
    attempt: u32,
    view: &[u8],
    entropy: &[u8],
) -> Result<Object, JsValue> {
    let federation = federation.parse().map_err(thrown)?;
    let entropy = entropy.try_into().map_err(|_| thrown("32 random bytes are needed"))?;
    let mut site = SiteState::read(state.as_deref()).map_err(thrown)?;
    let action = site.next(&Attempt { federation, round, attempt }, &parsed::<View>(view)?, entropy).map_err(thrown)?;
    let answer = Object::new();
    let kind = match action {
        Action::Sign(statement) => {
            set(&answer, "statement", &statement.into());
            "sign"
        }
        Action::Send(message) => {
            let message = serde_json::to_vec(&message).map_err(thrown)?;
            set(&answer, "message", &Uint8Array::from(message.as_slice()));
            "send"
        }
        Action::Refuse(refusal) => {
            set(&answer, "reason", &refusal.to_string().into());
            "refuse"
        }
        Action::Wait => "wait",
        Action::Mask => "mask",
        Action::Out => "out",
    };
    set(&answer, "kind", &kind.into());
    set_state(&answer, &site, state.as_deref())?;
    let peers = Object::new();
    for (peer, identity) in site.pins() {
        set(&peers, &peer.to_string(), &Uint8Array::from(identity.0.as_slice()));
    }
    set(&answer, "peers", &peers);
    Ok(answer)
}

/// The message with this site's keys, given the signature of the statement by its identity key.
#[wasm_bindgen(js_name = keysMessage)]
pub fn keys_message(state: Vec<u8>, signature: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    let message = SiteState::read(Some(&state)).and_then(|site| site.keys(signature)).map_err(thrown)?;
    serde_json::to_vec(&message).map_err(thrown)
}

/// Masks whole numbers of `-levels ..= levels`: packed `bytes` of so many `bits` each, the number of `sites` that can be in
/// the sum and of the fewest, `sites_min`; and `state`, as [`next`] has it. Nothing where other numbers were masked in this
/// attempt.
#[wasm_bindgen]
pub fn mask(state: Vec<u8>, view: &[u8], levels: u32, values: &[i32]) -> Result<Option<Object>, JsValue> {
    let mut site = SiteState::read(Some(&state)).map_err(thrown)?;
    let masked = match site.mask(&parsed::<View>(view)?, levels, values) {
        Err(Refusal::MaskedBefore) => return Ok(None),
        masked => masked.map_err(thrown)?,
    };
    let Masked { ring, numbers, sites, sites_min } = masked;
    let answer = Object::new();
    set(&answer, "bits", &ring.bits().into());
    set(&answer, "bytes", &Uint8Array::from(pack_numbers(&numbers, ring.bits()).as_slice()));
    set(&answer, "sites", &(sites as u32).into());
    set(&answer, "sites_min", &(sites_min as u32).into());
    set_state(&answer, &site, Some(&state))?;
    Ok(Some(answer))
}

fn set_state(answer: &Object, site: &SiteState, before: Option<&[u8]>) -> Result<(), JsValue> {
    let after = site.stored().map_err(thrown)?;
    if before != Some(after.as_slice()) {
        set(answer, "state", &Uint8Array::from(after.as_slice()));
    }
    Ok(())
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Only objects made here are set, and they take every field.
    let _ = Reflect::set(object, &name.into(), value);
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsValue> {
    serde_json::from_slice(bytes).map_err(|e| thrown(format!("the server's answer can't be understood: {e}")))
}

fn thrown(error: impl ToString) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
