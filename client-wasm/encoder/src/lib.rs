//! A pretrained encoder of the BERT family (Devlin et al. 2019, arXiv 1810.04805), frozen: it reads a note's sentences and
//! gives each word a vector, which the model takes as an input beside its hashed features.
//!
//! An encoder comes as a *pack*: one file with weights of a byte each, vocabulary, tokeniser settings, projection, licence
//! and card, named by its SHA-256. [`Pack::read`] opens one, [`Encoder::read`] reads a text. `make`
//! writes packs from the files that a model hub has.

mod attention;
mod config;
mod encoder;
mod forward;
mod linear;
pub mod make;
mod norm;
mod pack;
mod quantised;
mod tensors;
mod tokeniser;
mod words;

pub use config::{EncoderConfig, TokeniserConfig};
pub use encoder::Encoder;
pub use forward::{LayerWeights, Weights};
pub use linear::Linear;
pub use norm::Norm;
pub use pack::{About, PACK_BYTES_MAX, Pack};
pub use tensors::{Table, Tensors};
pub use tokeniser::{Piece, Tokeniser};

/// Why an encoder's files or pack can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EncoderError(pub String);

impl EncoderError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
