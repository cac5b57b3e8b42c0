//! How well predicted entities match the gold ones: precision, recall and F1, strict and lenient, over all entities and
//! for each type.
//!
//! Strict asks for the same borders and type, as seqeval counts; lenient for an overlap with the same type, where each
//! gold and each predicted entity is matched at most once.

mod bootstrap;

pub use bootstrap::{Comparison, Interval, SentenceOutcome};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::labels::{LabelSet, TokenSpan};

/// Precision, recall and their harmonic mean, each from 0 to 1; 0 where there is nothing to divide by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Prf {
    /// The share of predicted entities that are right.
    pub precision: f64,
    /// The share of gold entities that were found.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// The figures of one entity type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LabelScores {
    /// The entity type.
    pub label: String,
    /// Same borders.
    pub strict: Prf,
    /// Overlapping.
    pub lenient: Prf,
    /// How many gold entities there are.
    pub support: u64,
}

/// The figures of a set of sentences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Scores {
    /// Micro average, same borders and type.
    pub strict: Prf,
    /// Micro average, overlapping with the same type.
    pub lenient: Prf,
    /// Every type of the label set, in its order.
    pub by_label: Vec<LabelScores>,
    /// How many sentences were counted.
    pub sentences: u64,
    /// Where strict F1 would lie on other notes like these, from a bootstrap over the sentences; `None` in figures that
    /// an earlier version has stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub f1_interval: Option<Interval>,
    /// What was found in each sentence, so that two models can be compared on the same sentences. Stored with a model
    /// only.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub outcomes: Vec<SentenceOutcome>,
}

/// What was counted for one entity type, or for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Gold entities.
    pub gold: u64,
    /// Predicted entities.
    pub predicted: u64,
    /// Predicted entities that are gold ones.
    pub strict: u64,
    /// Pairs that overlap.
    pub lenient: u64,
}

impl Matches {
    /// The figures of those with the same borders.
    pub fn strict_prf(&self) -> Prf {
        self.prf(self.strict)
    }

    /// Counts those of another part too.
    pub fn add(&mut self, other: Self) {
        self.gold += other.gold;
        self.predicted += other.predicted;
        self.strict += other.strict;
        self.lenient += other.lenient;
    }

    fn prf(&self, matched: u64) -> Prf {
        let share = |of: u64, matched: u64| if of == 0 { 0.0 } else { matched as f64 / of as f64 };
        // The harmonic mean of m/p and m/g is 2m/(p + g).
        Prf {
            precision: share(self.predicted, matched),
            recall: share(self.gold, matched),
            f1: share(self.gold + self.predicted, 2 * matched),
        }
    }
}

/// Counts of entities over sentences; those of parts add up to those of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    by_label: BTreeMap<usize, Matches>,
    outcomes: Vec<SentenceOutcome>,
}

impl Counts {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a sentence. The order of the entities doesn't matter.
    pub fn add(&mut self, gold: &[TokenSpan], predicted: &[TokenSpan]) {
        let mut all = Matches::default();
        let (gold, predicted) = (by_label(gold), by_label(predicted));
        for (label, gold) in &gold {
            let none = Vec::new();
            let predicted = predicted.get(label).unwrap_or(&none);
            let found = matches(gold, predicted);
            all.add(found);
            self.by_label.entry(*label).or_default().add(found);
        }
        for (label, predicted) in predicted.iter().filter(|(label, _)| !gold.contains_key(label)) {
            let found = matches(&[], predicted);
            all.add(found);
            self.by_label.entry(*label).or_default().add(found);
        }
        self.outcomes.push(SentenceOutcome::of(all));
    }

    /// Takes in what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.outcomes.extend_from_slice(&other.outcomes);
        for (label, matches) in &other.by_label {
            self.by_label.entry(*label).or_default().add(*matches);
        }
    }

    /// What was counted for a type.
    pub fn of(&self, label: usize) -> Matches {
        self.by_label.get(&label).copied().unwrap_or_default()
    }

    /// What was counted for all types together.
    pub fn all(&self) -> Matches {
        let mut all = Matches::default();
        self.by_label.values().for_each(|matches| all.add(*matches));
        all
    }

    /// How many sentences were counted.
    pub fn sentences(&self) -> u64 {
        self.outcomes.len() as u64
    }

    /// The figures.
    pub fn scores(&self, labels: &LabelSet) -> Scores {
        let all = self.all();
        let by_label = labels.types().iter().enumerate().map(|(label, name)| {
            let matches = self.of(label);
            LabelScores {
                label: name.clone(),
                strict: matches.strict_prf(),
                lenient: matches.prf(matches.lenient),
                support: matches.gold,
            }
        });
        Scores {
            strict: all.strict_prf(),
            lenient: all.prf(all.lenient),
            by_label: by_label.collect(),
            sentences: self.sentences(),
            f1_interval: Interval::of_f1(&self.outcomes),
            outcomes: self.outcomes.clone(),
        }
    }
}

/// The borders of the entities of each type, sorted.
fn by_label(spans: &[TokenSpan]) -> BTreeMap<usize, Vec<(usize, usize)>> {
    let mut sorted: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for span in spans {
        sorted.entry(span.label).or_default().push((span.first, span.end));
    }
    sorted.values_mut().for_each(|borders| borders.sort_unstable());
    sorted
}

/// Compares the sorted entities of one type.
fn matches(gold: &[(usize, usize)], predicted: &[(usize, usize)]) -> Matches {
    // Of pairs that don't match, the one that ends (strict: stands) first can't match anything later.
    let same = |gold: &(usize, usize), predicted: &(usize, usize)| (gold == predicted, gold < predicted);
    let overlap = |gold: &(usize, usize), predicted: &(usize, usize)| {
        (gold.0 < predicted.1 && predicted.0 < gold.1, gold.1 < predicted.1)
    };
    Matches {
        gold: gold.len() as u64,
        predicted: predicted.len() as u64,
        strict: pairs(gold, predicted, same),
        lenient: pairs(gold, predicted, overlap),
    }
}

/// How many pairs match, each entity in at most one; `compare` says whether two match, and else whether the gold one is
/// to be passed over.
fn pairs<T>(gold: &[T], predicted: &[T], compare: impl Fn(&T, &T) -> (bool, bool)) -> u64 {
    let (mut at_gold, mut at_predicted, mut found) = (0, 0, 0);
    while let (Some(one), Some(other)) = (gold.get(at_gold), predicted.get(at_predicted)) {
        let (matched, pass_gold) = compare(one, other);
        found += u64::from(matched);
        at_gold += usize::from(matched || pass_gold);
        at_predicted += usize::from(matched || !pass_gold);
    }
    found
}

#[cfg(test)]
mod tests;
