//! A dense layer of the encoder after its matrix product, in one pass over the rows: bias, GELU, layer normalisation,
//! dropout and the residual connection; and the same backwards.

use super::dropout::DropoutMasks;
use super::math::{add_to, dot, gelu, sum, vectorised};
use super::packed::PackedSentences;

/// Added to a row's variance before its root is taken.
pub const NORM_EPSILON: f64 = 1e-5;

/// What a layer's tensors are called, in their order in the flat buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseNames {
    /// `[inputs, channels]`.
    pub weight: String,
    /// `[channels]`, as the others.
    pub bias: String,
    /// Scale of the normalisation.
    pub gamma: String,
    /// Shift of the normalisation.
    pub beta: String,
}

impl DenseNames {
    /// The tensors with their shapes.
    pub(super) fn tensors(&self, inputs: usize, channels: usize) -> [(&str, Vec<usize>); 4] {
        let vector = || vec![channels];
        [
            (&self.weight, vec![inputs, channels]),
            (&self.bias, vector()),
            (&self.gamma, vector()),
            (&self.beta, vector()),
        ]
        .map(|(name, shape)| (name.as_str(), shape))
    }
}

/// Parameters of one layer, borrowed from the flat buffer.
pub(super) struct DenseParameters<'a> {
    /// `[inputs, channels]`.
    pub weight: &'a [f32],
    /// `[channels]`, as the others.
    pub bias: &'a [f32],
    /// Scale of the normalisation.
    pub gamma: &'a [f32],
    /// Shift of the normalisation.
    pub beta: &'a [f32],
}

impl<'a> DenseParameters<'a> {
    /// From `[weight | bias | gamma | beta]`.
    pub fn of(values: &'a [f32], channels: usize) -> Self {
        let (weight, rest) = values.split_at(values.len() - 3 * channels);
        let (bias, rest) = rest.split_at(channels);
        let (gamma, beta) = rest.split_at(channels);
        Self { weight, bias, gamma, beta }
    }
}

/// Gradients of one layer's parameters, laid out as they are.
pub(super) struct DenseGradients<'a> {
    /// `[inputs, channels]`.
    pub weight: &'a mut [f32],
    bias: &'a mut [f32],
    gamma: &'a mut [f32],
    beta: &'a mut [f32],
}

impl<'a> DenseGradients<'a> {
    /// From `[weight | bias | gamma | beta]`.
    pub fn of(values: &'a mut [f32], channels: usize) -> Self {
        let (weight, rest) = values.split_at_mut(values.len() - 3 * channels);
        let (bias, rest) = rest.split_at_mut(channels);
        let (gamma, beta) = rest.split_at_mut(channels);
        Self { weight, bias, gamma, beta }
    }
}

/// What the backward pass needs of a layer.
#[derive(Default)]
pub(super) struct DenseActivations {
    /// Normalised activations, `[rows, channels]`.
    normal: Vec<f32>,
    /// Slope of GELU, `[rows, channels]`.
    slope: Vec<f32>,
    /// Reciprocal standard deviation of each row.
    scale: Vec<f32>,
}

/// The layer's output from its matrix product: `out += mask · norm(gelu(product + bias))`, in the tokens' rows.
///
/// `out` holds the residual connection's values, or zeros where there is none.
pub(super) fn forward(
    out: &mut [f32],
    product: &[f32],
    parameters: &DenseParameters<'_>,
    masks: Option<DropoutMasks<'_>>,
    sentences: &PackedSentences,
    saved: &mut DenseActivations,
) {
    let channels = parameters.bias.len();
    saved.normal.resize(sentences.rows() * channels, 0.0);
    saved.slope.resize(sentences.rows() * channels, 0.0);
    saved.scale.resize(sentences.rows(), 0.0);
    vectorised(
        #[inline(always)]
        || {
            for (sentence, rows) in sentences.token_rows().enumerate() {
                let mask = masks.map(|masks| masks.of(sentence, channels));
                for row in rows {
                    let range = row * channels..(row + 1) * channels;
                    let normal = &mut saved.normal[range.clone()];
                    let slope = &mut saved.slope[range.clone()];
                    saved.scale[row] = normalise(&product[range.clone()], parameters.bias, normal, slope);
                    add_output(&mut out[range], normal, parameters, mask);
                }
            }
        },
    );
}

/// One row's normalised activations and slopes; returns the reciprocal standard deviation.
#[inline(always)]
fn normalise(product: &[f32], bias: &[f32], normal: &mut [f32], slope: &mut [f32]) -> f32 {
    for ((product, bias), (normal, slope)) in product.iter().zip(bias).zip(normal.iter_mut().zip(slope)) {
        (*normal, *slope) = gelu(product + bias);
    }
    let channels = normal.len() as f32;
    let mean = sum(normal) / channels;
    normal.iter_mut().for_each(|x| *x -= mean);
    let scale = 1.0 / (dot(normal, normal) / channels + NORM_EPSILON as f32).sqrt();
    normal.iter_mut().for_each(|x| *x *= scale);
    scale
}

/// Adds a row's scaled, shifted and masked activations to the layer's output.
#[inline(always)]
fn add_output(out: &mut [f32], normal: &[f32], parameters: &DenseParameters<'_>, mask: Option<&[f32]>) {
    let norm = parameters.gamma.iter().zip(parameters.beta);
    let change = normal.iter().zip(norm).map(|(x, (gamma, beta))| x * gamma + beta);
    match mask {
        Some(mask) => out.iter_mut().zip(change).zip(mask).for_each(|((out, change), mask)| *out += change * mask),
        None => out.iter_mut().zip(change).for_each(|(out, change)| *out += change),
    }
}

/// The gradient by the layer's products, from that by its output; adds to those of bias, scale and shift.
///
/// `d_product` is zero in the empty rows, and stays so.
pub(super) fn backward(
    d_product: &mut [f32],
    d_out: &[f32],
    parameters: &DenseParameters<'_>,
    masks: Option<DropoutMasks<'_>>,
    sentences: &PackedSentences,
    saved: &DenseActivations,
    gradients: &mut DenseGradients<'_>,
) {
    let channels = parameters.bias.len();
    vectorised(
        #[inline(always)]
        || {
            for (sentence, rows) in sentences.token_rows().enumerate() {
                let mask = masks.map(|masks| masks.of(sentence, channels));
                for row in rows {
                    let range = row * channels..(row + 1) * channels;
                    let (d, normal) = (&mut d_product[range.clone()], &saved.normal[range.clone()]);
                    match mask {
                        Some(mask) => {
                            d.iter_mut().zip(&d_out[range.clone()]).zip(mask).for_each(|((d, o), m)| *d = o * m)
                        }
                        None => d.copy_from_slice(&d_out[range.clone()]),
                    }
                    add_to(gradients.beta, d);
                    gradients.gamma.iter_mut().zip(d.iter().zip(normal)).for_each(|(sum, (d, x))| *sum += d * x);
                    d.iter_mut().zip(parameters.gamma).for_each(|(d, gamma)| *d *= gamma);
                    let (mean, along) = (sum(d) / channels as f32, dot(d, normal) / channels as f32);
                    let scale = saved.scale[row];
                    for ((d, x), slope) in d.iter_mut().zip(normal).zip(&saved.slope[range]) {
                        *d = (*d - mean - x * along) * scale * slope;
                    }
                    add_to(gradients.bias, d);
                }
            }
        },
    );
}
