//! Finding entities with a model: in new text, and in held-out sentences to score it.

mod assess;
mod calibrate;
mod evaluate;
mod tagger;

pub use assess::{Assessment, NoteText, Prediction, ReadText, assess, predict};
pub(crate) use evaluate::evaluate_and_calibrate;
pub use evaluate::{evaluate, tag};
