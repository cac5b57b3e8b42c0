//! The probabilities of a sentence's spans, from one forward-backward pass.

use fedner_kernels::{ForwardBackward, LinearChainCrf, log_sum};

use crate::labels::{Tag, TokenSpan};

/// The sums over a sentence, from its emission scores, `[tokens, tags]`, times a factor.
pub(super) fn forward_backward<'c>(chain: &'c LinearChainCrf, emissions: &[f32], factor: f64) -> ForwardBackward<'c> {
    chain.forward_backward(emissions.iter().map(|score| f64::from(*score) * factor).collect())
}

/// The probability of exactly each span.
pub(super) fn span_probabilities(sums: &ForwardBackward<'_>, spans: &[TokenSpan]) -> Vec<f64> {
    spans.iter().map(|span| span_probability(sums, span)).collect()
}

/// The probability that exactly this span is there.
fn span_probability(sums: &ForwardBackward<'_>, span: &TokenSpan) -> f64 {
    let (begin, inside) = (Tag::begin(span.label).index(), Tag::inside(span.label).index());
    let mut path = sums.forward(span.first, begin);
    let mut last = begin;
    for token in span.first + 1..span.end {
        path += sums.transition_and_emission(last, token, inside);
        last = inside;
    }
    let after = if span.end == sums.tokens() {
        sums.backward(span.end - 1, last)
    } else {
        let others = (0..sums.tags()).filter(|tag| *tag != inside);
        log_sum(others.map(|to| sums.transition_and_emission(last, span.end, to) + sums.backward(span.end, to)))
    };
    (path + after - sums.log_partition()).exp().clamp(0.0, 1.0)
}
