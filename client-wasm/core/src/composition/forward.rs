//! From hashed features to emission scores, as burn tensor operations: the same code on every
//! device, with and without autodiff.

use burn::tensor::{Device, Int, Tensor, TensorData, activation, module};
use fedner_kernels::NORM_EPSILON;

use super::lstm::BiLstm;
use crate::{
    batch::Batch,
    model::{Layout, upload},
};

/// GELU of anything larger differs from it by less than f32 can tell.
const GELU_LIMIT: f32 = 8.0;

/// A batch on a device.
pub(crate) struct BatchInput {
    sentences: usize,
    width: usize,
    /// Embedding rows, `[sentences · width · rows a token]`.
    rows: Tensor<1, Int>,
    /// 1 for tokens and 0 for padding, `[sentences, width, 1]`.
    mask: Tensor<3>,
    /// Scaled keep masks, `[sentences, 1, blocks · encoder width + the LSTM's outputs]`.
    dropout: Option<Tensor<3>>,
}

impl BatchInput {
    /// Copies a batch to the device.
    pub fn new(batch: &Batch, device: &Device) -> Self {
        let (sentences, width) = (batch.lengths.len(), batch.width);
        let rows = TensorData::new(batch.rows.clone(), [batch.rows.len()]);
        let mask = batch.lengths.iter().flat_map(|n| (0..width).map(move |t| if t < *n { 1.0 } else { 0.0 }));
        Self {
            sentences,
            width,
            rows: Tensor::from_data(rows, device),
            mask: upload(mask.collect(), device).reshape([sentences, width, 1]),
            dropout: None,
        }
    }

    /// Adds dropout masks: `keep` holds one scaled value a sentence, block and channel, then the private LSTM's.
    pub fn with_dropout(mut self, keep: Vec<f32>, device: &Device) -> Self {
        // A model without any encoder above its input layer has nothing to drop.
        if keep.is_empty() {
            return self;
        }
        let channels = keep.len() / self.sentences;
        self.dropout = Some(upload(keep, device).reshape([self.sentences, 1, channels]));
        self
    }
}

/// Emission scores, `[sentences · width, tags]`.
///
/// `parameters` holds one flat tensor for each of the layout's tensors, in order. Padding never
/// influences a token: it is zero before every convolution, as the world beyond a sentence is.
pub(crate) fn emissions(layout: &Layout, parameters: &[Tensor<1>], input: &BatchInput) -> Tensor<2> {
    let spec = layout.spec();
    let (channels, tags) = (spec.encoder_width, layout.labels().tags());
    let (b, t) = (input.sentences, input.width);
    let mut parameters = parameters.iter().cloned();
    let mut next = || parameters.next().unwrap_or_else(|| unreachable!("one tensor for each of the layout's"));

    let table = next().reshape([spec.rows_total(), spec.embedding_width]);
    let features = spec.features.len();
    let summed = table
        .select(0, input.rows.clone())
        .reshape([b * t * features, spec.hashes, spec.embedding_width])
        .sum_dim(1)
        .reshape([b * t, features * spec.embedding_width]);
    let mut hidden = Dense::take(&mut next, features * spec.embedding_width, channels)
        .forward(summed)
        .reshape([b, t, channels])
        .mul(input.mask.clone());

    for block in 0..spec.blocks() {
        let dense = Dense::take(&mut next, 3 * channels, channels);
        let mut change = dense.forward(windows(hidden.clone())).reshape([b, t, channels]);
        if let Some(keep) = &input.dropout {
            let range = block * channels..(block + 1) * channels;
            change = change.mul(keep.clone().slice([0..b, 0..1, range]));
        }
        hidden = hidden.add(change).mul(input.mask.clone());
    }

    if let Some(cells) = spec.private_lstm() {
        hidden = BiLstm::take(&mut next, channels, cells).forward(hidden, &input.mask);
        if let Some(keep) = &input.dropout {
            let start = spec.blocks() * channels;
            hidden = hidden.mul(keep.clone().slice([0..b, 0..1, start..start + 2 * cells]));
        }
    }

    let weight = next().reshape([spec.encoded_width(), tags]);
    let bias = next().reshape([1, tags]);
    hidden.reshape([b * t, spec.encoded_width()]).matmul(weight).add(bias)
}

/// A linear layer, GELU and layer normalisation.
struct Dense {
    weight: Tensor<2>,
    bias: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
}

impl Dense {
    fn take(next: &mut impl FnMut() -> Tensor<1>, inputs: usize, outputs: usize) -> Self {
        Self {
            weight: next().reshape([inputs, outputs]),
            bias: next().reshape([1, outputs]),
            gamma: next(),
            beta: next(),
        }
    }

    fn forward(self, x: Tensor<2>) -> Tensor<2> {
        let x = gelu(x.matmul(self.weight).add(self.bias));
        module::layer_norm(x, self.gamma, Some(self.beta), NORM_EPSILON)
    }
}

/// GELU, exact in f32 and safe for large inputs.
///
/// Its gradient takes a hyperbolic tangent of about `0.036 x³`, and shaders may answer NaN for `tanh` of more
/// than 88. Beyond the limit GELU is its own straight line, so only what lies within goes through it.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    let within = activation::gelu(x.clone().clamp(-GELU_LIMIT, GELU_LIMIT));
    within.add(activation::relu(x.sub_scalar(GELU_LIMIT)))
}

/// Each token with its left and right neighbour: `[b, t, c]` to `[b · t, 3 c]`.
fn windows(x: Tensor<3>) -> Tensor<2> {
    let [b, t, c] = x.dims();
    let edge = Tensor::zeros([b, 1, c], &x.device());
    let padded = Tensor::cat(vec![edge.clone(), x.clone(), edge], 1);
    let left = padded.clone().slice([0..b, 0..t, 0..c]);
    let right = padded.slice([0..b, 2..t + 2, 0..c]);
    Tensor::cat(vec![left, x, right], 2).reshape([b * t, 3 * c])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_the_usual_one_and_a_line_beyond() {
        let xs = [-1e4f32, -20.0, -8.5, -3.0, -0.5, 0.0, 0.7, 3.0, 7.9, 8.1, 12.9, 500.0];
        let x = Tensor::<2>::from_data([xs], &Device::flex()).autodiff().require_grad();
        let y = gelu(x.clone());
        let usual = activation::gelu(x.clone().inner()).into_data();
        let gradients = y.clone().sum().backward();
        let slopes = x.grad(&gradients).unwrap().into_data();
        let (y, usual, slopes) = (y.inner().into_data(), usual.iter::<f32>(), slopes.iter::<f32>());
        for ((x, y), (usual, slope)) in xs.iter().zip(y.iter::<f32>()).zip(usual.zip(slopes)) {
            assert!((y - usual).abs() <= 1e-6 * x.abs().max(1.0), "gelu({x}) is {usual}, not {y}");
            let expected = if *x > 8.0 {
                Some(1.0)
            } else if *x < -8.0 {
                Some(0.0)
            } else {
                None
            };
            assert!(slope.is_finite() && expected.is_none_or(|e| e == slope), "its slope at {x} is {slope}");
        }
    }
}
