//! A linear-chain conditional random field over IOB2 tags (Lafferty et al. 2001), in plain Rust.
//!
//! One forward-backward pass gives the loss and its exact gradient (marginals minus gold), in `f64`; `fedner_kernels`
//! computes the sums. Training on WebGPU has kernels of its own for it; entities, confidences and uncertainty are computed
//! here on every device. Tag sequences that IOB2 does not allow have probability 0.

mod softmax;
mod spans;
mod temperature;
mod uncertainty;

pub use temperature::Temperature;
pub use uncertainty::Uncertainty;

use crate::labels::{LabelSet, Tag, TokenSpan, tags_to_spans};
use fedner_kernels::{ForwardBackward, LinearChainCrf};

/// A CRF over a label set.
#[derive(Debug, Clone)]
pub struct Crf {
    chain: LinearChainCrf,
}

/// A CRF at a temperature, which gives the confidences.
#[derive(Debug, Clone)]
pub struct TemperedCrf {
    chain: LinearChainCrf,
    temperature: Temperature,
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

/// The entities that a CRF finds in one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct TaggedSentence {
    /// The entities of the best tag sequence.
    pub spans: Vec<TokenSpan>,
    /// The probability of exactly each span at the temperature asked for: all sequences that contain it, over all.
    pub confidences: Vec<f64>,
    /// How uncertain the model is about the sentence.
    pub uncertainty: Uncertainty,
}

impl Crf {
    /// A CRF with these scores, `[start | transitions | end]`. Starts and transitions that IOB2 forbids are impossible,
    /// whatever their scores.
    ///
    /// # Panics
    /// When there are not `tags + tags² + tags` scores.
    pub fn new(labels: &LabelSet, scores: &[f32]) -> Self {
        let tags = labels.tags();
        let (start, rest) = scores.split_at(tags);
        let (transitions, end) = rest.split_at(tags * tags);
        let allowed = |score: &f32, allowed: bool| if allowed { f64::from(*score) } else { f64::NEG_INFINITY };
        let start = start.iter().zip(labels.all_tags()).map(|(score, tag)| allowed(score, labels.may_start(tag)));
        let pairs = labels.all_tags().flat_map(|from| labels.all_tags().map(move |to| (from, to)));
        let transitions = transitions.iter().zip(pairs);
        let transitions = transitions.map(|(score, (from, to))| allowed(score, labels.may_follow(from, to)));
        let end = end.iter().copied().map(f64::from);
        Self { chain: LinearChainCrf::new(start.collect(), transitions.collect(), end.collect()) }
    }

    /// The same at a temperature.
    pub fn at(&self, temperature: Temperature) -> TemperedCrf {
        TemperedCrf { chain: self.chain.scaled(temperature.factor()), temperature }
    }

    /// The negative log likelihood of `gold` and its gradients, for one sentence's emissions
    /// `[tokens, tags]`.
    pub fn loss(&self, emissions: &[f32], gold: &[Tag]) -> (f64, CrfGradient) {
        let k = self.chain.tags();
        let sums = self.forward_backward(emissions);
        let tokens = gold.len();
        let mut gradient = CrfGradient { scores: vec![0.0; 2 * k + k * k], emissions: sums.marginals() };
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
            gradient.emissions[t * k + tag.index()] -= 1.0;
        }
        gradient.scores[gold[0].index()] -= 1.0;
        gradient.scores[k + k * k + gold[tokens - 1].index()] -= 1.0;
        for pair in gold.windows(2) {
            gradient.scores[k + pair[0].index() * k + pair[1].index()] -= 1.0;
        }
        sums.add_pair_marginals(&mut gradient.scores[k..k + k * k]);
        (sums.log_partition() - self.score(emissions, gold), gradient)
    }

    /// The mean loss of sentences: each with the row of its first token in `emissions`, `[rows, tags]`, and its gold tags.
    pub fn mean_loss<'t>(
        &self,
        emissions: &[f32],
        sentences: impl ExactSizeIterator<Item = (usize, &'t [Tag])>,
    ) -> MeanLoss {
        let (share, k) = (1.0 / sentences.len() as f64, self.chain.tags());
        let mut mean = MeanLoss { loss: 0.0, emissions: vec![0.0; emissions.len()], scores: Vec::new() };
        let mut sums = vec![0.0f64; 2 * k + k * k];
        for (first, gold) in sentences {
            let range = first * k..(first + gold.len()) * k;
            let (loss, gradient) = self.loss(&emissions[range.clone()], gold);
            mean.loss += loss * share;
            mean.emissions[range].iter_mut().zip(&gradient.emissions).for_each(|(to, d)| *to = (d * share) as f32);
            sums.iter_mut().zip(&gradient.scores).for_each(|(sum, d)| *sum += d * share);
        }
        mean.scores = sums.into_iter().map(|sum| sum as f32).collect();
        mean
    }

    /// The best tag sequence (Viterbi); always a valid IOB2 one.
    pub fn decode(&self, emissions: &[f32]) -> Vec<Tag> {
        let scores: Vec<f64> = emissions.iter().copied().map(f64::from).collect();
        self.chain.viterbi(&scores).into_iter().map(Tag::from_index).collect()
    }

    /// The entities of the best tag sequence, with the confidence in each at a temperature and the uncertainty about the
    /// sentence.
    pub fn tag(&self, emissions: &[f32], tempered: &TemperedCrf) -> TaggedSentence {
        let tags = self.decode(emissions);
        let spans = tags_to_spans(&tags);
        let sums = self.forward_backward(emissions);
        let confidences = if tempered.temperature.is_neutral() {
            spans::span_probabilities(&sums, &spans)
        } else {
            tempered.confidences(emissions, &spans)
        };
        let uncertainty = Uncertainty::of(&sums, self.score(emissions, &tags));
        TaggedSentence { spans, confidences, uncertainty }
    }

    /// The sums over a sentence at the neutral temperature.
    fn forward_backward(&self, emissions: &[f32]) -> ForwardBackward<'_> {
        spans::forward_backward(&self.chain, emissions, 1.0)
    }

    /// The unnormalised log probability of a tag sequence.
    fn score(&self, emissions: &[f32], tags: &[Tag]) -> f64 {
        let (Some(first), Some(last)) = (tags.first(), tags.last()) else { return 0.0 };
        let rows = emissions.chunks(self.chain.tags()).zip(tags);
        let emitted = rows.map(|(scores, tag)| f64::from(scores[tag.index()])).sum::<f64>();
        let moved = tags.windows(2).map(|pair| self.chain.transition(pair[0].index(), pair[1].index())).sum::<f64>();
        self.chain.start(first.index()) + emitted + moved + self.chain.end(last.index())
    }
}

impl TemperedCrf {
    /// The probability of exactly each span of a sentence, 0 to 1.
    pub fn confidences(&self, emissions: &[f32], spans: &[TokenSpan]) -> Vec<f64> {
        if spans.is_empty() {
            return Vec::new();
        }
        let sums = spans::forward_backward(&self.chain, emissions, self.temperature.factor());
        spans::span_probabilities(&sums, spans)
    }
}

#[cfg(test)]
mod tests;
