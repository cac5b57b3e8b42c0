//! What follows a matrix product in the encoder, in one pass over its rows: bias, GELU, layer normalisation, dropout
//! and the residual connection; and the same backwards.

use super::math::{add_to, dot, gelu, sum, wide};
use super::packed::Packed;

/// Added to a row's variance before its root is taken.
pub const NORM_EPSILON: f64 = 1e-5;

/// Parameters of one layer, borrowed from the flat buffer.
pub(super) struct Parameters<'a> {
    /// `[inputs, channels]`.
    pub weight: &'a [f32],
    /// `[channels]`, as the others.
    pub bias: &'a [f32],
    /// Scale of the normalisation.
    pub gamma: &'a [f32],
    /// Shift of the normalisation.
    pub beta: &'a [f32],
}

impl<'a> Parameters<'a> {
    /// From `[weight | bias | gamma | beta]`.
    pub fn of(values: &'a [f32], channels: usize) -> Self {
        let (weight, rest) = values.split_at(values.len() - 3 * channels);
        let (bias, rest) = rest.split_at(channels);
        let (gamma, beta) = rest.split_at(channels);
        Self { weight, bias, gamma, beta }
    }
}

/// Gradients of one layer's parameters, laid out as they are.
pub(super) struct Gradients<'a> {
    /// `[inputs, channels]`.
    pub weight: &'a mut [f32],
    bias: &'a mut [f32],
    gamma: &'a mut [f32],
    beta: &'a mut [f32],
}

impl<'a> Gradients<'a> {
    /// From `[weight | bias | gamma | beta]`.
    pub fn of(values: &'a mut [f32], channels: usize) -> Self {
        let (weight, rest) = values.split_at_mut(values.len() - 3 * channels);
        let (bias, rest) = rest.split_at_mut(channels);
        let (gamma, beta) = rest.split_at_mut(channels);
        Self { weight, bias, gamma, beta }
    }
}

/// What the way back needs of a layer.
#[derive(Default)]
pub(super) struct Saved {
    /// Normalised activations, `[rows, channels]`.
    normal: Vec<f32>,
    /// Slope of GELU, `[rows, channels]`.
    slope: Vec<f32>,
    /// Reciprocal standard deviation of each row.
    scale: Vec<f32>,
}

/// Scaled keep masks of one layer: `channels` values a sentence, the sentences `stride` apart.
#[derive(Clone, Copy)]
pub struct Keep<'a> {
    /// Begins with the first sentence's mask.
    pub masks: &'a [f32],
    /// From one sentence to the next.
    pub stride: usize,
}

impl<'a> Keep<'a> {
    #[inline(always)]
    pub(super) fn of(self, sentence: usize, channels: usize) -> &'a [f32] {
        &self.masks[sentence * self.stride..sentence * self.stride + channels]
    }
}

/// Turns products into the layer's output: `out += keep · norm(gelu(product + bias))`, on the tokens' rows.
///
/// `out` holds what the residual connection carries, or zeros where there is none.
pub(super) fn forward(
    out: &mut [f32],
    product: &[f32],
    parameters: &Parameters<'_>,
    keep: Option<Keep<'_>>,
    packed: &Packed,
    saved: &mut Saved,
) {
    let channels = parameters.bias.len();
    saved.normal.resize(packed.rows() * channels, 0.0);
    saved.slope.resize(packed.rows() * channels, 0.0);
    saved.scale.resize(packed.rows(), 0.0);
    wide(
        #[inline(always)]
        || {
            for (sentence, rows) in packed.sentences().enumerate() {
                let keep = keep.map(|keep| keep.of(sentence, channels));
                for row in rows {
                    let place = row * channels..(row + 1) * channels;
                    let normal = &mut saved.normal[place.clone()];
                    let slope = &mut saved.slope[place.clone()];
                    saved.scale[row] = normalise(&product[place.clone()], parameters.bias, normal, slope);
                    leave(&mut out[place], normal, parameters, keep);
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

#[inline(always)]
fn leave(out: &mut [f32], normal: &[f32], parameters: &Parameters<'_>, keep: Option<&[f32]>) {
    let norm = parameters.gamma.iter().zip(parameters.beta);
    let change = normal.iter().zip(norm).map(|(x, (gamma, beta))| x * gamma + beta);
    match keep {
        Some(keep) => out.iter_mut().zip(change).zip(keep).for_each(|((out, change), keep)| *out += change * keep),
        None => out.iter_mut().zip(change).for_each(|(out, change)| *out += change),
    }
}

/// The gradient by the layer's products, from that by its output; adds to those of bias, scale and shift.
///
/// `d_product` is zero in the empty rows, and stays so.
pub(super) fn backward(
    d_product: &mut [f32],
    d_out: &[f32],
    parameters: &Parameters<'_>,
    keep: Option<Keep<'_>>,
    packed: &Packed,
    saved: &Saved,
    gradients: &mut Gradients<'_>,
) {
    let channels = parameters.bias.len();
    wide(
        #[inline(always)]
        || {
            for (sentence, rows) in packed.sentences().enumerate() {
                let keep = keep.map(|keep| keep.of(sentence, channels));
                for row in rows {
                    let place = row * channels..(row + 1) * channels;
                    let (d, normal) = (&mut d_product[place.clone()], &saved.normal[place.clone()]);
                    match keep {
                        Some(keep) => {
                            d.iter_mut().zip(&d_out[place.clone()]).zip(keep).for_each(|((d, o), k)| *d = o * k)
                        }
                        None => d.copy_from_slice(&d_out[place.clone()]),
                    }
                    add_to(gradients.beta, d);
                    gradients.gamma.iter_mut().zip(d.iter().zip(normal)).for_each(|(sum, (d, x))| *sum += d * x);
                    d.iter_mut().zip(parameters.gamma).for_each(|(d, gamma)| *d *= gamma);
                    let (mean, along) = (sum(d) / channels as f32, dot(d, normal) / channels as f32);
                    let scale = saved.scale[row];
                    for ((d, x), slope) in d.iter_mut().zip(normal).zip(&saved.slope[place]) {
                        *d = (*d - mean - x * along) * scale * slope;
                    }
                    add_to(gradients.bias, d);
                }
            }
        },
    );
}
