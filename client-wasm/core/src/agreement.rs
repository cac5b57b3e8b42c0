//! How far two annotation sets of the same documents agree: F1 over entities, Cohen's κ over tokens, and each place
//! where they differ.
//!
//! F1 counts whole entities and is the usual figure for entity annotation, where "nothing here" has no count (Hripcsak
//! and Rothschild 2005); κ (Cohen 1960) corrects for chance, and counts the many tokens outside every entity too.

mod differences;

pub use differences::{Disagreement, Kind};

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::{
    labels::{Span, flatten},
    observer::Observer,
    scores::{Matches, Prf},
    text::{Sentence, Token, sentences},
};
use differences::differences;

/// A document with one annotator's entities, by character offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotated {
    /// Names it in both sets.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its entities.
    pub spans: Vec<Span>,
}

/// How far two annotation sets agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Same borders and label, with the first set as the reference.
    pub entity: Prf,
    /// Every label of either set, by name.
    pub by_label: Vec<LabelAgreement>,
    /// Cohen's κ over tokens, each of one label or outside (overlaps as a flat tagger would see them); none where it is
    /// not defined.
    pub kappa: Option<f64>,
    /// The documents that were compared: places in the first and in the second set.
    pub compared: Vec<(usize, usize)>,
    /// Where they differ, a list for each of those documents.
    pub disagreements: Vec<Vec<Disagreement>>,
    /// Documents that can't be compared.
    pub left_out: Vec<LeftOut>,
}

/// How far two annotation sets agree on one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LabelAgreement {
    /// The label.
    pub label: String,
    /// Same borders.
    pub f1: f64,
    /// Cohen's κ over tokens, inside or outside such an entity; none where it is not defined.
    pub kappa: Option<f64>,
    /// Entities in the first set.
    pub support_a: u64,
    /// Entities in the second set.
    pub support_b: u64,
}

/// A document that can't be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LeftOut {
    /// Its name.
    pub id: String,
    /// Why, in words.
    pub message: String,
}

/// Documents that are compared before the observer can handle messages again.
const DOCUMENTS_A_SLICE: usize = 64;

/// Compares two annotation sets, in slices between which the observer can handle messages; `None` when it is cancelled.
pub async fn agreement(a: &[Annotated], b: &[Annotated], observer: &mut impl Observer) -> Option<Agreement> {
    let (compared, left_out) = pair_up(a, b);
    let spans = compared.iter().flat_map(|(left, right)| a[*left].spans.iter().chain(&b[*right].spans));
    let mut tally = Tally::new(spans.map(|span| span.label.as_str()).collect());
    for slice in compared.chunks(DOCUMENTS_A_SLICE) {
        if observer.is_cancelled() {
            return None;
        }
        slice.iter().for_each(|(left, right)| tally.add(&a[*left], &b[*right]));
        observer.yield_now().await;
    }
    let mut all = Matches::default();
    tally.matches.iter().for_each(|matches| all.add(*matches));
    Some(Agreement {
        entity: all.strict_prf(),
        by_label: tally.by_label(),
        kappa: cohen_kappa(&tally.classes),
        disagreements: compared.iter().map(|(left, right)| differences(&a[*left], &b[*right])).collect(),
        compared,
        left_out,
    })
}

/// The documents of both sets that are the same text under the same name, and the others.
fn pair_up(a: &[Annotated], b: &[Annotated]) -> (Vec<(usize, usize)>, Vec<LeftOut>) {
    let mut places: HashMap<&str, usize> = b.iter().enumerate().map(|(at, d)| (d.id.as_str(), at)).collect();
    let (mut compared, mut left_out) = (Vec::new(), Vec::new());
    let why = |id: &str, message: &str| LeftOut { id: id.to_owned(), message: message.to_owned() };
    for (at, document) in a.iter().enumerate() {
        match places.remove(document.id.as_str()) {
            Some(other) if b[other].text == document.text => compared.push((at, other)),
            Some(_) => left_out.push(why(&document.id, "The two sets have different texts for it.")),
            None => left_out.push(why(&document.id, "Only the first set has it.")),
        }
    }
    let others = b.iter().filter(|document| places.contains_key(document.id.as_str()));
    left_out.extend(others.map(|document| why(&document.id, "Only the second set has it.")));
    (compared, left_out)
}

/// What is counted over documents.
struct Tally<'l> {
    /// Sorted.
    labels: Vec<&'l str>,
    /// Entities, a label.
    matches: Vec<Matches>,
    /// Tokens inside an entity of the label, a label: in both sets, in the first, in the second.
    inside: Vec<[u64; 3]>,
    /// Tokens by their class in the first and the second set: outside, then the labels.
    classes: Vec<Vec<u64>>,
}

impl<'l> Tally<'l> {
    fn new(labels: BTreeSet<&'l str>) -> Self {
        let labels: Vec<&str> = labels.into_iter().collect();
        let (count, classes) = (labels.len(), labels.len() + 1);
        Self {
            labels,
            matches: vec![Matches::default(); count],
            inside: vec![[0; 3]; count],
            classes: vec![vec![0; classes]; classes],
        }
    }

    fn add(&mut self, a: &Annotated, b: &Annotated) {
        self.add_entities(a, b);
        let sentences = sentences(&a.text);
        let [mine, theirs] = [a, b].map(|document| self.classes_of(&sentences, document));
        for (mine, theirs) in mine.iter().zip(&theirs) {
            self.classes[*mine][*theirs] += 1;
        }
        let tokens: Vec<&Token> = sentences.iter().flat_map(|sentence| &sentence.tokens).collect();
        for (at, label) in self.labels.iter().enumerate() {
            let [mine, theirs] = [a, b].map(|document| covered(&tokens, document, label));
            let count = &mut self.inside[at];
            for (mine, theirs) in mine.into_iter().zip(theirs) {
                count[0] += u64::from(mine && theirs);
                count[1] += u64::from(mine);
                count[2] += u64::from(theirs);
            }
        }
    }

    fn add_entities(&mut self, a: &Annotated, b: &Annotated) {
        let (mine, theirs) = (entities(a), entities(b));
        let both = mine.intersection(&theirs).copied().collect();
        for (spans, field) in [(mine, 0), (theirs, 1), (both, 2)] {
            for (_, _, label) in spans {
                let Ok(at) = self.labels.binary_search(&label) else { continue };
                let matches = &mut self.matches[at];
                *[&mut matches.gold, &mut matches.predicted, &mut matches.strict][field] += 1;
            }
        }
    }

    /// Each token's class, as a flat tagger would see the document.
    fn classes_of(&self, sentences: &[Sentence], document: &Annotated) -> Vec<usize> {
        let flat = flatten(sentences, &document.spans, |label| self.labels.binary_search(&label).ok());
        flat.tags.iter().flatten().map(|tag| tag.label().map_or(0, |label| label + 1)).collect()
    }

    fn by_label(&self) -> Vec<LabelAgreement> {
        let tokens: u64 = self.classes.iter().flatten().sum();
        let figures = self.labels.iter().zip(&self.matches).zip(&self.inside);
        let agreement = |((label, matches), [both, a, b]): ((&&str, &Matches), &[u64; 3])| LabelAgreement {
            label: (*label).to_owned(),
            f1: matches.strict_prf().f1,
            kappa: cohen_kappa(&[vec![tokens + both - a - b, b - both], vec![a - both, *both]]),
            support_a: matches.gold,
            support_b: matches.predicted,
        };
        figures.map(agreement).collect()
    }
}

/// A document's entities, each once.
fn entities(document: &Annotated) -> BTreeSet<(usize, usize, &str)> {
    document.spans.iter().map(|span| (span.start, span.end, span.label.as_str())).collect()
}

/// Which tokens an entity of the label covers, at least in part.
fn covered(tokens: &[&Token], document: &Annotated, label: &str) -> Vec<bool> {
    let mut covered = vec![false; tokens.len()];
    for span in document.spans.iter().filter(|span| span.label == label && span.start < span.end) {
        let from = tokens.partition_point(|token| token.chars.end <= span.start);
        let to = tokens.partition_point(|token| token.chars.start < span.end);
        covered[from..to.max(from)].fill(true);
    }
    covered
}

/// Cohen's κ of a square table: how often the first annotator chose the row and the second the column. None where
/// chance alone would make them agree always: both chose one and the same for everything, or there is nothing.
fn cohen_kappa(table: &[Vec<u64>]) -> Option<f64> {
    let total: u64 = table.iter().flatten().sum();
    let share = |count: u64| count as f64 / total as f64;
    let row = |at: usize| table[at].iter().sum::<u64>();
    let column = |at: usize| table.iter().map(|row| row[at]).sum::<u64>();
    if (0..table.len()).any(|at| row(at) == total && column(at) == total) {
        return None;
    }
    let observed: f64 = (0..table.len()).map(|at| share(table[at][at])).sum();
    let expected: f64 = (0..table.len()).map(|at| share(row(at)) * share(column(at))).sum();
    Some((observed - expected) / (1.0 - expected))
}

#[cfg(test)]
mod tests;
