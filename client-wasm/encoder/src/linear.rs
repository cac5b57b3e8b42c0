//! Linear layers, with weights as f32 (what the quantised ones are compared with) or as a byte each.

use fedner_kernels::math::{dot, vectorised};

use crate::quantised::QuantisedMatrix;

/// A linear layer: `out = weight · in + bias`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Weight,
    bias: Vec<f32>,
    inputs: usize,
}

#[derive(Debug, Clone)]
enum Weight {
    /// `[outputs, inputs]`.
    Plain(Vec<f32>),
    Quantised(QuantisedMatrix),
}

impl Linear {
    /// From f32 weights, `[outputs, inputs]`, as PyTorch has them.
    pub fn plain(weight: Vec<f32>, bias: Vec<f32>, inputs: usize) -> Self {
        assert_eq!(weight.len(), bias.len() * inputs, "a row of weights for each output");
        Self { weight: Weight::Plain(weight), bias, inputs }
    }

    /// From weights of a byte each, `[outputs, inputs]`, with a scale an output.
    pub fn quantised(weight: &[i8], scales: Vec<f32>, bias: Vec<f32>, inputs: usize) -> Self {
        let weight = Weight::Quantised(QuantisedMatrix::new(weight, scales, inputs));
        Self { weight, bias, inputs }
    }

    /// Values it makes of a row.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// `[rows, inputs]` to `[rows, outputs]`, in `out`'s memory.
    pub(crate) fn forward(&self, input: &[f32], out: &mut Vec<f32>) {
        let rows = input.len() / self.inputs;
        out.clear();
        out.resize(rows * self.outputs(), 0.0);
        match &self.weight {
            Weight::Plain(weight) => self.plain_forward(weight, input, out),
            Weight::Quantised(weight) => weight.multiply(input, &self.bias, out),
        }
    }

    fn plain_forward(&self, weight: &[f32], input: &[f32], out: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || {
                for (input, out) in input.chunks_exact(self.inputs).zip(out.chunks_exact_mut(self.outputs())) {
                    let rows = weight.chunks_exact(self.inputs).zip(&self.bias);
                    out.iter_mut().zip(rows).for_each(|(out, (row, bias))| *out = dot(row, input) + bias);
                }
            },
        );
    }
}
