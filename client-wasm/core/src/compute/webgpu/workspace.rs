//! The sizes that kernels are compiled for, and where each value lies in a step's workspace: one buffer of `f32` for all
//! activations and gradients, since a device binds only few buffers to a kernel.

use fedner_kernels::ParameterLayout;

/// The most sentences that a workgroup of the LSTM's passes takes together.
const GROUP_SENTENCES_MAX: usize = 4;
/// The most cells of such sentences together: 36 bytes each, of the 16 KiB that every device has for a workgroup.
const GROUP_CELLS_MAX: usize = 455;

/// Sizes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Dims {
    pub features: usize,
    pub hashes: usize,
    pub embedding: usize,
    /// Elements of a token's vector; 0 without a pretrained encoder.
    pub vectors: usize,
    pub channels: usize,
    /// The input layer and the blocks.
    pub layers: usize,
    /// Cells a direction of the LSTM above the blocks, where there is one.
    pub lstm: Option<usize>,
    pub tags: usize,
}

/// Columns of the workspace, each with as many elements as a batch has packed rows. Values that every layer has lie in the
/// layers' order.
impl Dims {
    pub fn of(layout: &ParameterLayout) -> Self {
        let sizes = layout.sizes();
        Self {
            features: sizes.features,
            hashes: sizes.hashes,
            embedding: sizes.embedding,
            vectors: sizes.vectors,
            channels: sizes.channels,
            layers: sizes.blocks + 1,
            lstm: sizes.lstm,
            tags: sizes.tags,
        }
    }

    /// Values a token's features have together; the summed embeddings lie at column 0.
    pub fn embedded(self) -> usize {
        self.features * self.embedding
    }

    /// Values of a token that the input layer reads: its features', then its vector.
    pub fn inputs(self) -> usize {
        self.embedded() + self.vectors
    }

    /// Embedding rows of a token.
    pub fn rows_per_token(self) -> usize {
        self.features * self.hashes
    }

    /// The CRF's start, transition and end scores.
    pub fn scores(self) -> usize {
        self.tags * (self.tags + 2)
    }

    /// Cells a direction of the LSTM; 0 where there is none.
    pub fn cells(self) -> usize {
        self.lstm.unwrap_or(0)
    }

    /// Gates of one direction.
    pub fn gates(self) -> usize {
        4 * self.cells()
    }

    /// Sentences that a workgroup of the LSTM's passes takes together: as many as its memory holds.
    pub fn sentences_per_group(self) -> usize {
        (GROUP_CELLS_MAX / self.cells().max(1)).clamp(1, GROUP_SENTENCES_MAX)
    }

    /// Values a token has where its tags are scored.
    pub fn encoded(self) -> usize {
        self.lstm.map_or(self.channels, |cells| 2 * cells)
    }

    /// Dropout masks of a sentence: those of the blocks, then those of the LSTM's output.
    pub fn masked(self) -> usize {
        (self.layers - 1) * self.channels + 2 * self.cells()
    }

    fn all_layers(self) -> usize {
        self.layers * self.channels
    }

    /// Gradient of the summed embeddings.
    pub fn d_embedded(self) -> usize {
        self.inputs()
    }

    /// The output of each layer.
    pub fn hidden(self) -> usize {
        self.d_embedded() + self.embedded()
    }

    /// The output of the last layer.
    pub fn last_hidden(self) -> usize {
        self.hidden() + (self.layers - 1) * self.channels
    }

    /// Normalised activations of each layer.
    pub fn normal(self) -> usize {
        self.hidden() + self.all_layers()
    }

    /// Slope of GELU in each layer; in the backward pass the gradient by the normalisation's output overwrites it.
    pub fn slope(self) -> usize {
        self.normal() + self.all_layers()
    }

    /// Gradient by each layer's products.
    pub fn d_product(self) -> usize {
        self.slope() + self.all_layers()
    }

    /// Gradient by the present layer's output.
    pub fn d_hidden(self) -> usize {
        self.d_product() + self.all_layers()
    }

    /// Reciprocal standard deviation of each row in each layer.
    pub fn scale(self) -> usize {
        self.d_hidden() + self.channels
    }

    /// Gradient by the emissions.
    pub fn d_emissions(self) -> usize {
        self.scale() + self.layers
    }

    /// The CRF's forward values.
    pub fn alpha(self) -> usize {
        self.d_emissions() + self.tags
    }

    /// The logarithm that a row's forward values were normalised by, once for each tag.
    pub fn norm(self) -> usize {
        self.alpha() + self.tags
    }

    /// The LSTM's activated gates, both directions'; in the backward pass the gradients by their sums.
    pub fn lstm_gates(self) -> usize {
        self.norm() + self.tags
    }

    /// The LSTM's states before each token, then its cells before it, then the hyperbolic tangent of its cells after it.
    pub fn lstm_states(self) -> usize {
        self.lstm_gates() + 2 * self.gates()
    }

    /// The LSTM's output.
    pub fn lstm_out(self) -> usize {
        self.lstm_states() + 6 * self.cells()
    }

    /// What the output layer reads.
    pub fn encoded_at(self) -> usize {
        if self.lstm.is_some() { self.lstm_out() } else { self.last_hidden() }
    }

    /// The end of all columns; behind it lie each sentence's gradient by the CRF's scores and its loss.
    pub fn columns(self) -> usize {
        self.lstm_out() + 2 * self.cells()
    }

    /// Elements of the workspace.
    pub fn workspace(self, rows: usize, sentences: usize) -> usize {
        rows * self.columns() + sentences * (self.scores() + 1)
    }
}
