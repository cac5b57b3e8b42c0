//! Where two annotators differ, one place at a time, so that somebody can decide.

use serde::Serialize;

use super::{Annotated, entities};
use crate::labels::Span;

/// How two annotators differ in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "DisagreementKind"))]
pub enum Kind {
    /// The same or overlapping borders, other labels.
    Label,
    /// The same label, overlapping borders.
    Borders,
    /// Only the first annotator marked something.
    OnlyA,
    /// Only the second annotator marked something.
    OnlyB,
}

/// One place where they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// How.
    pub kind: Kind,
    /// What the first annotator marked.
    pub a: Option<Span>,
    /// What the second annotator marked.
    pub b: Option<Span>,
}

/// An entity: its borders and label.
type Entity<'d> = (usize, usize, &'d str);

/// All that differs in one document, in the order of the text; every entity that only one set has is in it exactly
/// once. Entities that overlap are paired: first those with the same borders, then those with the same label, then
/// others; of each sort those that share the most first.
pub(super) fn differences(a: &Annotated, b: &Annotated) -> Vec<Disagreement> {
    let (all_a, all_b) = (entities(a), entities(b));
    let only_a: Vec<Entity<'_>> = all_a.difference(&all_b).copied().collect();
    let only_b: Vec<Entity<'_>> = all_b.difference(&all_a).copied().collect();
    let (mut free_a, mut free_b) = (vec![true; only_a.len()], vec![true; only_b.len()]);
    let mut found = Vec::new();
    for (i, j) in overlapping(&only_a, &only_b) {
        if free_a[i] && free_b[j] {
            (free_a[i], free_b[j]) = (false, false);
            let kind = if only_a[i].2 == only_b[j].2 { Kind::Borders } else { Kind::Label };
            found.push(Disagreement { kind, a: Some(span(only_a[i])), b: Some(span(only_b[j])) });
        }
    }
    let left = |all: &[Entity<'_>], free: &[bool]| -> Vec<Span> {
        all.iter().zip(free).filter(|(_, free)| **free).map(|(entity, _)| span(*entity)).collect()
    };
    let alone_a = left(&only_a, &free_a).into_iter().map(|a| Disagreement { kind: Kind::OnlyA, a: Some(a), b: None });
    let alone_b = left(&only_b, &free_b).into_iter().map(|b| Disagreement { kind: Kind::OnlyB, a: None, b: Some(b) });
    found.extend(alone_a.chain(alone_b));
    found.sort_by_key(|difference| {
        let borders = |span: &Option<Span>| span.as_ref().map(|span| (span.start, span.end));
        (borders(&difference.a).into_iter().chain(borders(&difference.b)).min(), difference.kind)
    });
    found
}

/// The pairs of entities that overlap, the closest first.
fn overlapping(a: &[Entity<'_>], b: &[Entity<'_>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (i, mine) in a.iter().enumerate() {
        // Both are sorted by where they begin.
        let until = b.partition_point(|theirs| theirs.0 < mine.1);
        for (j, theirs) in b[..until].iter().enumerate().filter(|(_, theirs)| theirs.1 > mine.0) {
            let shared = mine.1.min(theirs.1) - mine.0.max(theirs.0);
            let same_borders = (mine.0, mine.1) == (theirs.0, theirs.1);
            pairs.push(((!same_borders, mine.2 != theirs.2, usize::MAX - shared), i, j));
        }
    }
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, i, j)| (i, j)).collect()
}

fn span((start, end, label): Entity<'_>) -> Span {
    Span { start, end, label: label.to_owned() }
}
