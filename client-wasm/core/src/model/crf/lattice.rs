//! What a CRF knows of a sentence's spans, from one pass over it.

use fedner_kernels::{Chain, ChainSums, log_sum};

use crate::labels::TokenSpan;

/// The sums over a sentence's emissions, `[tokens, tags]`.
pub(super) fn sums<'c>(chain: &'c Chain, emissions: &[f32], factor: f64) -> ChainSums<'c> {
    chain.sums(emissions.iter().map(|score| f64::from(*score) * factor).collect())
}

/// The probability of exactly each span.
pub(super) fn span_probabilities(sums: &ChainSums<'_>, spans: &[TokenSpan]) -> Vec<f64> {
    spans.iter().map(|span| span_probability(sums, span)).collect()
}

/// The probability that exactly this span is there.
fn span_probability(sums: &ChainSums<'_>, span: &TokenSpan) -> f64 {
    let (begin, inside) = (1 + 2 * span.label, 2 + 2 * span.label);
    let mut path = sums.forward(span.first, begin);
    let mut last = begin;
    for token in span.first + 1..span.end {
        path += sums.step(last, token, inside);
        last = inside;
    }
    let after = if span.end == sums.tokens() {
        sums.backward(span.end - 1, last)
    } else {
        let others = (0..sums.tags()).filter(|tag| *tag != inside);
        log_sum(others.map(|to| sums.step(last, span.end, to) + sums.backward(span.end, to)))
    };
    (path + after - sums.log_partition()).exp().clamp(0.0, 1.0)
}
