//! The forward pass of a BERT encoder: embeddings, then layers of attention and feed-forward with residual connections.

use std::ops::Range;

use fedner_kernels::math::{gelu, vectorised};

use crate::attention::attend;
use crate::linear::Linear;
use crate::norm::Norm;
use crate::tensors::Table;

/// An encoder's weights.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The pieces' embeddings, `[vocabulary, width]`.
    pub pieces: Rows,
    /// The positions' embeddings with the first segment's added, `[positions, width]`.
    pub positions: Rows,
    /// What normalises their sum.
    pub norm: Norm,
    /// The layers.
    pub layers: Vec<LayerWeights>,
    /// Heads of each layer.
    pub heads: usize,
    /// Added to a variance.
    pub epsilon: f32,
}

/// Rows that are looked up.
#[derive(Debug, Clone)]
pub enum Rows {
    /// f32, `[rows, width]`.
    Plain(Vec<f32>),
    /// A byte each.
    Quantised(Table),
}

/// A layer's weights.
#[derive(Debug, Clone)]
pub struct LayerWeights {
    /// To queries, keys and values, one behind the other.
    pub attention_in: Linear,
    /// From what the heads gathered.
    pub attention_out: Linear,
    /// Behind the attention.
    pub attention_norm: Norm,
    /// To the wide layer.
    pub feed_in: Linear,
    /// From the wide layer.
    pub feed_out: Linear,
    /// Behind the feed-forward part.
    pub feed_norm: Norm,
}

/// Memory that one pass leaves to the next.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    hidden: Vec<f32>,
    projected: Vec<f32>,
    gathered: Vec<f32>,
    out: Vec<f32>,
}

impl Rows {
    fn add_row(&self, row: usize, to: &mut [f32]) {
        match self {
            Rows::Plain(values) => {
                let values = &values[row * to.len()..(row + 1) * to.len()];
                to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
            }
            Rows::Quantised(table) => table.add_row(row, to),
        }
    }
}

impl Weights {
    /// Width of a hidden state.
    pub fn width(&self) -> usize {
        self.norm.gamma.len()
    }

    /// Reads sequences of pieces that lie one behind the other without padding. Returns the mean of the hidden states
    /// behind the layers `averaged` (counted from 0, the first layer's output), `[pieces, width]`.
    pub fn forward(
        &self,
        pieces: &[u32],
        sequences: &[Range<usize>],
        averaged: Range<usize>,
        memory: &mut Memory,
    ) -> Vec<f32> {
        self.embed(pieces, sequences, memory);
        let mut mean = vec![0.0; pieces.len() * self.width()];
        let share = 1.0 / averaged.len() as f32;
        for (number, layer) in self.layers.iter().enumerate().take(averaged.end) {
            self.layer(layer, sequences, memory);
            if averaged.contains(&number) {
                mean.iter_mut().zip(&memory.hidden).for_each(|(mean, hidden)| *mean += share * hidden);
            }
        }
        mean
    }

    fn embed(&self, pieces: &[u32], sequences: &[Range<usize>], memory: &mut Memory) {
        let width = self.width();
        memory.hidden.clear();
        memory.hidden.resize(pieces.len() * width, 0.0);
        for sequence in sequences {
            for (position, piece) in sequence.clone().enumerate() {
                let hidden = &mut memory.hidden[piece * width..(piece + 1) * width];
                self.pieces.add_row(pieces[piece] as usize, hidden);
                self.positions.add_row(position, hidden);
            }
        }
        self.norm.add_and_normalise(&mut memory.hidden, None, self.epsilon);
    }

    fn layer(&self, layer: &LayerWeights, sequences: &[Range<usize>], memory: &mut Memory) {
        let Memory { hidden, projected, gathered, out } = memory;
        layer.attention_in.forward(hidden, projected);
        gathered.resize(hidden.len(), 0.0);
        attend(gathered, projected, self.width(), self.heads, sequences);
        layer.attention_out.forward(gathered, out);
        layer.attention_norm.add_and_normalise(out, Some(hidden), self.epsilon);
        std::mem::swap(hidden, out);
        layer.feed_in.forward(hidden, projected);
        vectorised(
            #[inline(always)]
            || projected.iter_mut().for_each(|value| *value = gelu(*value).0),
        );
        layer.feed_out.forward(projected, out);
        layer.feed_norm.add_and_normalise(out, Some(hidden), self.epsilon);
        std::mem::swap(hidden, out);
    }
}
