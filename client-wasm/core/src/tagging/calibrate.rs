//! The temperature of a model's confidences, chosen on held-out sentences (Guo et al. 2017, arXiv 1706.04599).
//!
//! What people see is the probability of each entity that was found. So the temperature is the one at which those
//! probabilities predict best whether a found entity is right: least log loss. As in Platt (1999), "right" and "wrong" count
//! as a little less than certain, by how many there are of each; with few entities that keeps the confidences modest.

use crate::{
    batch::Example,
    crf::{Crf, Temperature},
    labels::TokenSpan,
};

/// Fewest entities that must have been found: fewer are no evidence.
const FOUND_MIN: usize = 10;
/// Most sentences that are used. Beyond it some are left out, evenly over all lengths.
const SENTENCES_MAX: usize = 500;
/// Most work of one evaluation, in transitions (tokens · tags²): 80,000 tokens with two labels, 540 with thirty. Beyond
/// it sentences are left out, too.
const TRANSITIONS_MAX: usize = 2_000_000;
/// Evaluations of the search; they leave 5 per cent of the temperature open.
const EVALUATIONS: usize = 10;
/// A confidence nearer to 0 or 1 than this counts as this far.
const CERTAIN: f64 = 1e-6;
/// The part of an interval that a golden section keeps.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// A sentence in which something was found.
struct Sentence {
    /// Emission scores, `[tokens, tags]`.
    emissions: Vec<f32>,
    spans: Vec<TokenSpan>,
    /// Whether each is a gold one.
    right: Vec<bool>,
}

/// What a model found in held-out sentences.
pub(super) struct Evidence {
    sentences: Vec<Sentence>,
    right: usize,
    wrong: usize,
    /// One of so many sentences is taken.
    stride: usize,
    seen: usize,
}

impl Evidence {
    /// For a model with so many tags; all of the examples will be shown.
    pub fn of(examples: &[Example], tags: usize) -> Self {
        let transitions: usize = examples.iter().map(|example| example.tags.len() * tags * tags).sum();
        let stride = transitions.div_ceil(TRANSITIONS_MAX).max(examples.len().div_ceil(SENTENCES_MAX)).max(1);
        Self { sentences: Vec::new(), right: 0, wrong: 0, stride, seen: 0 }
    }

    /// Takes in what was found in a sentence, and what is there.
    pub fn add(&mut self, emissions: &[f32], spans: &[TokenSpan], gold: &[TokenSpan]) {
        self.seen += 1;
        if spans.is_empty() || !self.seen.is_multiple_of(self.stride) {
            return;
        }
        let right: Vec<bool> = spans.iter().map(|span| gold.contains(span)).collect();
        let count = right.iter().filter(|right| **right).count();
        self.right += count;
        self.wrong += right.len() - count;
        self.sentences.push(Sentence { emissions: emissions.to_vec(), spans: spans.to_vec(), right });
    }

    /// The temperature with the least loss; nothing where too few entities were found.
    pub fn fit(&self, crf: &Crf) -> Option<Temperature> {
        if self.right + self.wrong < FOUND_MIN {
            return None;
        }
        let loss = |ln: f64| self.loss(crf, Temperature::from_ln(ln));
        let (best, least) = golden_section(loss, Temperature::LOWEST.ln(), Temperature::HIGHEST.ln());
        let better = least < self.loss(crf, Temperature::NEUTRAL);
        Some(if better { Temperature::from_ln(best) } else { Temperature::NEUTRAL })
    }

    /// The log loss of all found entities at a temperature, in nats.
    fn loss(&self, crf: &Crf, temperature: Temperature) -> f64 {
        let target = |right: bool| match right {
            true => (self.right + 1) as f64 / (self.right + 2) as f64,
            false => 1.0 / (self.wrong + 2) as f64,
        };
        let tempered = crf.at(temperature);
        let of = |sentence: &Sentence| -> f64 {
            let confidences = tempered.confidences(&sentence.emissions, &sentence.spans);
            let pairs = confidences.iter().map(|c| c.clamp(CERTAIN, 1.0 - CERTAIN)).zip(&sentence.right);
            pairs.map(|(c, right)| -target(*right) * c.ln() - (1.0 - target(*right)) * (1.0 - c).ln()).sum()
        };
        self.sentences.iter().map(of).sum()
    }
}

/// Where a function with one valley is least between two bounds (Kiefer 1953), and its value there.
fn golden_section(function: impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    let (mut low, mut high) = (low, high);
    let mut left = high - GOLDEN * (high - low);
    let mut right = low + GOLDEN * (high - low);
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 2..EVALUATIONS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = function(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = function(right);
        }
    }
    if at_left <= at_right { (left, at_left) } else { (right, at_right) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::{LabelSet, Tag};

    const ENTITY: TokenSpan = TokenSpan { first: 0, end: 1, label: 0 };

    fn labels() -> LabelSet {
        LabelSet::new(vec!["T".to_owned()]).unwrap()
    }

    /// Sentences of one word, in which an entity is found with `e^logit : 1` by the scores, and is right in some.
    fn evidence(logit: f32, right: usize, wrong: usize) -> Evidence {
        let mut evidence = Evidence::of(&[], labels().tags());
        for number in 0..right + wrong {
            let gold = if number < right { vec![ENTITY] } else { vec![] };
            evidence.add(&[0.0, logit, 0.0], &[ENTITY], &gold);
        }
        evidence
    }

    fn fit(evidence: &Evidence) -> Option<f32> {
        let (labels, scores) = (labels(), vec![0.0; 3 + 9 + 3]);
        evidence.fit(&Crf::new(&labels, &scores)).map(f32::from)
    }

    #[test]
    fn confidences_become_the_share_that_is_right() {
        let (labels, scores) = (labels(), vec![0.0; 3 + 9 + 3]);
        let crf = Crf::new(&labels, &scores);
        // The model says e⁴ : 1, which is 98 per cent; 80 per cent are right, which is 4 : 1 and a temperature of 4 / ln 4.
        let too_sure = evidence(4.0, 800, 200);
        let temperature = fit(&too_sure).unwrap();
        assert!((temperature / (4.0 / 4f32.ln()) - 1.0).abs() < 0.05, "{temperature}");
        let temperature = Temperature::try_from(temperature).unwrap();
        assert!(too_sure.loss(&crf, temperature) < 0.8 * too_sure.loss(&crf, Temperature::NEUTRAL));
        let confidence = crf.at(temperature).confidences(&[0.0, 4.0, 0.0], &[ENTITY])[0];
        assert!((confidence - 0.8).abs() < 0.02, "{confidence}");
        // And 99 per cent where it says 88.
        let temperature = fit(&evidence(2.0, 990, 10)).unwrap();
        assert!((temperature / (2.0 / 99f32.ln()).max(0.5) - 1.0).abs() < 0.05, "{temperature}");
    }

    #[test]
    fn little_evidence_keeps_the_models_own_confidences_or_makes_them_modest() {
        assert_eq!(fit(&evidence(4.0, FOUND_MIN - 1, 0)), None);
        // Ten right ones of ten are no proof of more than 11 : 1.
        let temperature = fit(&evidence(4.0, FOUND_MIN, 0)).unwrap();
        assert!((temperature / (4.0 / 11f32.ln()) - 1.0).abs() < 0.05, "{temperature}");
        let broken = evidence(f32::NAN, 20, 20);
        assert_eq!(fit(&broken), Some(1.0), "where a device computes NaN the temperature is neutral");
    }

    #[test]
    fn work_is_bounded_by_leaving_sentences_out_evenly() {
        let long = Example { rows: Vec::new(), tags: vec![Tag::OUTSIDE; TRANSITIONS_MAX / 9], vectors: Vec::new() };
        let examples = vec![long; 3];
        let mut evidence = Evidence::of(&examples, labels().tags());
        for _ in 0..9 {
            evidence.add(&[0.0, 4.0, 0.0], &[ENTITY], &[ENTITY]);
        }
        assert_eq!((evidence.sentences.len(), evidence.right, evidence.wrong), (3, 3, 0));
        let short = Example { rows: Vec::new(), tags: vec![Tag::OUTSIDE], vectors: Vec::new() };
        let strides = [SENTENCES_MAX, SENTENCES_MAX + 1].map(|n| Evidence::of(&vec![short.clone(); n], 3).stride);
        assert_eq!(strides, [1, 2]);
    }
}
