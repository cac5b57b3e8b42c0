//! The browser module of pretrained encoders: opens a pack and reads texts, in a worker of its own. It sends nothing and
//! knows no labels.

use fedner_encoder::{Encoder, Pack};
use fedner_js::report_panics;
use js_sys::{Array, Int8Array};
use wasm_bindgen::prelude::*;

/// Runs when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    report_panics("the pretrained encoder");
}

/// An encoder that is ready to read.
#[wasm_bindgen]
pub struct Reader(Encoder);

#[wasm_bindgen]
impl Reader {
    /// Opens a pack: computes its digest and takes its weights.
    ///
    /// # Errors
    /// A text that says what is wrong, when it is no pack or is damaged.
    #[wasm_bindgen(constructor)]
    pub fn new(pack: &[u8]) -> Result<Reader, JsValue> {
        let encoder = Pack::read(pack).and_then(|pack| pack.encoder());
        encoder.map(Self).map_err(|error| JsValue::from_str(&error.to_string()))
    }

    /// The SHA-256 of the pack's bytes.
    pub fn pack(&self) -> String {
        self.0.identity().pack.to_string()
    }

    /// Elements of a word's vector.
    pub fn width(&self) -> usize {
        self.0.vector_width()
    }

    /// The vectors of each text's words, one behind the other, in steps: an `Int8Array` a text. Short texts are read
    /// together.
    pub fn read(&mut self, texts: Vec<String>) -> Array {
        let read = self.0.read_all(&texts);
        read.iter().map(|steps| JsValue::from(Int8Array::from(steps.as_slice()))).collect()
    }
}
