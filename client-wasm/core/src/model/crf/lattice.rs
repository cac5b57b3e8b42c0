//! One forward-backward pass over a sentence: everything a CRF knows of it in probabilities, at a temperature.

use super::{Crf, Temperature};
use crate::labels::TokenSpan;

/// Forward and backward log sums of one sentence.
pub(super) struct Lattice<'c> {
    crf: &'c Crf<'c>,
    emissions: &'c [f32],
    /// What every score is multiplied by: one over the temperature.
    factor: f64,
    pub(super) tokens: usize,
    /// Log sum over all prefixes that end in a tag, its emission included; `[tokens, tags]`.
    forward: Vec<f64>,
    /// Log sum over all suffixes after a tag, its emission not included; `[tokens, tags]`.
    backward: Vec<f64>,
    pub(super) log_partition: f64,
}

impl<'c> Lattice<'c> {
    pub(super) fn new(crf: &'c Crf<'c>, emissions: &'c [f32], temperature: Temperature) -> Self {
        let k = crf.tags;
        let factor = temperature.factor();
        let tokens = emissions.len() / k;
        let mut forward = vec![f64::NEG_INFINITY; tokens * k];
        let mut backward = vec![f64::NEG_INFINITY; tokens * k];
        let mut terms = vec![0.0; k];
        for tag in 0..k {
            forward[tag] = (crf.start_score(tag) + f64::from(emissions[tag])) * factor;
            backward[(tokens - 1) * k + tag] = f64::from(crf.end[tag]) * factor;
        }
        for t in 1..tokens {
            for to in 0..k {
                for (from, term) in terms.iter_mut().enumerate() {
                    *term = forward[(t - 1) * k + from] + crf.transition(from, to) * factor;
                }
                forward[t * k + to] = log_sum(&terms) + f64::from(emissions[t * k + to]) * factor;
            }
        }
        for t in (1..tokens).rev() {
            for from in 0..k {
                for (to, term) in terms.iter_mut().enumerate() {
                    let step = crf.transition(from, to) + f64::from(emissions[t * k + to]);
                    *term = step * factor + backward[t * k + to];
                }
                backward[(t - 1) * k + from] = log_sum(&terms);
            }
        }
        for (tag, term) in terms.iter_mut().enumerate() {
            *term = forward[(tokens - 1) * k + tag] + f64::from(crf.end[tag]) * factor;
        }
        let log_partition = log_sum(&terms);
        Self { crf, emissions, factor, tokens, forward, backward, log_partition }
    }

    /// The probability of each tag at each token, `[tokens, tags]`.
    pub(super) fn marginals(&self) -> Vec<f64> {
        self.forward.iter().zip(&self.backward).map(|(f, b)| (f + b - self.log_partition).exp()).collect()
    }

    /// Adds the expected number of each transition to `sums`, `[tags, tags]`.
    pub(super) fn add_pair_marginals(&self, sums: &mut [f64]) {
        let k = self.crf.tags;
        for t in 1..self.tokens {
            for from in 0..k {
                for to in 0..k {
                    let path = self.forward[(t - 1) * k + from] + self.step(from, t, to) + self.backward[t * k + to];
                    sums[from * k + to] += (path - self.log_partition).exp();
                }
            }
        }
    }

    /// The score of going from a tag to that of token `t`, its emission included.
    fn step(&self, from: usize, t: usize, to: usize) -> f64 {
        (self.crf.transition(from, to) + f64::from(self.emissions[t * self.crf.tags + to])) * self.factor
    }

    /// The probability of exactly each span.
    pub(super) fn span_probabilities(&self, spans: &[TokenSpan]) -> Vec<f64> {
        spans.iter().map(|span| self.span_probability(span)).collect()
    }

    /// The probability that exactly this span is there.
    fn span_probability(&self, span: &TokenSpan) -> f64 {
        let k = self.crf.tags;
        let (begin, inside) = (1 + 2 * span.label, 2 + 2 * span.label);
        let mut path = self.forward[span.first * k + begin];
        let mut last = begin;
        for t in span.first + 1..span.end {
            path += self.step(last, t, inside);
            last = inside;
        }
        let after = if span.end == self.tokens {
            f64::from(self.crf.end[last]) * self.factor
        } else {
            let ways = (0..k)
                .filter(|tag| *tag != inside)
                .map(|to| self.step(last, span.end, to) + self.backward[span.end * k + to]);
            log_sum(&ways.collect::<Vec<_>>())
        };
        (path + after - self.log_partition).exp().clamp(0.0, 1.0)
    }
}

/// `ln Σ eˣ`, without overflow.
pub(super) fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}
