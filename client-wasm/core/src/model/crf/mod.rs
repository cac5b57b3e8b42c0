//! A linear-chain conditional random field over IOB2 tags (Lafferty et al. 2001), in plain Rust.
//!
//! One forward-backward pass gives the loss and its exact gradient (marginals minus gold), so no
//! device ever launches work for each token, and the result is the same on all of them. Sums run in
//! log space in `f64`. Tag sequences that IOB2 does not allow have no path at all.

mod doubt;
mod lattice;
mod softmax;
mod temperature;

pub use doubt::Doubt;
pub use temperature::Temperature;

use crate::labels::{LabelSet, TokenSpan, tags_to_spans};
use lattice::Lattice;

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

/// The mean loss of several sentences and its gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanLoss {
    /// Mean negative log likelihood of a sentence.
    pub loss: f64,
    /// By the emissions, laid out as they are; 0 for rows of no sentence.
    pub emissions: Vec<f32>,
    /// By the CRF's scores, `[start | transitions | end]`.
    pub scores: Vec<f32>,
}

/// What a CRF finds in one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged {
    /// The entities of the best tag sequence.
    pub spans: Vec<TokenSpan>,
    /// The probability of exactly each span at the temperature asked for: all sequences that contain it, over all.
    pub confidences: Vec<f64>,
    /// How unsure the model is of the sentence.
    pub doubt: Doubt,
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
        let lattice = Lattice::new(self, emissions, Temperature::NEUTRAL);
        let tokens = gold.len();
        let mut gradient = CrfGradient { scores: vec![0.0; 2 * k + k * k], emissions: lattice.marginals() };
        for (t, &tag) in gold.iter().enumerate() {
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
        gradient.scores[gold[0]] -= 1.0;
        gradient.scores[k + k * k + gold[tokens - 1]] -= 1.0;
        for pair in gold.windows(2) {
            gradient.scores[k + pair[0] * k + pair[1]] -= 1.0;
        }
        lattice.add_pair_marginals(&mut gradient.scores[k..k + k * k]);
        (lattice.log_partition - self.score(emissions, gold), gradient)
    }

    /// The mean loss of sentences: each with the row of its first token in `emissions`, `[rows, tags]`, and its gold tags.
    pub fn mean_loss<'t>(
        &self,
        emissions: &[f32],
        sentences: impl ExactSizeIterator<Item = (usize, &'t [usize])>,
    ) -> MeanLoss {
        let share = 1.0 / sentences.len() as f64;
        let mut mean = MeanLoss { loss: 0.0, emissions: vec![0.0; emissions.len()], scores: Vec::new() };
        let mut sums = vec![0.0f64; 2 * self.tags + self.tags * self.tags];
        for (first, gold) in sentences {
            let range = first * self.tags..(first + gold.len()) * self.tags;
            let (loss, gradient) = self.loss(&emissions[range.clone()], gold);
            mean.loss += loss * share;
            mean.emissions[range].iter_mut().zip(&gradient.emissions).for_each(|(to, d)| *to = (d * share) as f32);
            sums.iter_mut().zip(&gradient.scores).for_each(|(sum, d)| *sum += d * share);
        }
        mean.scores = sums.into_iter().map(|sum| sum as f32).collect();
        mean
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

    /// The entities of the best tag sequence, and how sure the model is of each at a temperature and of the whole.
    pub fn tag(&self, emissions: &[f32], temperature: Temperature) -> Tagged {
        let tags = self.decode(emissions);
        let spans = tags_to_spans(&tags);
        let lattice = Lattice::new(self, emissions, Temperature::NEUTRAL);
        let confidences = if temperature.is_neutral() {
            lattice.span_probabilities(&spans)
        } else {
            self.confidences(emissions, &spans, temperature)
        };
        let doubt = Doubt::of(&lattice, self.score(emissions, &tags));
        Tagged { spans, confidences, doubt }
    }

    /// The probability of exactly each span of a sentence at a temperature, 0 to 1.
    pub fn confidences(&self, emissions: &[f32], spans: &[TokenSpan], temperature: Temperature) -> Vec<f64> {
        if spans.is_empty() {
            return Vec::new();
        }
        Lattice::new(self, emissions, temperature).span_probabilities(spans)
    }

    /// The unnormalised log probability of a tag sequence.
    fn score(&self, emissions: &[f32], tags: &[usize]) -> f64 {
        let (Some(first), Some(last)) = (tags.first(), tags.last()) else { return 0.0 };
        let emitted = emissions.chunks(self.tags).zip(tags).map(|(scores, tag)| f64::from(scores[*tag])).sum::<f64>();
        let moved = tags.windows(2).map(|pair| self.transition(pair[0], pair[1])).sum::<f64>();
        self.start_score(*first) + emitted + moved + f64::from(self.end[*last])
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

#[cfg(test)]
mod tests;
