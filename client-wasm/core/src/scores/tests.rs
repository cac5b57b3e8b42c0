//! Scores against seqeval's figures, by hand, and what must hold for any entities.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::{Counts, Prf, Scores};
use crate::labels::{LabelSet, Tag, TokenSpan, tags_to_spans};

#[derive(Deserialize)]
struct Reference {
    types: Vec<String>,
    sets: Vec<ReferenceSet>,
}

#[derive(Deserialize)]
struct ReferenceSet {
    name: String,
    figures: Figures,
    sentences: Vec<Sequences>,
}

#[derive(Deserialize)]
struct Sequences {
    gold: Vec<String>,
    predicted: Vec<String>,
}

#[derive(Deserialize)]
struct Figures {
    micro: Figure,
    by_label: BTreeMap<String, Figure>,
}

#[derive(Deserialize, Default)]
struct Figure {
    precision: f64,
    recall: f64,
    f1: f64,
    support: u64,
}

/// The entities in tags with these indices.
fn spans_of(indices: &[usize]) -> Vec<TokenSpan> {
    let tags: Vec<Tag> = indices.iter().copied().map(Tag::from_index).collect();
    tags_to_spans(&tags)
}

fn same(ours: Prf, theirs: &Figure) -> bool {
    [(ours.precision, theirs.precision), (ours.recall, theirs.recall), (ours.f1, theirs.f1)]
        .iter()
        .all(|(one, other)| (one - other).abs() < 1e-9)
}

#[test]
fn strict_figures_are_those_of_seqeval() {
    let reference: Reference =
        serde_json::from_str(include_str!("../../testdata/seqeval.json")).expect("the test data");
    let labels = LabelSet::new(reference.types).expect("a label set");
    let spans = |tags: &[String]| {
        tags_to_spans(&tags.iter().map(|tag| labels.tag(tag).expect("a tag of the set")).collect::<Vec<_>>())
    };
    assert_eq!(reference.sets.len(), 5);
    for set in &reference.sets {
        let mut counts = Counts::new();
        for sentence in &set.sentences {
            counts.add(&spans(&sentence.gold), &spans(&sentence.predicted));
        }
        let scores = counts.scores(&labels);
        assert!(same(scores.strict, &set.figures.micro), "{}: {:?}", set.name, scores.strict);
        assert_eq!(counts.all().gold, set.figures.micro.support, "{}", set.name);
        for ours in &scores.by_label {
            // seqeval leaves out a type that occurs nowhere.
            let nothing = Figure::default();
            let theirs = set.figures.by_label.get(&ours.label).unwrap_or(&nothing);
            assert!(same(ours.strict, theirs), "{}, {}: {:?}", set.name, ours.label, ours.strict);
            assert_eq!(ours.support, theirs.support, "{}, {}", set.name, ours.label);
        }
    }
}

fn span(first: usize, end: usize, label: usize) -> TokenSpan {
    TokenSpan { first, end, label }
}

fn labels() -> LabelSet {
    LabelSet::new(vec!["Drug".into(), "Dose".into()]).expect("a label set")
}

fn score(gold: &[TokenSpan], predicted: &[TokenSpan]) -> Scores {
    let mut counts = Counts::new();
    counts.add(gold, predicted);
    counts.scores(&labels())
}

#[test]
fn lenient_matches_each_entity_once() {
    // One long prediction over two gold entities finds one of them.
    let scores = score(&[span(0, 2, 0), span(3, 5, 0)], &[span(1, 4, 0)]);
    assert_eq!(scores.lenient, Prf { precision: 1.0, recall: 0.5, f1: 2.0 / 3.0 });
    assert_eq!(scores.strict, Prf::default());
    // A chain of overlaps is paired so that all match.
    let scores = score(&[span(0, 3, 0), span(3, 8, 0)], &[span(2, 4, 0), span(5, 6, 0)]);
    assert_eq!(scores.lenient.f1, 1.0);
    // Another type is no match, touching is no overlap.
    assert_eq!(score(&[span(0, 3, 0)], &[span(0, 3, 1)]).lenient.f1, 0.0);
    assert_eq!(score(&[span(0, 3, 0)], &[span(3, 4, 0)]).lenient.f1, 0.0);
}

#[test]
fn nothing_to_divide_by_is_nought() {
    let scores = score(&[], &[]);
    assert_eq!(scores.strict, Prf::default());
    assert_eq!(scores.by_label.len(), 2);
    assert_eq!(scores.sentences, 1);
    assert_eq!(score(&[], &[span(0, 1, 1)]).lenient, Prf::default());
}

#[test]
fn scores_cross_to_javascript_as_agreed() {
    let json = serde_json::to_value(score(&[span(0, 1, 0)], &[span(0, 1, 0)])).expect("plain data");
    assert_eq!(json["strict"]["f1"], 1.0);
    assert_eq!(json["by_label"][0]["label"], "Drug");
    assert_eq!(json["by_label"][0]["lenient"]["recall"], 1.0);
    assert_eq!(json["by_label"][0]["support"], 1);
    assert_eq!(json["sentences"], 1);
}

fn any_spans() -> impl Strategy<Value = Vec<TokenSpan>> {
    prop::collection::vec(0..5_usize, 0..30).prop_map(|indices| spans_of(&indices))
}

/// The most pairs that overlap, by trying everything: each gold entity takes each free predicted one, or none.
fn most_pairs(gold: &[TokenSpan], predicted: &[TokenSpan], taken: &mut Vec<bool>) -> u64 {
    let Some((one, rest)) = gold.split_first() else { return 0 };
    let mut most = most_pairs(rest, predicted, taken);
    for at in 0..predicted.len() {
        let other = predicted[at];
        if !taken[at] && one.label == other.label && one.first < other.end && other.first < one.end {
            taken[at] = true;
            most = most.max(1 + most_pairs(rest, predicted, taken));
            taken[at] = false;
        }
    }
    most
}

proptest! {
    #[test]
    fn gold_and_predicted_are_alike(one in any_spans(), other in any_spans()) {
        let (there, back) = (score(&one, &other), score(&other, &one));
        for (there, back) in [(there.strict, back.strict), (there.lenient, back.lenient)] {
            prop_assert_eq!(there.precision, back.recall);
            prop_assert_eq!(there.recall, back.precision);
            prop_assert_eq!(there.f1, back.f1);
        }
        prop_assert!(there.lenient.f1 >= there.strict.f1);
    }

    #[test]
    fn lenient_pairs_are_as_many_as_can_be(
        one in prop::collection::vec(0..5_usize, 0..12).prop_map(|indices| spans_of(&indices)),
        other in prop::collection::vec(0..5_usize, 0..12).prop_map(|indices| spans_of(&indices)),
    ) {
        let mut counts = Counts::new();
        counts.add(&one, &other);
        prop_assert_eq!(counts.all().lenient, most_pairs(&one, &other, &mut vec![false; other.len()]));
    }

    #[test]
    fn counts_of_parts_add_up(sentences in prop::collection::vec((any_spans(), any_spans()), 0..8), cut in 0..8_usize) {
        let count = |part: &[(Vec<TokenSpan>, Vec<TokenSpan>)]| {
            let mut counts = Counts::new();
            part.iter().for_each(|(gold, predicted)| counts.add(gold, predicted));
            counts
        };
        let cut = cut.min(sentences.len());
        let mut parts = count(&sentences[..cut]);
        parts.merge(&count(&sentences[cut..]));
        prop_assert_eq!(parts, count(&sentences));
    }

    #[test]
    fn the_same_is_perfect(spans in any_spans()) {
        let scores = score(&spans, &spans);
        let perfect = if spans.is_empty() { 0.0 } else { 1.0 };
        prop_assert_eq!((scores.strict.f1, scores.lenient.f1), (perfect, perfect));
    }
}
