//! Dense layers of the encoder.

use burn::tensor::{Tensor, activation, module};
use fedner_kernels::{DenseNames, NORM_EPSILON};

use super::parameters::NamedParameters;

/// Of larger inputs GELU differs from the straight line by less than f32's precision.
const GELU_LIMIT: f32 = 8.0;

/// A linear layer, GELU and layer normalisation.
pub(super) struct Dense {
    weight: Tensor<2>,
    bias: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
}

impl Dense {
    /// The layer with these tensors.
    pub fn new(names: &DenseNames, parameters: &NamedParameters, inputs: usize, outputs: usize) -> Self {
        Self {
            weight: parameters.get(&names.weight, [inputs, outputs]),
            bias: parameters.get(&names.bias, [1, outputs]),
            gamma: parameters.get(&names.gamma, [outputs]),
            beta: parameters.get(&names.beta, [outputs]),
        }
    }

    /// `[tokens, inputs]` to `[tokens, outputs]`.
    pub fn forward(self, x: Tensor<2>) -> Tensor<2> {
        let x = gelu(x.matmul(self.weight).add(self.bias));
        module::layer_norm(x, self.gamma, Some(self.beta), NORM_EPSILON)
    }
}

/// GELU, exact in f32 and safe for large inputs.
///
/// Its gradient takes a hyperbolic tangent of about `0.036 x³`, and shaders may return NaN for `tanh` of more
/// than 88. Beyond the limit GELU is a straight line, so only inputs within it go through burn's GELU.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    let within = activation::gelu(x.clone().clamp(-GELU_LIMIT, GELU_LIMIT));
    within.add(activation::relu(x.sub_scalar(GELU_LIMIT)))
}

/// Each token with its left and right neighbour: `[b, t, c]` to `[b · t, 3 c]`.
pub(super) fn windows(x: Tensor<3>) -> Tensor<2> {
    let [b, t, c] = x.dims();
    let edge = Tensor::zeros([b, 1, c], &x.device());
    let padded = Tensor::cat(vec![edge.clone(), x.clone(), edge], 1);
    let left = padded.clone().slice([0..b, 0..t, 0..c]);
    let right = padded.slice([0..b, 2..t + 2, 0..c]);
    Tensor::cat(vec![left, x, right], 2).reshape([b * t, 3 * c])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

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
