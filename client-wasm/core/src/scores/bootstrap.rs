//! How far F1 on held-out sentences can be trusted: the bootstrap over sentences (Efron 1979; for comparing taggers, Berg-
//! Kirkpatrick et al. 2012). Sentences are drawn with replacement, whole, since entities of one sentence are found or missed
//! together.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Matches;

/// Samples that are drawn.
const SAMPLES: usize = 1000;
/// The same samples every time, so that a figure doesn't change by looking at it again.
const SEED: u64 = 1979;
/// Samples below and above an interval of 95 %, each.
const TAIL: usize = SAMPLES / 40;

/// What a model found in one sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentenceOutcome(u16, u16, u16);

impl SentenceOutcome {
    /// From what was counted in it.
    pub(super) fn of(matches: Matches) -> Self {
        let small = |count: u64| u16::try_from(count).unwrap_or(u16::MAX);
        Self(small(matches.gold), small(matches.predicted), small(matches.strict))
    }

    /// Entities that a person has marked.
    fn gold(self) -> u16 {
        self.0
    }
}

/// An interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Of strict F1, from 0 to 1; `None` without entities.
    pub(super) fn of_f1(outcomes: &[SentenceOutcome]) -> Option<Self> {
        has_entities(outcomes).then(|| Self::of(&samples(outcomes.len(), |drawn| f1(drawn, outcomes))))
    }

    fn of(sorted: &[f64]) -> Self {
        Self { low: sorted[TAIL], high: sorted[SAMPLES - 1 - TAIL] }
    }
}

fn has_entities(outcomes: &[SentenceOutcome]) -> bool {
    outcomes.iter().any(|outcome| outcome.gold() > 0)
}

/// Two models on the same held-out sentences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ModelComparison"))]
pub struct Comparison {
    /// Strict F1 of the second less that of the first.
    pub difference: f64,
    /// Where the difference would lie on other notes like these.
    pub interval: Interval,
    /// The standard error of the difference.
    pub standard_error: f64,
}

impl Comparison {
    /// A paired bootstrap; `None` where the two weren't scored on the same sentences, or there is no entity in them.
    pub fn of(first: &[SentenceOutcome], second: &[SentenceOutcome]) -> Option<Self> {
        let same =
            first.len() == second.len() && first.iter().zip(second).all(|(one, other)| one.gold() == other.gold());
        if !same || !has_entities(first) {
            return None;
        }
        let difference = |drawn: &[usize]| f1(drawn, second) - f1(drawn, first);
        let all: Vec<usize> = (0..first.len()).collect();
        let samples = samples(first.len(), difference);
        let mean = samples.iter().sum::<f64>() / SAMPLES as f64;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (SAMPLES - 1) as f64;
        Some(Self { difference: difference(&all), interval: Interval::of(&samples), standard_error: variance.sqrt() })
    }
}

/// A figure of every sample, sorted.
fn samples(sentences: usize, figure: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut drawn = vec![0; sentences];
    let mut all: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            // Lemire's multiplication in place of a division; its bias is below one in a million for so few sentences.
            drawn.fill_with(|| ((u64::from(rng.next_u32()) * sentences as u64) >> 32) as usize);
            figure(&drawn)
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

/// Strict micro-F1 of the drawn sentences.
fn f1(drawn: &[usize], outcomes: &[SentenceOutcome]) -> f64 {
    let (mut entities, mut right) = (0_u64, 0_u64);
    for &at in drawn {
        let SentenceOutcome(gold, predicted, strict) = outcomes[at];
        entities += u64::from(gold) + u64::from(predicted);
        right += u64::from(strict);
    }
    if entities == 0 { 0.0 } else { 2.0 * right as f64 / entities as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `sentences` with one entity each, the first `right` are found; every other one is missed.
    fn outcomes(sentences: usize, right: usize) -> Vec<SentenceOutcome> {
        (0..sentences).map(|at| SentenceOutcome(1, 1, u16::from(at < right))).collect()
    }

    #[test]
    fn an_interval_is_as_wide_as_the_binomial_one() {
        // F1 is then the share of right ones: its standard error is √(p·(1 − p)/n), and 95 % lie within 1.96 of them.
        for (sentences, right) in [(100, 80), (400, 320)] {
            let interval = Interval::of_f1(&outcomes(sentences, right)).unwrap();
            let expected = 1.96 * (0.8 * 0.2 / sentences as f64).sqrt();
            let half = (interval.high - interval.low) / 2.0;
            assert!((half / expected - 1.0).abs() < 0.15, "{half} {expected}");
            assert!(interval.low < 0.8 && 0.8 < interval.high);
        }
        assert_eq!(Interval::of_f1(&[]), None);
        assert_eq!(Interval::of_f1(&[SentenceOutcome::default(); 5]), None);
    }

    #[test]
    fn two_models_are_compared_on_the_same_sentences() {
        let (worse, better) = (outcomes(200, 100), outcomes(200, 140));
        let found = Comparison::of(&worse, &better).unwrap();
        assert!((found.difference - 0.2).abs() < 1e-9);
        assert!(found.interval.low > 0.1 && found.interval.high < 0.3, "{found:?}");
        // Paired: where both are right or wrong together, there is no uncertainty.
        let same = Comparison::of(&worse, &worse).unwrap();
        assert_eq!((same.difference, same.standard_error, same.interval), (0.0, 0.0, Interval { low: 0.0, high: 0.0 }));
        assert_eq!(Comparison::of(&worse, &outcomes(199, 100)), None, "other sentences");
        let mut other = better;
        other[0] = SentenceOutcome(2, 1, 1);
        assert_eq!(Comparison::of(&worse, &other), None, "other entities");
    }
}
