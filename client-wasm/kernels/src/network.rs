//! The whole network forwards and backwards over one flat parameter buffer, with the gradient written to its place in
//! another: no tensor a layer, no graph, no padding.

use std::ops::Range;

use super::dense::{self, Gradients, Keep, Parameters, Saved};
use super::embedding;
use super::lstm::{BiLstm, LstmTape, Way};
use super::math::{add_to, wide};
use super::matmul::{View, multiply, multiply_add};
use super::packed::Packed;

/// Sizes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Features of a token.
    pub features: usize,
    /// Rows summed for each feature.
    pub hashes: usize,
    /// Width of an embedding row.
    pub embedding: usize,
    /// Width of the encoder.
    pub channels: usize,
    /// Residual blocks, shared and private ones.
    pub blocks: usize,
    /// Cells a direction of the bidirectional LSTM above the blocks, where there is one.
    pub lstm: Option<usize>,
    /// Tags a token may have.
    pub tags: usize,
    /// Elements of both modules.
    pub parameters: usize,
}

/// Sizes of a model and where its tensors lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    sizes: Sizes,
    table: Range<usize>,
    /// The input layer, then each block's, shared ones first.
    layers: Vec<Range<usize>>,
    /// All tensors of the LSTM; empty where there is none.
    lstm: Range<usize>,
    output_weight: Range<usize>,
    output_bias: Range<usize>,
    crf: Range<usize>,
}

impl Sizes {
    /// Values a sentence has in its dropout masks: those of the blocks, then those of the LSTM's output.
    pub fn masked(&self) -> usize {
        self.blocks * self.channels + self.bilstm().map_or(0, |lstm| lstm.outputs())
    }

    /// The LSTM, where there is one.
    fn bilstm(&self) -> Option<BiLstm> {
        self.lstm.map(|hidden| BiLstm { inputs: self.channels, hidden })
    }

    /// Values that a token has where its tags are scored.
    fn encoded(&self) -> usize {
        self.bilstm().map_or(self.channels, |lstm| lstm.outputs())
    }
}

impl Plan {
    /// The plan of a model whose tensors lie in these ranges of the flat buffer: the embeddings; weight, bias, scale and
    /// shift of the input layer and of each block; those of a [`BiLstm`], where there is one; weight and bias of the output;
    /// last the CRF's scores, in `crf`.
    ///
    /// # Panics
    /// When there are fewer ranges than such a model has tensors.
    pub fn new(sizes: Sizes, ranges: &[Range<usize>], crf: Range<usize>) -> Self {
        let layer = |at: usize| ranges[1 + 4 * at].start..ranges[4 + 4 * at].end;
        let first = 5 + 4 * sizes.blocks;
        let output = first + sizes.lstm.map_or(0, |_| BiLstm::TENSORS);
        let lstm = ranges[first].start..ranges[output].start;
        Self {
            sizes,
            lstm,
            table: ranges[0].clone(),
            layers: (0..=sizes.blocks).map(layer).collect(),
            output_weight: ranges[output].clone(),
            output_bias: ranges[output + 1].clone(),
            crf,
        }
    }

    /// The sizes.
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// Where the embeddings lie.
    pub fn table(&self) -> Range<usize> {
        self.table.clone()
    }

    /// Where each layer's weight, bias, scale and shift lie, one behind the other: the input layer's, then each block's.
    pub fn layers(&self) -> &[Range<usize>] {
        &self.layers
    }

    /// Where the LSTM's parameters lie; empty where there is none.
    pub fn lstm(&self) -> Range<usize> {
        self.lstm.clone()
    }

    /// Where the output's weight lies, and its bias behind it.
    pub fn output(&self) -> Range<usize> {
        self.output_weight.start..self.output_bias.end
    }

    /// Where the CRF's scores lie.
    pub fn crf(&self) -> Range<usize> {
        self.crf.clone()
    }

    /// Values a token's features have together.
    fn inputs(&self) -> usize {
        self.sizes.features * self.sizes.embedding
    }
}

/// Everything the way back needs, and buffers that are used again for the next batch.
#[derive(Default)]
pub struct Tape {
    embedded: Vec<f32>,
    /// What goes into each block, and out of the last.
    hidden: Vec<Vec<f32>>,
    saved: Vec<Saved>,
    product: Vec<f32>,
    d_hidden: Vec<f32>,
    /// What leaves the LSTM, and its gradient.
    context: Vec<f32>,
    d_context: Vec<f32>,
    lstm: LstmTape,
    d_embedded: Vec<f32>,
    turned: Vec<f32>,
}

impl Tape {
    /// What tags are scored from.
    fn encoded(&self, plan: &Plan) -> &[f32] {
        if plan.sizes.lstm.is_some() { &self.context } else { &self.hidden[plan.sizes.blocks] }
    }
}

/// A batch as the network reads it.
pub struct Input<'a> {
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Embedding rows, `[sentences, width, rows a token]`.
    pub rows: &'a [i32],
    /// Where the sentences lie.
    pub packed: &'a Packed,
    /// Scaled keep masks, `[sentences, `[`Sizes::masked`]`]`.
    pub keep: Option<&'a [f32]>,
}

impl<'a> Input<'a> {
    /// The masks of a block; those of the LSTM are where the next one's would be.
    fn keep(&self, plan: &Plan, block: usize) -> Option<Keep<'a>> {
        let start = block * plan.sizes.channels;
        self.keep.map(|masks| Keep { masks: &masks[start..], stride: plan.sizes.masked() })
    }
}

/// Emission scores, `[packed rows, tags]`, from the flat parameters; those of the empty rows mean nothing.
pub fn forward(plan: &Plan, values: &[f32], input: &Input<'_>, tape: &mut Tape) -> Vec<f32> {
    let (channels, rows) = (plan.sizes.channels, input.packed.rows());
    tape.saved.resize_with(plan.layers.len(), Saved::default);
    tape.hidden.resize_with(plan.layers.len(), Vec::new);
    clear(&mut tape.embedded, rows * plan.inputs());
    embedding::gather(&mut tape.embedded, &values[plan.table.clone()], plan, input);

    clear(&mut tape.product, rows * channels);
    for layer in 0..plan.layers.len() {
        let parameters = Parameters::of(&values[plan.layers[layer].clone()], channels);
        let weight = View::new(parameters.weight, channels);
        let (before, rest) = tape.hidden.split_at_mut(layer);
        let out = &mut rest[0];
        let keep = match before.last() {
            None => {
                clear(out, rows * channels);
                multiply(&mut tape.product, View::new(&tape.embedded, plan.inputs()), weight);
                None
            }
            Some(hidden) => {
                out.clone_from(hidden);
                // The first and the last row are empty, so the windows begin at the second.
                let inner = inner_rows(&mut tape.product, channels);
                multiply(inner, View::windows(hidden, channels), weight);
                input.keep(plan, layer - 1)
            }
        };
        dense::forward(out, &tape.product, &parameters, keep, input.packed, &mut tape.saved[layer]);
    }

    let blocks = plan.sizes.blocks;
    if let Some(lstm) = plan.sizes.bilstm() {
        let (hidden, keep) = (&tape.hidden[blocks], input.keep(plan, blocks));
        let way = Way { values: &values[plan.lstm.clone()], input: hidden, keep, packed: input.packed };
        lstm.forward(&way, &mut tape.context, &mut tape.lstm);
    }
    let bias = &values[plan.output_bias.clone()];
    let mut emissions: Vec<f32> = std::iter::repeat_n(bias, rows).flatten().copied().collect();
    let encoded = View::new(tape.encoded(plan), plan.sizes.encoded());
    multiply_add(&mut emissions, encoded, View::new(&values[plan.output_weight.clone()], plan.sizes.tags));
    emissions
}

/// Adds the gradient of every parameter but the CRF's to `gradient`, from that by the emissions (zero in empty rows).
pub fn backward(
    plan: &Plan,
    values: &[f32],
    input: &Input<'_>,
    d_emissions: &[f32],
    tape: &mut Tape,
    gradient: &mut [f32],
) {
    let (channels, rows) = (plan.sizes.channels, input.packed.rows());
    let d_scores = View::new(d_emissions, plan.sizes.tags);
    let encoded = View::new(tape.encoded(plan), plan.sizes.encoded());
    multiply_add(&mut gradient[plan.output_weight.clone()], encoded.transposed(), d_scores);
    let d_bias = &mut gradient[plan.output_bias.clone()];
    d_emissions.chunks_exact(plan.sizes.tags).for_each(|row| add_to(d_bias, row));
    clear(&mut tape.d_hidden, rows * channels);
    let output = View::new(&values[plan.output_weight.clone()], plan.sizes.tags).transposed();
    if let Some(lstm) = plan.sizes.bilstm() {
        let (blocks, place) = (plan.sizes.blocks, plan.lstm.clone());
        clear(&mut tape.d_context, rows * lstm.outputs());
        multiply(&mut tape.d_context, d_scores, output);
        let Tape { hidden, d_hidden, d_context, lstm: lstm_tape, .. } = tape;
        let (hidden, keep) = (&hidden[blocks], input.keep(plan, blocks));
        let way = Way { values: &values[place.clone()], input: hidden, keep, packed: input.packed };
        lstm.backward(&way, d_context, lstm_tape, &mut gradient[place], d_hidden);
    } else {
        multiply(&mut tape.d_hidden, d_scores, output);
    }

    clear(&mut tape.product, rows * channels);
    for layer in (0..plan.layers.len()).rev() {
        let parameters = Parameters::of(&values[plan.layers[layer].clone()], channels);
        let mut gradients = Gradients::of(&mut gradient[plan.layers[layer].clone()], channels);
        let keep = layer.checked_sub(1).and_then(|block| input.keep(plan, block));
        let (d_product, d_out) = (&mut tape.product, &mut tape.d_hidden);
        dense::backward(d_product, d_out, &parameters, keep, input.packed, &tape.saved[layer], &mut gradients);
        let d = View::new(d_product, channels);
        if layer == 0 {
            multiply_add(gradients.weight, View::new(&tape.embedded, plan.inputs()).transposed(), d);
            clear(&mut tape.d_embedded, rows * plan.inputs());
            multiply(&mut tape.d_embedded, d, View::new(parameters.weight, channels).transposed());
        } else {
            let inner = View::new(inner_rows(d_product, channels), channels);
            multiply_add(gradients.weight, View::windows(&tape.hidden[layer - 1], channels).transposed(), inner);
            turn(&mut tape.turned, parameters.weight, channels);
            // What a token is to its neighbours they are to it: the way back is a window too, with the weights turned.
            let windows = View::windows(d_product, channels);
            multiply_add(inner_rows(d_out, channels), windows, View::new(&tape.turned, channels));
            input.packed.clear_edges(d_out, channels);
        }
    }
    embedding::scatter(&mut gradient[plan.table.clone()], &tape.d_embedded, plan, input);
}

/// All rows but the first and the last.
fn inner_rows(values: &mut [f32], columns: usize) -> &mut [f32] {
    let end = values.len() - columns;
    if end <= columns { &mut [] } else { &mut values[columns..end] }
}

/// The three matrices of a window, each transposed, in reverse order.
fn turn(turned: &mut Vec<f32>, weight: &[f32], channels: usize) {
    turned.resize(weight.len(), 0.0);
    let size = channels * channels;
    wide(
        #[inline(always)]
        || {
            for (to, from) in turned.chunks_exact_mut(size).zip(weight.chunks_exact(size).rev()) {
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
