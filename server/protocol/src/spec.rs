//! The model specification: everything that two sites must agree on to share a module.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// Most parameters a shared module may have; bounds every buffer on both sides.
const PARAMETERS_MAX: usize = 16 << 20;
/// Most rows in one feature's table.
const ROWS_MAX: usize = 1 << 20;
/// Widest embedding or encoder.
const WIDTH_MAX: usize = 1024;
/// Most residual blocks in an encoder.
const BLOCKS_MAX: usize = 16;
/// Most cells a direction of a private LSTM.
const HIDDEN_MAX: usize = 512;
/// Most hash functions a feature.
const HASHES_MAX: usize = 8;
/// Widest vector of a word.
const VECTOR_WIDTH_MAX: usize = 1024;

/// Rows of the embedding tables where a pretrained encoder reads the notes too, as a share of those without one.
const ROWS_WITH_ENCODER: f64 = 0.1;

/// What one step of a word vector's bytes is worth: a vector's element is its byte, from -127 to 127, times this. Packs scale
/// their projections so that this fits.
pub const WORD_VECTOR_STEP: f32 = 1.0 / 28.0;

/// A property of one token. Each is hashed with fixed public functions; no vocabulary exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// The lower-cased token.
    Form,
    /// Its first 3 characters, lower-cased.
    Prefix3,
    /// Its first 4 characters, lower-cased.
    Prefix4,
    /// Its last 2 characters, lower-cased.
    Suffix2,
    /// Its last 3 characters, lower-cased.
    Suffix3,
    /// Its last 4 characters, lower-cased.
    Suffix4,
    /// Its last 5 characters, lower-cased.
    Suffix5,
    /// Its shape: upper, lower, digit and other, runs cut at four.
    Shape,
}

/// One feature's embedding table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureTable {
    /// What is looked up.
    pub feature: Feature,
    /// Rows of its table.
    pub rows: usize,
}

/// A pretrained encoder that reads the notes before the model does, on each site's own device. It is not trained: its word
/// vectors are inputs of the shared module beside the hashed features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PretrainedEncoder {
    /// SHA-256 of the pack it comes in.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub pack: Digest,
    /// Elements of a word's vector.
    pub width: usize,
}

/// What a site's private module has between the shared encoder and its output layer. Never part of the shared module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PrivateEncoder {
    /// Nothing.
    None,
    /// Blocks of the same kind as the shared encoder's.
    Convolution {
        /// How many.
        blocks: usize,
    },
    /// One bidirectional LSTM.
    Bilstm {
        /// Cells a direction; its output is twice as wide.
        hidden: usize,
    },
}

/// What a site's tag scores become. Tags that IOB2 does not allow are impossible with either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decoder {
    /// A conditional random field: it learns scores for one tag after another.
    #[default]
    Crf,
    /// Each token is trained alone, as in a softmax classifier.
    Softmax,
}

/// Sizes of the model. The shared module follows from it entirely; label sets are no part of it.
///
/// Written, a private encoder of convolution blocks is their number, `private_blocks`: as ever, so that digests of
/// manifests and files of earlier versions stay what they are. A private LSTM is `private_encoder` in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenSpec", into = "WrittenSpec")]
pub struct ModelSpec {
    /// The features and their tables, in order.
    pub features: Vec<FeatureTable>,
    /// Hash functions a feature; the rows they name are summed.
    pub hashes: usize,
    /// Seed of the hash functions.
    pub hash_seed: u32,
    /// Width of an embedding row.
    pub embedding_width: usize,
    /// Width of the context encoder.
    pub encoder_width: usize,
    /// Residual window-3 convolution blocks in the shared encoder.
    pub encoder_blocks: usize,
    /// Each site's private encoder.
    pub private_encoder: PrivateEncoder,
    /// How each site learns from its tag scores.
    pub decoder: Decoder,
    /// The pretrained encoder whose word vectors the input layer reads, where there is one.
    pub pretrained: Option<PretrainedEncoder>,
}

/// A specification as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSpec {
    features: Vec<FeatureTable>,
    hashes: usize,
    hash_seed: u32,
    embedding_width: usize,
    encoder_width: usize,
    encoder_blocks: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_blocks: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_encoder: Option<PrivateEncoder>,
    /// Not written where it is what earlier versions had.
    #[serde(default, skip_serializing_if = "is_crf")]
    decoder: Decoder,
    /// Not written where there is none, as in earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pretrained: Option<PretrainedEncoder>,
}

fn is_crf(decoder: &Decoder) -> bool {
    *decoder == Decoder::Crf
}

impl From<ModelSpec> for WrittenSpec {
    fn from(spec: ModelSpec) -> Self {
        let (private_blocks, private_encoder) = match spec.private_encoder {
            PrivateEncoder::None => (Some(0), None),
            PrivateEncoder::Convolution { blocks } => (Some(blocks), None),
            bilstm @ PrivateEncoder::Bilstm { .. } => (None, Some(bilstm)),
        };
        let ModelSpec { features, hashes, hash_seed, embedding_width, encoder_width, encoder_blocks, .. } = spec;
        let (decoder, pretrained) = (spec.decoder, spec.pretrained);
        Self {
            features,
            hashes,
            hash_seed,
            embedding_width,
            encoder_width,
            encoder_blocks,
            private_blocks,
            private_encoder,
            decoder,
            pretrained,
        }
    }
}

impl TryFrom<WrittenSpec> for ModelSpec {
    type Error = &'static str;

    fn try_from(written: WrittenSpec) -> Result<Self, Self::Error> {
        let private_encoder = match (written.private_blocks, written.private_encoder) {
            (Some(0), None) => PrivateEncoder::None,
            (Some(blocks), None) => PrivateEncoder::Convolution { blocks },
            (None, Some(encoder)) => encoder,
            (Some(_), Some(_)) => {
                return Err("model specification: give private_blocks or private_encoder, not both");
            }
            (None, None) => return Err("model specification: missing field `private_encoder`"),
        };
        let WrittenSpec { features, hashes, hash_seed, embedding_width, encoder_width, encoder_blocks, .. } = written;
        let (decoder, pretrained) = (written.decoder, written.pretrained);
        Ok(Self {
            features,
            hashes,
            hash_seed,
            embedding_width,
            encoder_width,
            encoder_blocks,
            private_encoder,
            decoder,
            pretrained,
        })
    }
}

/// What is wrong with a model specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model specification: {field} is {value}, it must lie between {min} and {max}")]
pub struct SpecError {
    field: &'static str,
    value: usize,
    min: usize,
    max: usize,
}

impl Default for ModelSpec {
    /// The product's model: about one million shared parameters, and privately a bidirectional LSTM as in the paper, which
    /// was better than a convolution block on held-out notes, alone and in a federation.
    fn default() -> Self {
        use Feature::*;
        let rows = [
            (Form, 5000),
            (Prefix3, 1500),
            (Prefix4, 2500),
            (Suffix2, 500),
            (Suffix3, 2500),
            (Suffix4, 2500),
            (Suffix5, 2500),
            (Shape, 1500),
        ];
        Self {
            features: rows.map(|(feature, rows)| FeatureTable { feature, rows }).to_vec(),
            hashes: 4,
            hash_seed: 2020,
            embedding_width: 48,
            encoder_width: 96,
            encoder_blocks: 3,
            private_encoder: PrivateEncoder::Bilstm { hidden: 64 },
            decoder: Decoder::Crf,
            pretrained: None,
        }
    }
}

impl ModelSpec {
    /// A model of a few thousand parameters, for slow devices and quick tests.
    pub fn small() -> Self {
        use Feature::*;
        Self {
            features: [(Form, 512), (Suffix3, 128), (Shape, 64)]
                .map(|(feature, rows)| FeatureTable { feature, rows })
                .to_vec(),
            hashes: 2,
            hash_seed: 2020,
            embedding_width: 16,
            encoder_width: 24,
            encoder_blocks: 1,
            private_encoder: PrivateEncoder::None,
            decoder: Decoder::Crf,
            pretrained: None,
        }
    }

    /// Checks every size against its limit.
    ///
    /// # Errors
    /// Names the first field that is out of bounds.
    pub fn validate(&self) -> Result<(), SpecError> {
        let check = |field, value, min, max| {
            if (min..=max).contains(&value) { Ok(()) } else { Err(SpecError { field, value, min, max }) }
        };
        check("number of features", self.features.len(), 1, 8)?;
        for (i, table) in self.features.iter().enumerate() {
            check("rows of a feature", table.rows, 1, ROWS_MAX)?;
            let repeats = self.features[..i].iter().filter(|t| t.feature == table.feature).count();
            check("repeats of a feature", repeats, 0, 0)?;
        }
        check("hashes", self.hashes, 1, HASHES_MAX)?;
        check("embedding_width", self.embedding_width, 1, WIDTH_MAX)?;
        check("encoder_width", self.encoder_width, 1, WIDTH_MAX)?;
        check("encoder_blocks", self.encoder_blocks, 0, BLOCKS_MAX)?;
        match self.private_encoder {
            PrivateEncoder::None => {}
            PrivateEncoder::Convolution { blocks } => check("private_blocks", blocks, 1, BLOCKS_MAX)?,
            PrivateEncoder::Bilstm { hidden } => check("hidden of private_encoder", hidden, 1, HIDDEN_MAX)?,
        }
        if let Some(pretrained) = &self.pretrained {
            check("width of pretrained", pretrained.width, 1, VECTOR_WIDTH_MAX)?;
        }
        check("parameters of the shared module", self.shared_parameters(), 1, PARAMETERS_MAX)
    }

    /// Residual blocks that a token goes through: the shared ones, then the private ones.
    pub fn blocks(&self) -> usize {
        let private = if let PrivateEncoder::Convolution { blocks } = self.private_encoder { blocks } else { 0 };
        self.encoder_blocks + private
    }

    /// Cells a direction of the private LSTM, where there is one.
    pub fn private_lstm(&self) -> Option<usize> {
        if let PrivateEncoder::Bilstm { hidden } = self.private_encoder { Some(hidden) } else { None }
    }

    /// Width of what the output layer reads.
    pub fn encoded_width(&self) -> usize {
        self.private_lstm().map_or(self.encoder_width, |hidden| 2 * hidden)
    }

    /// Elements of the pretrained encoder's vector of a word; 0 where there is no such encoder.
    pub fn vector_width(&self) -> usize {
        self.pretrained.as_ref().map_or(0, |encoder| encoder.width)
    }

    /// Values that the input layer reads of a token: its embedded features, then its vector.
    pub fn inputs(&self) -> usize {
        self.features.len() * self.embedding_width + self.vector_width()
    }

    /// The product's model with a pretrained encoder: its embedding tables are a tenth, since the word vectors say most of
    /// what they would, and a smaller update gives fewer words away.
    pub fn with_encoder(encoder: PretrainedEncoder) -> Self {
        Self { pretrained: Some(encoder), ..Self::default().with_rows_times(ROWS_WITH_ENCODER) }
    }

    /// The same with embedding tables of so many times the rows, each with at least one.
    #[must_use]
    pub fn with_rows_times(mut self, times: f64) -> Self {
        self.features.iter_mut().for_each(|table| table.rows = ((table.rows as f64 * times).round() as usize).max(1));
        self
    }

    /// Rows of all feature tables together.
    pub fn rows_total(&self) -> usize {
        self.features.iter().map(|t| t.rows).sum()
    }

    fn shared_parameters(&self) -> usize {
        let w = self.encoder_width;
        let input = self.inputs() * w + 3 * w;
        self.rows_total() * self.embedding_width + input + self.encoder_blocks * (3 * w * w + 3 * w)
    }
}

#[cfg(test)]
mod tests;
