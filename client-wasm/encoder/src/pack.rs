//! An encoder as one file: a safetensors file whose matrices are bytes with a scale a row, with the vocabulary as a tensor of
//! text, and with sizes, settings, licence and card as its metadata. Its name is the SHA-256 of its bytes.

use std::collections::HashMap;
use std::io::Read;

use fedner_protocol::{Digest, PretrainedEncoder};
use serde::{Deserialize, Serialize};

use crate::forward::{LayerWeights, Rows, Weights};
use crate::linear::Linear;
use crate::norm::Norm;
use crate::tensors::Tensors;
use crate::tokeniser::Tokeniser;
use crate::{Encoder, EncoderConfig, EncoderError, TokeniserConfig};

/// The largest pack.
pub const PACK_BYTES_MAX: usize = 256 << 20;
/// The longest header: the card, and a line for each tensor.
const HEADER_BYTES_MAX: u64 = 1 << 20;
/// What every pack says it is.
pub(crate) const FORMAT: &str = "fedner-encoder-pack-1";
/// The key of [`About`] in the file's metadata.
pub(crate) const ABOUT: &str = "about";
/// The key of the format.
pub(crate) const FORMAT_KEY: &str = "format";
/// The tensor of the vocabulary.
pub(crate) const VOCABULARY: &str = "vocabulary";
/// The prefix of the projection's tensors.
pub(crate) const PROJECTION: &str = "projection";

/// What a pack says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// What people call it.
    pub name: String,
    /// Its licence, as SPDX names it.
    pub licence: String,
    /// Its model card.
    pub card: String,
    /// Sizes; as many layers as the pack has.
    pub config: EncoderConfig,
    /// How text becomes pieces.
    pub tokeniser: TokeniserConfig,
    /// The first of the layers whose outputs are averaged, counted from 1; the last is the pack's last layer.
    pub first_averaged: usize,
    /// Elements of a word's vector.
    pub vector_width: usize,
}

/// A pack whose header is read.
pub struct Pack<'b> {
    /// What it says of itself.
    pub about: About,
    /// Its name: the SHA-256 of its bytes.
    pub digest: Digest,
    bytes: &'b [u8],
}

impl About {
    /// Reads what a pack says of itself, from its beginning alone.
    ///
    /// # Errors
    /// When it is no pack, or can't be read.
    pub fn read_header(pack: &mut impl Read) -> Result<Self, EncoderError> {
        let unreadable = |error: std::io::Error| EncoderError(format!("the pack can't be read: {error}"));
        let mut length = [0; 8];
        pack.read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        if length > HEADER_BYTES_MAX {
            return Err(EncoderError::new("not an encoder's pack: its header is too long"));
        }
        let mut header = vec![0; length as usize];
        pack.read_exact(&mut header).map_err(unreadable)?;
        #[derive(Deserialize)]
        struct Header {
            #[serde(rename = "__metadata__", default)]
            metadata: HashMap<String, String>,
        }
        let header: Header =
            serde_json::from_slice(&header).map_err(|error| EncoderError(format!("not an encoder's pack: {error}")))?;
        Self::of(&header.metadata)
    }

    /// From a file's metadata.
    fn of(metadata: &HashMap<String, String>) -> Result<Self, EncoderError> {
        let format = metadata.get(FORMAT_KEY).map_or("", String::as_str);
        if format != FORMAT {
            return Err(EncoderError(format!("not an encoder's pack of this version: its format is {format:?}")));
        }
        let about = metadata.get(ABOUT).map_or("", String::as_str);
        let about: Self =
            serde_json::from_str(about).map_err(|error| EncoderError(format!("the pack's description: {error}")))?;
        about.validate()?;
        Ok(about)
    }

    /// Checks what a pack says of itself.
    pub(crate) fn validate(&self) -> Result<(), EncoderError> {
        self.config.validate()?;
        if !(1..=self.config.num_hidden_layers).contains(&self.first_averaged) {
            return Err(EncoderError(format!("the pack has no layer {}", self.first_averaged)));
        }
        if !(1..=self.config.hidden_size).contains(&self.vector_width) {
            return Err(EncoderError(format!("vectors of {} elements are too wide or too narrow", self.vector_width)));
        }
        Ok(())
    }
}

impl<'b> Pack<'b> {
    /// Reads a pack's header and computes its digest.
    ///
    /// # Errors
    /// When it is no pack.
    pub fn read(bytes: &'b [u8]) -> Result<Self, EncoderError> {
        if bytes.len() > PACK_BYTES_MAX {
            return Err(EncoderError(format!("a pack has at most {PACK_BYTES_MAX} bytes, this has {}", bytes.len())));
        }
        let about = About::of(&Tensors::metadata(bytes)?)?;
        Ok(Self { about, digest: Digest::of(bytes), bytes })
    }

    /// Which encoder it is, as a model names it.
    pub fn identity(&self) -> PretrainedEncoder {
        PretrainedEncoder { pack: self.digest.clone(), width: self.about.vector_width }
    }

    /// Makes the encoder.
    ///
    /// # Errors
    /// Names the first tensor that is missing or wrong.
    pub fn encoder(&self) -> Result<Encoder, EncoderError> {
        let tensors = Tensors::open(self.bytes)?;
        let About { config, vector_width, .. } = &self.about;
        let vocabulary = tensors.text(VOCABULARY)?;
        if vocabulary.lines().count() != config.vocab_size {
            return Err(EncoderError::new("the vocabulary has another size than the pack says"));
        }
        let width = config.hidden_size;
        let projection = tensors.floats(&format!("{PROJECTION}.weight"), &[*vector_width, width])?;
        let bias = tensors.floats(&format!("{PROJECTION}.bias"), &[*vector_width])?;
        Ok(Encoder {
            tokeniser: Tokeniser::new(&vocabulary, self.about.tokeniser)?,
            weights: weights(&tensors, config)?,
            averaged: self.about.first_averaged - 1..config.num_hidden_layers,
            positions: config.max_position_embeddings,
            projection: Linear::plain(projection, bias, width),
            identity: self.identity(),
            memory: Default::default(),
        })
    }
}

/// Where an encoder's tensors come from, by the names they have in a pack.
pub(crate) trait WeightSource {
    /// A vector.
    fn vector(&self, name: &str, width: usize) -> Result<Vec<f32>, EncoderError>;

    /// Rows that are looked up.
    fn rows(&self, name: &str, shape: [usize; 2]) -> Result<Rows, EncoderError>;

    /// A linear layer, `[outputs, inputs]`.
    fn linear(&self, name: &str, shape: [usize; 2]) -> Result<Linear, EncoderError>;

    /// A normalisation.
    fn norm(&self, name: &str, width: usize) -> Result<Norm, EncoderError> {
        let of = |part: &str| self.vector(&format!("{name}.{part}"), width);
        Ok(Norm { gamma: of("gamma")?, beta: of("beta")? })
    }
}

impl WeightSource for Tensors<'_> {
    fn vector(&self, name: &str, width: usize) -> Result<Vec<f32>, EncoderError> {
        self.floats(name, &[width])
    }

    fn rows(&self, name: &str, shape: [usize; 2]) -> Result<Rows, EncoderError> {
        Ok(Rows::Quantised(self.table(name, shape)?))
    }

    fn linear(&self, name: &str, [outputs, inputs]: [usize; 2]) -> Result<Linear, EncoderError> {
        let table = self.table(&format!("{name}.weight"), [outputs, inputs])?;
        let bias = self.floats(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear::quantised(&table.values, table.scales, bias, inputs))
    }
}

/// An encoder's weights.
pub(crate) fn weights(source: &impl WeightSource, config: &EncoderConfig) -> Result<Weights, EncoderError> {
    let EncoderConfig { hidden_size: width, intermediate_size: wide, .. } = *config;
    let layer = |number: usize| {
        let name = |tensor: &str| format!("layer.{number}.{tensor}");
        Ok(LayerWeights {
            attention_in: source.linear(&name("attention.in"), [3 * width, width])?,
            attention_out: source.linear(&name("attention.out"), [width, width])?,
            attention_norm: source.norm(&name("attention.norm"), width)?,
            feed_in: source.linear(&name("feed.in"), [wide, width])?,
            feed_out: source.linear(&name("feed.out"), [width, wide])?,
            feed_norm: source.norm(&name("feed.norm"), width)?,
        })
    };
    Ok(Weights {
        pieces: source.rows("pieces", [config.vocab_size, width])?,
        positions: source.rows("positions", [config.max_position_embeddings, width])?,
        norm: source.norm("norm", width)?,
        layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_, EncoderError>>()?,
        heads: config.num_attention_heads,
        epsilon: config.layer_norm_eps,
    })
}
