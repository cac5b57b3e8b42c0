//! A linear-chain conditional random field over IOB2 tags (Lafferty et al. 2001), in plain Rust.
//!
//! One forward-backward pass gives the loss and its exact gradient (marginals minus gold), so no
//! device ever launches work for each token, and the result is the same on all of them. Sums run in
//! log space in `f64`. Tag sequences that IOB2 does not allow have no path at all.

use crate::labels::{LabelSet, TokenSpan};

/// The scores of a CRF over a label set, borrowed from a flat buffer `[start | transitions | end]`.
#[derive(Debug, Clone)]
pub struct Crf<'a> {
    tags: usize,
    start: &'a [f32],
    transitions: &'a [f32],
    end: &'a [f32],
    /// Whether tag `b` may follow tag `a`, at `a · tags + b`.
    may_follow: Vec<bool>,
    may_start: Vec<bool>,
}

/// Gradients of the negative log likelihood, laid out as the scores are.
#[derive(Debug, Clone, PartialEq)]
pub struct CrfGradient {
    /// `[start | transitions | end]`.
    pub scores: Vec<f64>,
    /// `[tokens, tags]`.
    pub emissions: Vec<f64>,
}

impl<'a> Crf<'a> {
    /// A CRF over `scores`, which holds `tags + tags² + tags` values.
    pub fn new(labels: &LabelSet, scores: &'a [f32]) -> Self {
        let tags = labels.tags();
        let (start, rest) = scores.split_at(tags);
        let (transitions, end) = rest.split_at(tags * tags);
        let pairs = (0..tags).flat_map(|a| (0..tags).map(move |b| (a, b)));
        Self {
            tags,
            start,
            transitions,
            end,
            may_follow: pairs.map(|(a, b)| labels.may_follow(a, b)).collect(),
            may_start: (0..tags).map(|t| labels.may_start(t)).collect(),
        }
    }

    /// The negative log likelihood of `gold` and its gradients, for one sentence's emissions
    /// `[tokens, tags]`.
    pub fn loss(&self, emissions: &[f32], gold: &[usize]) -> (f64, CrfGradient) {
        let k = self.tags;
        let lattice = Lattice::new(self, emissions);
        let tokens = gold.len();
        let mut gradient = CrfGradient { scores: vec![0.0; 2 * k + k * k], emissions: lattice.marginals() };
        let mut score = 0.0;
        for (t, &tag) in gold.iter().enumerate() {
            score += f64::from(emissions[t * k + tag]);
            for other in 0..k {
                let marginal = gradient.emissions[t * k + other];
                if t == 0 {
                    gradient.scores[other] += marginal;
                }
                if t + 1 == tokens {
                    gradient.scores[k + k * k + other] += marginal;
                }
            }
            gradient.emissions[t * k + tag] -= 1.0;
        }
        score += f64::from(self.start[gold[0]]) + f64::from(self.end[gold[tokens - 1]]);
        gradient.scores[gold[0]] -= 1.0;
        gradient.scores[k + k * k + gold[tokens - 1]] -= 1.0;
        for pair in gold.windows(2) {
            score += self.transition(pair[0], pair[1]);
            gradient.scores[k + pair[0] * k + pair[1]] -= 1.0;
        }
        lattice.add_pair_marginals(&mut gradient.scores[k..k + k * k]);
        (lattice.log_partition - score, gradient)
    }

    /// The best tag sequence (Viterbi); always a valid IOB2 one.
    pub fn decode(&self, emissions: &[f32]) -> Vec<usize> {
        let k = self.tags;
        let tokens = emissions.len() / k;
        let mut best: Vec<f64> = (0..k).map(|t| self.start_score(t) + f64::from(emissions[t])).collect();
        let mut back = vec![0usize; tokens * k];
        for t in 1..tokens {
            let mut next = vec![f64::NEG_INFINITY; k];
            for to in 0..k {
                for (from, score) in best.iter().enumerate() {
                    let candidate = score + self.transition(from, to);
                    if candidate > next[to] {
                        (next[to], back[t * k + to]) = (candidate, from);
                    }
                }
                next[to] += f64::from(emissions[t * k + to]);
            }
            best = next;
        }
        let finals = best.iter().enumerate().map(|(tag, score)| (tag, score + f64::from(self.end[tag])));
        // Ties and NaN go to the lower tag, so a sick device still gives a sequence.
        let last = finals.fold((0, f64::NEG_INFINITY), |best, x| if x.1 > best.1 { x } else { best }).0;
        let mut tags = vec![last; tokens];
        for t in (1..tokens).rev() {
            tags[t - 1] = back[t * k + tags[t]];
        }
        tags
    }

    /// The probability that exactly this span is there: all sequences that contain it, over all.
    pub fn span_confidence(&self, emissions: &[f32], span: &TokenSpan) -> f64 {
        Lattice::new(self, emissions).span_probability(span)
    }

    fn transition(&self, from: usize, to: usize) -> f64 {
        if self.may_follow[from * self.tags + to] {
            f64::from(self.transitions[from * self.tags + to])
        } else {
            f64::NEG_INFINITY
        }
    }

    fn start_score(&self, tag: usize) -> f64 {
        if self.may_start[tag] { f64::from(self.start[tag]) } else { f64::NEG_INFINITY }
    }
}

/// Forward and backward log sums of one sentence.
struct Lattice<'c> {
    crf: &'c Crf<'c>,
    emissions: &'c [f32],
    tokens: usize,
    /// Log sum over all prefixes that end in a tag, its emission included; `[tokens, tags]`.
    forward: Vec<f64>,
    /// Log sum over all suffixes after a tag, its emission not included; `[tokens, tags]`.
    backward: Vec<f64>,
    log_partition: f64,
}

impl<'c> Lattice<'c> {
    fn new(crf: &'c Crf<'c>, emissions: &'c [f32]) -> Self {
        let k = crf.tags;
        let tokens = emissions.len() / k;
        let mut forward = vec![f64::NEG_INFINITY; tokens * k];
        let mut backward = vec![f64::NEG_INFINITY; tokens * k];
        let mut terms = vec![0.0; k];
        for tag in 0..k {
            forward[tag] = crf.start_score(tag) + f64::from(emissions[tag]);
            backward[(tokens - 1) * k + tag] = f64::from(crf.end[tag]);
        }
        for t in 1..tokens {
            for to in 0..k {
                for (from, term) in terms.iter_mut().enumerate() {
                    *term = forward[(t - 1) * k + from] + crf.transition(from, to);
                }
                forward[t * k + to] = log_sum(&terms) + f64::from(emissions[t * k + to]);
            }
        }
        for t in (1..tokens).rev() {
            for from in 0..k {
                for (to, term) in terms.iter_mut().enumerate() {
                    *term = crf.transition(from, to) + f64::from(emissions[t * k + to]) + backward[t * k + to];
                }
                backward[(t - 1) * k + from] = log_sum(&terms);
            }
        }
        for (tag, term) in terms.iter_mut().enumerate() {
            *term = forward[(tokens - 1) * k + tag] + f64::from(crf.end[tag]);
        }
        let log_partition = log_sum(&terms);
        Self { crf, emissions, tokens, forward, backward, log_partition }
    }

    fn marginals(&self) -> Vec<f64> {
        self.forward.iter().zip(&self.backward).map(|(f, b)| (f + b - self.log_partition).exp()).collect()
    }

    fn add_pair_marginals(&self, sums: &mut [f64]) {
        let k = self.crf.tags;
        for t in 1..self.tokens {
            for from in 0..k {
                for to in 0..k {
                    let path = self.forward[(t - 1) * k + from]
                        + self.crf.transition(from, to)
                        + f64::from(self.emissions[t * k + to])
                        + self.backward[t * k + to];
                    sums[from * k + to] += (path - self.log_partition).exp();
                }
            }
        }
    }

    fn span_probability(&self, span: &TokenSpan) -> f64 {
        let k = self.crf.tags;
        let (begin, inside) = (1 + 2 * span.label, 2 + 2 * span.label);
        let mut path = self.forward[span.first * k + begin];
        let mut last = begin;
        for t in span.first + 1..span.end {
            path += self.crf.transition(last, inside) + f64::from(self.emissions[t * k + inside]);
            last = inside;
        }
        let after = if span.end == self.tokens {
            f64::from(self.crf.end[last])
        } else {
            let at = span.end * k;
            let ways = (0..k)
                .filter(|tag| *tag != inside)
                .map(|to| self.crf.transition(last, to) + f64::from(self.emissions[at + to]) + self.backward[at + to]);
            log_sum(&ways.collect::<Vec<_>>())
        };
        (path + after - self.log_partition).exp().clamp(0.0, 1.0)
    }
}

/// `ln Σ eˣ`, without overflow.
fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::labels::tags_to_spans;

    /// Every valid sequence with its score.
    fn enumerate(crf: &Crf, emissions: &[f32]) -> Vec<(Vec<usize>, f64)> {
        let (k, tokens) = (crf.tags, emissions.len() / crf.tags);
        let mut all = Vec::new();
        for code in 0..k.pow(tokens as u32) {
            let tags: Vec<usize> = (0..tokens).map(|t| code / k.pow(t as u32) % k).collect();
            let mut score = crf.start_score(tags[0]) + f64::from(crf.end[tags[tokens - 1]]);
            score += tags.iter().enumerate().map(|(t, tag)| f64::from(emissions[t * k + tag])).sum::<f64>();
            score += tags.windows(2).map(|p| crf.transition(p[0], p[1])).sum::<f64>();
            if score.is_finite() {
                all.push((tags, score));
            }
        }
        all
    }

    fn labels(types: usize) -> LabelSet {
        LabelSet::new((0..types).map(|i| format!("T{i}")).collect()).unwrap()
    }

    fn case() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>, usize)> {
        (1usize..=2, 1usize..=4).prop_flat_map(|(types, tokens)| {
            let k = 1 + 2 * types;
            let values = |n| proptest::collection::vec(-3f32..3.0, n);
            (Just(types), values(2 * k + k * k), values(tokens * k), any::<usize>())
        })
    }

    proptest! {
        #[test]
        fn partition_viterbi_marginals_and_confidence_equal_enumeration((types, scores, emissions, pick) in case()) {
            let labels = labels(types);
            let crf = Crf::new(&labels, &scores);
            let k = crf.tags;
            let all = enumerate(&crf, &emissions);
            let log_z = log_sum(&all.iter().map(|x| x.1).collect::<Vec<_>>());

            let gold = &all[pick % all.len()];
            let (loss, gradient) = crf.loss(&emissions, &gold.0);
            prop_assert!((loss - (log_z - gold.1)).abs() < 1e-9);

            let best = all.iter().map(|x| x.1).fold(f64::NEG_INFINITY, f64::max);
            let decoded = crf.decode(&emissions);
            let found = all.iter().find(|x| x.0 == decoded);
            prop_assert!(found.is_some_and(|x| (x.1 - best).abs() < 1e-9));

            let mut expected = vec![0.0; emissions.len()];
            let mut pairs = vec![0.0; k * k];
            for (tags, score) in &all {
                let p = (score - log_z).exp();
                tags.iter().enumerate().for_each(|(t, tag)| expected[t * k + tag] += p);
                tags.windows(2).for_each(|w| pairs[w[0] * k + w[1]] += p);
            }
            gold.0.iter().enumerate().for_each(|(t, tag)| expected[t * k + tag] -= 1.0);
            gold.0.windows(2).for_each(|w| pairs[w[0] * k + w[1]] -= 1.0);
            let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
            prop_assert!(close(&gradient.emissions, &expected));
            prop_assert!(close(&gradient.scores[k..k + k * k], &pairs));

            for span in tags_to_spans(&gold.0) {
                let with = all.iter().filter(|x| tags_to_spans(&x.0).contains(&span));
                let p: f64 = with.map(|x| (x.1 - log_z).exp()).sum();
                prop_assert!((crf.span_confidence(&emissions, &span) - p).abs() < 1e-9);
            }
        }

        #[test]
        fn gradients_equal_finite_differences((types, scores, emissions, pick) in case()) {
            let labels = labels(types);
            let crf = Crf::new(&labels, &scores);
            let all = enumerate(&crf, &emissions);
            let gold = all[pick % all.len()].0.clone();
            let (_, gradient) = crf.loss(&emissions, &gold);
            let step = 1.0 / 64.0; // exact in f32
            for i in 0..scores.len() {
                let mut moved = scores.clone();
                moved[i] += step;
                let up = Crf::new(&labels, &moved).loss(&emissions, &gold).0;
                moved[i] -= 2.0 * step;
                let down = Crf::new(&labels, &moved).loss(&emissions, &gold).0;
                prop_assert!(((up - down) / (2.0 * f64::from(step)) - gradient.scores[i]).abs() < 2e-3);
            }
            for i in 0..emissions.len() {
                let mut moved = emissions.clone();
                moved[i] += step;
                let up = crf.loss(&moved, &gold).0;
                moved[i] -= 2.0 * step;
                let down = crf.loss(&moved, &gold).0;
                prop_assert!(((up - down) / (2.0 * f64::from(step)) - gradient.emissions[i]).abs() < 2e-3);
            }
        }
    }

    #[test]
    fn broken_emissions_still_decode_to_valid_tags() {
        let labels = labels(2);
        let scores = vec![0.0; 5 + 25 + 5];
        for poison in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let tags = Crf::new(&labels, &scores).decode(&[poison; 15]);
            assert_eq!(tags.len(), 3);
            assert!(tags.iter().all(|t| *t < 5));
        }
    }
}
