//! Word vectors: a pretrained encoder reads texts in a module of its own, and the page hands over what came of it.

use std::rc::Rc;

use fedner_core::{
    corpus::{NotRead, WordVectors},
    model::Model,
    tagging::ReadText,
};
use fedner_interface::TextInput;
use fedner_js::to_js;
use fedner_protocol::PretrainedEncoder;
use js_sys::{Array, Int8Array, Reflect};
use wasm_bindgen::{JsCast, prelude::*};

use super::{Engine, no_notes};
use crate::errors::{EngineError, argument};

#[wasm_bindgen]
impl Engine {
    /// The pretrained encoder of the model in use; null without one.
    pub fn encoder(&self) -> Result<JsValue, JsValue> {
        let model = self.published.borrow();
        Ok(to_js(&model.as_ref().and_then(|model| model.layout().spec().pretrained.as_ref()))?)
    }

    /// The ids of the notes to train and score on that an encoder has not read yet.
    pub fn unread(&self, encoder: JsValue) -> Result<JsValue, JsValue> {
        let encoder: PretrainedEncoder = argument(encoder)?;
        let corpus = self.any_corpus()?;
        Ok(to_js(&corpus.unread(&encoder).collect::<Vec<_>>())?)
    }

    /// Gives notes the vectors of their words: of each id one `Int8Array`, in the same order.
    #[wasm_bindgen(js_name = setVectors)]
    pub fn set_vectors(&self, encoder: JsValue, ids: JsValue, vectors: &Array) -> Result<(), JsValue> {
        let (encoder, ids): (PretrainedEncoder, Vec<String>) = (argument(encoder)?, argument(ids)?);
        // Out of its place, so that it is changed and not copied.
        let mut corpus = self.corpus.take().ok_or_else(no_notes)?;
        let own = Rc::make_mut(&mut corpus);
        let given = ids.iter().zip(vectors.iter()).try_for_each(|(id, steps)| {
            let vectors = WordVectors { encoder: encoder.clone(), steps: bytes(steps)? };
            own.set_vectors(id, vectors).map_err(EngineError::from)
        });
        *self.corpus.borrow_mut() = Some(corpus);
        given.map_err(JsValue::from)
    }
}

/// Texts for a model, with what its encoder made of them.
pub(super) fn read_texts(model: &Model, texts: &[TextInput], read: &JsValue) -> Result<Vec<ReadText>, EngineError> {
    let spec = model.layout().spec();
    let mut vectors = match &spec.pretrained {
        None => Vec::new(),
        Some(encoder) => vectors_of(encoder, read)?.ok_or_else(|| NotRead(encoder.clone()))?,
    }
    .into_iter();
    let read = texts.iter().map(|TextInput { id, text }| {
        let own = vectors.next().map(bytes).transpose()?.unwrap_or_default();
        Ok(ReadText::new(id, text.clone(), own, spec)?)
    });
    read.collect()
}

/// What the page says that an encoder has made; nothing where it was another encoder, or none.
fn vectors_of(encoder: &PretrainedEncoder, read: &JsValue) -> Result<Option<Vec<JsValue>>, EngineError> {
    let field = |name: &str| Reflect::get(read, &name.into()).unwrap_or_default();
    if !read.is_object() || argument::<PretrainedEncoder>(field("encoder"))? != *encoder {
        return Ok(None);
    }
    let vectors = field("vectors").dyn_into::<Array>();
    vectors.map(|vectors| Some(vectors.to_vec())).map_err(|_| no_vectors())
}

fn bytes(steps: JsValue) -> Result<Vec<i8>, EngineError> {
    steps.dyn_into::<Int8Array>().map(|steps| steps.to_vec()).map_err(|_| no_vectors())
}

fn no_vectors() -> EngineError {
    EngineError::of_the_page("word vectors must come as Int8Arrays")
}
