//! The whole network over one flat parameter buffer, forwards and backwards; the gradient is written to each tensor's
//! place in another buffer. No tensor per layer, no graph, no padding.

use super::dense::{self, DenseActivations, DenseGradients, DenseParameters};
use super::dropout::DropoutMasks;
use super::embedding::{self, EmbeddingLookup};
use super::lstm::{LstmActivations, LstmInput};
use super::math::{add_to, vectorised};
use super::matmul::{View, multiply, multiply_add};
use super::packed::PackedSentences;
use super::parameters::ParameterLayout;

/// A batch on its way through a model.
pub struct ForwardContext<'a> {
    /// Where the model's tensors lie.
    pub layout: &'a ParameterLayout,
    /// All parameters.
    pub parameters: &'a [f32],
    /// Where the sentences' tokens lie.
    pub sentences: &'a PackedSentences,
    /// Rows of the embedding table, `[sentences, width, rows a token]`.
    pub embedding_rows: &'a [i32],
    /// The tokens' vectors, `[sentences, width, `[`ModelSizes::vectors`](super::ModelSizes::vectors)`]`.
    pub vectors: &'a [f32],
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Scaled dropout masks, `[sentences, `[`ModelSizes::masked`](super::ModelSizes::masked)`]`.
    pub dropout: Option<&'a [f32]>,
}

/// The activations that the backward pass needs, and buffers that are used again for the next batch.
#[derive(Default)]
pub struct SavedActivations {
    /// The summed embeddings and the vectors, `[rows, inputs]`.
    inputs: Vec<f32>,
    /// The output of the input layer and of each block, `[rows, channels]`.
    hidden: Vec<Vec<f32>>,
    dense: Vec<DenseActivations>,
    lstm: LstmActivations,
    /// The output of the LSTM.
    lstm_out: Vec<f32>,
    /// A layer's matrix product; in the backward pass the gradient by it.
    product: Vec<f32>,
    d_embedded: Vec<f32>,
    d_hidden: Vec<f32>,
    d_lstm_out: Vec<f32>,
    /// A block's weights as the backward pass multiplies with them.
    reversed: Vec<f32>,
}

impl SavedActivations {
    /// What the output layer reads.
    fn encoded(&self, layout: &ParameterLayout) -> &[f32] {
        if layout.sizes().lstm.is_some() { &self.lstm_out } else { &self.hidden[layout.sizes().blocks] }
    }
}

impl<'a> ForwardContext<'a> {
    /// The dropout masks of a block; those of the LSTM lie where the next block's would.
    fn masks(&self, block: usize) -> Option<DropoutMasks<'a>> {
        let sizes = self.layout.sizes();
        let start = block * sizes.channels;
        self.dropout.map(|masks| DropoutMasks { masks: &masks[start..], stride: sizes.masked() })
    }

    /// For activations with so many values a token.
    fn embedding(&self, stride: usize) -> EmbeddingLookup<'a> {
        let sizes = self.layout.sizes();
        EmbeddingLookup {
            features: sizes.features,
            hashes: sizes.hashes,
            columns: sizes.embedding,
            stride,
            rows: self.embedding_rows,
            width: self.width,
            sentences: self.sentences,
        }
    }

    fn dense(&self, layer: usize) -> DenseParameters<'a> {
        DenseParameters::of(&self.parameters[self.layout.dense()[layer].clone()], self.layout.sizes().channels)
    }

    /// The LSTM's input is the last block's output.
    fn lstm<'b>(&'b self, last_hidden: &'b [f32]) -> LstmInput<'b> {
        LstmInput {
            parameters: &self.parameters[self.layout.lstm()],
            input: last_hidden,
            dropout: self.masks(self.layout.sizes().blocks),
            sentences: self.sentences,
        }
    }
}

/// Emission scores, `[packed rows, tags]`; those of the empty rows mean nothing.
pub fn forward(context: &ForwardContext<'_>, saved: &mut SavedActivations) -> Vec<f32> {
    let (layout, sizes, rows) = (context.layout, context.layout.sizes(), context.sentences.rows());
    clear(&mut saved.inputs, rows * sizes.inputs());
    let lookup = context.embedding(sizes.inputs());
    embedding::gather(&mut saved.inputs, &context.parameters[layout.embedding()], &lookup);
    if sizes.vectors > 0 {
        embedding::place_vectors(&mut saved.inputs, context.vectors, sizes.vectors, &lookup);
    }

    let layers = layout.dense().len();
    saved.dense.resize_with(layers, DenseActivations::default);
    saved.hidden.resize_with(layers, Vec::new);
    clear(&mut saved.product, rows * sizes.channels);
    for layer in 0..layers {
        dense_forward(context, layer, saved);
    }
    if let Some(lstm) = sizes.bilstm() {
        let SavedActivations { hidden, lstm_out, lstm: activations, .. } = &mut *saved;
        lstm.forward(&context.lstm(&hidden[sizes.blocks]), lstm_out, activations);
    }

    let bias = &context.parameters[layout.output_bias()];
    let mut emissions: Vec<f32> = std::iter::repeat_n(bias, rows).flatten().copied().collect();
    let encoded = View::new(saved.encoded(layout), sizes.encoded());
    multiply_add(&mut emissions, encoded, View::new(&context.parameters[layout.output_weight()], sizes.tags));
    emissions
}

/// The input layer, or a block with its window and residual connection.
fn dense_forward(context: &ForwardContext<'_>, layer: usize, saved: &mut SavedActivations) {
    let (sizes, channels) = (context.layout.sizes(), context.layout.sizes().channels);
    let parameters = context.dense(layer);
    let weight = View::new(parameters.weight, channels);
    let (before, rest) = saved.hidden.split_at_mut(layer);
    let out = &mut rest[0];
    let masks = match before.last() {
        None => {
            clear(out, context.sentences.rows() * channels);
            multiply(&mut saved.product, View::new(&saved.inputs, sizes.inputs()), weight);
            None
        }
        Some(hidden) => {
            out.clone_from(hidden);
            // The first and the last row are empty, so the windows begin at the second.
            let inner = inner_rows(&mut saved.product, channels);
            multiply(inner, View::windows(hidden, channels), weight);
            context.masks(layer - 1)
        }
    };
    dense::forward(out, &saved.product, &parameters, masks, context.sentences, &mut saved.dense[layer]);
}

/// Adds the gradient of every parameter but the CRF's to `gradient`, from that by the emissions (zero in empty rows).
pub fn backward(context: &ForwardContext<'_>, d_emissions: &[f32], saved: &mut SavedActivations, gradient: &mut [f32]) {
    let (layout, sizes, rows) = (context.layout, context.layout.sizes(), context.sentences.rows());
    let d_scores = View::new(d_emissions, sizes.tags);
    let encoded = View::new(saved.encoded(layout), sizes.encoded());
    multiply_add(&mut gradient[layout.output_weight()], encoded.transposed(), d_scores);
    let d_bias = &mut gradient[layout.output_bias()];
    d_emissions.chunks_exact(sizes.tags).for_each(|row| add_to(d_bias, row));

    clear(&mut saved.d_hidden, rows * sizes.channels);
    let output = View::new(&context.parameters[layout.output_weight()], sizes.tags).transposed();
    if let Some(lstm) = sizes.bilstm() {
        clear(&mut saved.d_lstm_out, rows * lstm.outputs());
        multiply(&mut saved.d_lstm_out, d_scores, output);
        let SavedActivations { hidden, d_hidden, d_lstm_out, lstm: activations, .. } = &mut *saved;
        let input = context.lstm(&hidden[sizes.blocks]);
        lstm.backward(&input, d_lstm_out, activations, &mut gradient[layout.lstm()], d_hidden);
    } else {
        multiply(&mut saved.d_hidden, d_scores, output);
    }

    clear(&mut saved.product, rows * sizes.channels);
    for layer in (0..layout.dense().len()).rev() {
        dense_backward(context, layer, saved, gradient);
    }
    embedding::scatter(&mut gradient[layout.embedding()], &saved.d_embedded, &context.embedding(sizes.embedded()));
}

/// From the gradient by a layer's output to that by its input, in `d_hidden`, or for the input layer in `d_embedded`.
fn dense_backward(context: &ForwardContext<'_>, layer: usize, saved: &mut SavedActivations, gradient: &mut [f32]) {
    let (sizes, channels) = (context.layout.sizes(), context.layout.sizes().channels);
    let parameters = context.dense(layer);
    let mut gradients = DenseGradients::of(&mut gradient[context.layout.dense()[layer].clone()], channels);
    let masks = layer.checked_sub(1).and_then(|block| context.masks(block));
    let (d_product, d_out) = (&mut saved.product, &mut saved.d_hidden);
    dense::backward(d_product, d_out, &parameters, masks, context.sentences, &saved.dense[layer], &mut gradients);
    let d = View::new(d_product, channels);
    if layer == 0 {
        multiply_add(gradients.weight, View::new(&saved.inputs, sizes.inputs()).transposed(), d);
        // Nothing is learned of the vectors, which lie behind the features.
        let weight = &parameters.weight[..sizes.embedded() * channels];
        clear(&mut saved.d_embedded, context.sentences.rows() * sizes.embedded());
        multiply(&mut saved.d_embedded, d, View::new(weight, channels).transposed());
    } else {
        let inner = View::new(inner_rows(d_product, channels), channels);
        multiply_add(gradients.weight, View::windows(&saved.hidden[layer - 1], channels).transposed(), inner);
        reverse_window(&mut saved.reversed, parameters.weight, channels);
        // A token is its neighbour's neighbour: the backward pass is a window, too, with the weights in reverse order.
        let windows = View::windows(d_product, channels);
        multiply_add(inner_rows(d_out, channels), windows, View::new(&saved.reversed, channels));
        context.sentences.clear_edges(d_out, channels);
    }
}

/// All rows but the first and the last.
fn inner_rows(values: &mut [f32], columns: usize) -> &mut [f32] {
    let end = values.len() - columns;
    if end <= columns { &mut [] } else { &mut values[columns..end] }
}

/// The three matrices of a window, each transposed, in reverse order.
fn reverse_window(reversed: &mut Vec<f32>, weight: &[f32], channels: usize) {
    reversed.resize(weight.len(), 0.0);
    let size = channels * channels;
    vectorised(
        #[inline(always)]
        || {
            for (to, from) in reversed.chunks_exact_mut(size).zip(weight.chunks_exact(size).rev()) {
                for (i, row) in to.chunks_exact_mut(channels).enumerate() {
                    row.iter_mut().enumerate().for_each(|(j, value)| *value = from[j * channels + i]);
                }
            }
        },
    );
}

/// Zeros, in the memory it has.
fn clear(values: &mut Vec<f32>, len: usize) {
    values.clear();
    values.resize(len, 0.0);
}
