//! The bidirectional LSTM, token after token.

use burn::tensor::{Tensor, activation};
use fedner_kernels::LstmNames;

use super::parameters::NamedParameters;

/// Beyond it the hyperbolic tangent is ±1 in f32; shaders may return NaN for large arguments.
const TANH_LIMIT: f32 = 15.0;

/// A bidirectional LSTM's parameters. The gates' order is forget, input, output, candidate.
pub(super) struct BiLstm {
    /// `[inputs, 2 · 4 · hidden]`, the forward direction's gates first.
    input: Tensor<2>,
    /// `[hidden, 4 · hidden]` for each direction: forward, reverse.
    recurrent: [Tensor<2>; 2],
    /// `[1, 2 · 4 · hidden]`.
    bias: Tensor<2>,
}

impl BiLstm {
    /// The layer with these tensors.
    pub fn new(names: &LstmNames, parameters: &NamedParameters, inputs: usize, hidden: usize) -> Self {
        let recurrent = [&names.forward_recurrent_weight, &names.reverse_recurrent_weight];
        let biases = [&names.forward_forget_bias, &names.forward_bias, &names.reverse_forget_bias, &names.reverse_bias];
        let biases = biases.map(|name| parameters.flat(name).clone());
        Self {
            input: parameters.get(&names.input_weight, [inputs, 8 * hidden]),
            recurrent: recurrent.map(|name| parameters.get(name, [hidden, 4 * hidden])),
            bias: Tensor::cat(biases.to_vec(), 0).reshape([1, 8 * hidden]),
        }
    }

    /// `[b, t, inputs]` to `[b, t, 2 · hidden]`; `mask`, `[b, t, 1]`, is 0 for padding, whose output is 0.
    pub fn forward(self, x: Tensor<3>, mask: &Tensor<3>) -> Tensor<3> {
        let [b, t, inputs] = x.dims();
        let hidden = self.bias.dims()[1] / 8;
        let sums = x.reshape([b * t, inputs]).matmul(self.input).add(self.bias).reshape([b, t, 8 * hidden]);
        let directions = self.recurrent.into_iter().enumerate().map(|(direction, recurrent)| {
            let first = direction * 4 * hidden;
            let sums = sums.clone().slice([0..b, 0..t, first..first + 4 * hidden]);
            one_direction(sums, recurrent, mask, direction == 1)
        });
        Tensor::cat(directions.collect(), 2)
    }
}

/// `[b, t, hidden]` from one direction's sums, `[b, t, 4 · hidden]`.
fn one_direction(sums: Tensor<3>, recurrent: Tensor<2>, mask: &Tensor<3>, reverse: bool) -> Tensor<3> {
    let [b, t, _] = sums.dims();
    let [hidden, _] = recurrent.dims();
    let mut state = Tensor::<2>::zeros([b, hidden], &sums.device());
    let mut cells = state.clone();
    let mut outputs = Vec::with_capacity(t);
    for step in 0..t {
        let time = if reverse { t - 1 - step } else { step };
        let at = |x: &Tensor<3>, width| x.clone().slice([0..b, time..time + 1, 0..width]).reshape([b, width]);
        let sums = at(&sums, 4 * hidden).add(state.matmul(recurrent.clone()));
        let open = activation::sigmoid(sums.clone().slice([0..b, 0..3 * hidden]));
        let gate = |gate: usize| open.clone().slice([0..b, gate * hidden..(gate + 1) * hidden]);
        let candidate = tanh(sums.slice([0..b, 3 * hidden..4 * hidden]));
        // State and cells are zero behind a sentence, so the reverse direction begins at its last token with zeros.
        let mask = at(mask, 1);
        cells = gate(0).mul(cells).add(gate(1).mul(candidate)).mul(mask.clone());
        state = gate(2).mul(tanh(cells.clone())).mul(mask);
        outputs.push(state.clone().reshape([b, 1, hidden]));
    }
    if reverse {
        outputs.reverse();
    }
    Tensor::cat(outputs, 1)
}

fn tanh(x: Tensor<2>) -> Tensor<2> {
    x.clamp(-TANH_LIMIT, TANH_LIMIT).tanh()
}
