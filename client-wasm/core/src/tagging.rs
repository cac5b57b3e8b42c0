//! Finding entities with a model: in new text, and in held-out sentences to score it.

mod assess;
mod calibrate;
mod evaluate;
mod tagger;

pub use assess::{Assessment, Prediction, assess, predict};
pub(crate) use evaluate::evaluate_and_calibrate;
pub use evaluate::{evaluate, tag};
