//! Where each layer's tensors lie in the flat parameter buffer. They are looked up by name once, when a model's layout is
//! made; the layers then read ranges.

mod named;

use std::ops::Range;

pub use named::{LayoutError, NamedTensor};

use crate::dense::DenseNames;
use crate::lstm::{BiLstm, LstmNames};
use named::NamedTensors;

/// Sizes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSizes {
    /// Features of a token.
    pub features: usize,
    /// Rows summed for each feature.
    pub hashes: usize,
    /// Rows of the embedding table.
    pub embedding_rows: usize,
    /// Width of an embedding row.
    pub embedding: usize,
    /// Elements of a token's vector from a pretrained encoder; 0 without one.
    pub vectors: usize,
    /// Width of the encoder.
    pub channels: usize,
    /// Residual blocks, shared and private ones.
    pub blocks: usize,
    /// Cells a direction of the bidirectional LSTM above the blocks, where there is one.
    pub lstm: Option<usize>,
    /// Tags a token may have.
    pub tags: usize,
}

/// What a model's tensors are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterNames {
    /// The embedding table, `[embedding_rows, embedding]`.
    pub embedding: String,
    /// The input layer's tensors, then each block's.
    pub dense: Vec<DenseNames>,
    /// The LSTM's, where there is one.
    pub lstm: Option<LstmNames>,
    /// Those of the linear layer to the emission scores.
    pub output: OutputNames,
    /// The CRF's scores.
    pub crf: CrfNames,
}

/// What the output layer's tensors are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputNames {
    /// `[encoded, tags]`.
    pub weight: String,
    /// `[tags]`.
    pub bias: String,
}

/// What the CRF's tensors are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrfNames {
    /// Scores of a first tag, `[tags]`.
    pub start: String,
    /// Scores of one tag after another, `[tags, tags]`.
    pub transitions: String,
    /// Scores of a last tag, `[tags]`.
    pub end: String,
}

/// Sizes of a model and where each layer's tensors lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterLayout {
    sizes: ModelSizes,
    parameters: usize,
    embedding: Range<usize>,
    dense: Vec<Range<usize>>,
    lstm: Range<usize>,
    output: Range<usize>,
    crf: Range<usize>,
}

impl ModelSizes {
    /// Values a sentence has in its dropout masks: those of the blocks, then those of the LSTM's output.
    pub fn masked(&self) -> usize {
        self.blocks * self.channels + self.bilstm().map_or(0, |lstm| lstm.outputs())
    }

    /// The LSTM, where there is one.
    pub(crate) fn bilstm(&self) -> Option<BiLstm> {
        self.lstm.map(|hidden| BiLstm { inputs: self.channels, hidden })
    }

    /// Values a token's features have together.
    pub(crate) fn embedded(&self) -> usize {
        self.features * self.embedding
    }

    /// Values of a token that the input layer reads: its features', then its vector.
    pub(crate) fn inputs(&self) -> usize {
        self.embedded() + self.vectors
    }

    /// Values that a token has where its tags are scored.
    pub(crate) fn encoded(&self) -> usize {
        self.bilstm().map_or(self.channels, |lstm| lstm.outputs())
    }
}

impl ParameterLayout {
    /// Looks up every layer's tensors by name. `tensors` are those of the flat buffer, in its order.
    ///
    /// # Errors
    /// Names the first tensor that is missing, is there twice, has another shape, doesn't lie directly behind the one
    /// before it in its layer, or is read by no layer.
    pub fn new<'t>(
        sizes: ModelSizes,
        names: &ParameterNames,
        tensors: impl IntoIterator<Item = NamedTensor<'t>>,
    ) -> Result<Self, LayoutError> {
        let mut tensors = NamedTensors::new(tensors)?;
        let embedding = tensors.find(&names.embedding, &[sizes.embedding_rows, sizes.embedding])?;
        let mut dense = Vec::with_capacity(names.dense.len());
        for (layer, names) in names.dense.iter().enumerate() {
            let inputs = if layer == 0 { sizes.inputs() } else { 3 * sizes.channels };
            dense.push(tensors.find_adjacent(&names.tensors(inputs, sizes.channels))?);
        }
        let lstm = match (&names.lstm, sizes.bilstm()) {
            (Some(names), Some(lstm)) => tensors.find_adjacent(&names.tensors(lstm))?,
            _ => 0..0,
        };
        let tags = sizes.tags;
        let OutputNames { weight, bias } = &names.output;
        let output = tensors.find_adjacent(&[(weight, vec![sizes.encoded(), tags]), (bias, vec![tags])])?;
        let CrfNames { start, transitions, end } = &names.crf;
        let crf = tensors.find_adjacent(&[(start, vec![tags]), (transitions, vec![tags, tags]), (end, vec![tags])])?;
        let parameters = tensors.finish()?;
        Ok(Self { sizes, parameters, embedding, dense, lstm, output, crf })
    }

    /// The sizes.
    pub fn sizes(&self) -> &ModelSizes {
        &self.sizes
    }

    /// Elements of all tensors.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Where the embedding table lies.
    pub fn embedding(&self) -> Range<usize> {
        self.embedding.clone()
    }

    /// Where each dense layer's weight, bias, scale and shift lie, one behind the other: the input layer's, then each
    /// block's.
    pub fn dense(&self) -> &[Range<usize>] {
        &self.dense
    }

    /// Where the LSTM's parameters lie; empty where there is none.
    pub fn lstm(&self) -> Range<usize> {
        self.lstm.clone()
    }

    /// Where the output layer's weight lies, and its bias behind it.
    pub fn output(&self) -> Range<usize> {
        self.output.clone()
    }

    /// Where the output layer's weight lies.
    pub(crate) fn output_weight(&self) -> Range<usize> {
        self.output.start..self.output.end - self.sizes.tags
    }

    /// Where the output layer's bias lies.
    pub(crate) fn output_bias(&self) -> Range<usize> {
        self.output.end - self.sizes.tags..self.output.end
    }

    /// Where the CRF's start, transition and end scores lie, one behind the other.
    pub fn crf(&self) -> Range<usize> {
        self.crf.clone()
    }
}

#[cfg(test)]
mod tests;
