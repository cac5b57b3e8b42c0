//! Agreement against scikit-learn's figures, and by hand.

use pollster::block_on;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::training::tests::Log;

/// Made by `testdata/kappa_figures.py`.
const KAPPA: &str = include_str!("../../testdata/kappa.json");

#[derive(Deserialize)]
struct Figures {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    documents: Vec<Document>,
    kappa: Option<f64>,
    by_label: std::collections::BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct Document {
    words: usize,
    a: Vec<(usize, usize, String)>,
    b: Vec<(usize, usize, String)>,
}

/// A document of one-letter words; entities are given by words.
fn document(id: usize, words: usize, entities: &[(usize, usize, String)]) -> Annotated {
    let spans = entities.iter().map(|(first, end, label)| span(2 * first, 2 * end - 1, label)).collect();
    Annotated { id: id.to_string(), text: "w ".repeat(words), spans }
}

fn span(start: usize, end: usize, label: &str) -> Span {
    Span { start, end, label: label.to_owned() }
}

fn compare(a: &[Annotated], b: &[Annotated]) -> Agreement {
    block_on(agreement(a, b, &mut Log::default())).expect("it is not cancelled")
}

fn same(ours: Option<f64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
        (None, None) => true,
        _ => false,
    }
}

#[test]
fn kappa_is_that_of_scikit_learn() {
    let figures: Figures = serde_json::from_str(KAPPA).expect("the figures are JSON");
    assert!(figures.cases.len() >= 7);
    for case in figures.cases {
        let side = |of: fn(&Document) -> &Vec<(usize, usize, String)>| -> Vec<Annotated> {
            case.documents.iter().enumerate().map(|(at, d)| document(at, d.words, of(d))).collect()
        };
        let found = compare(&side(|d| &d.a), &side(|d| &d.b));
        assert!(same(found.kappa, case.kappa), "{:?} and {:?}", found.kappa, case.kappa);
        assert_eq!(found.by_label.len(), case.by_label.len());
        for (ours, (label, kappa)) in found.by_label.iter().zip(&case.by_label) {
            assert_eq!(&ours.label, label);
            assert!(same(ours.kappa, *kappa), "{label}: {:?} and {kappa:?}", ours.kappa);
        }
    }
}

fn one(text: &str, spans: &[Span]) -> Vec<Annotated> {
    vec![Annotated { id: "1".into(), text: text.into(), spans: spans.to_vec() }]
}

#[test]
fn f1_counts_whole_entities_once() {
    let text = "aspirin 100 mg caused nausea";
    let a = [span(0, 7, "Drug"), span(8, 14, "Dose"), span(22, 28, "Effect"), span(22, 28, "Effect")];
    let b = [span(0, 7, "Drug"), span(8, 11, "Dose"), span(0, 14, "Drug")];
    let found = compare(&one(text, &a), &one(text, &b));
    assert_eq!(found.entity, Prf { precision: 1.0 / 3.0, recall: 1.0 / 3.0, f1: 1.0 / 3.0 });
    let labels: Vec<(&str, f64, u64, u64)> =
        found.by_label.iter().map(|l| (l.label.as_str(), l.f1, l.support_a, l.support_b)).collect();
    assert_eq!(labels, [("Dose", 0.0, 1, 1), ("Drug", 2.0 / 3.0, 1, 2), ("Effect", 0.0, 1, 0)]);
}

#[test]
fn every_sort_of_disagreement_is_found() {
    let text = "aa bb cc dd ee ff gg hh";
    let a = [span(0, 2, "X"), span(3, 5, "X"), span(6, 11, "X"), span(12, 14, "X"), span(18, 20, "Y")];
    let b = [span(0, 2, "X"), span(3, 5, "Y"), span(6, 8, "X"), span(15, 17, "X"), span(18, 23, "X")];
    let found = compare(&one(text, &a), &one(text, &b));
    let kinds: Vec<(Kind, Option<usize>, Option<usize>)> = found.disagreements[0]
        .iter()
        .map(|d| (d.kind, d.a.as_ref().map(|s| s.start), d.b.as_ref().map(|s| s.start)))
        .collect();
    assert_eq!(
        kinds,
        [
            (Kind::Label, Some(3), Some(3)),
            (Kind::Borders, Some(6), Some(6)),
            (Kind::OnlyA, Some(12), None),
            (Kind::OnlyB, None, Some(15)),
            (Kind::Label, Some(18), Some(18)),
        ]
    );
}

#[test]
fn the_same_borders_are_paired_before_a_longer_overlap() {
    let text = "aa bb cc dd";
    let found = compare(&one(text, &[span(0, 5, "X")]), &one(text, &[span(0, 11, "X"), span(0, 5, "Y")]));
    let kinds: Vec<Kind> = found.disagreements[0].iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [Kind::Label, Kind::OnlyB]);
}

#[test]
fn only_the_same_text_under_the_same_name_is_compared() {
    let document = |id: &str, text: &str| Annotated { id: id.into(), text: text.into(), spans: Vec::new() };
    let a = [document("1", "x"), document("2", "x"), document("3", "x")];
    let b = [document("4", "x"), document("2", "y"), document("1", "x")];
    let found = compare(&a, &b);
    assert_eq!(found.compared, [(0, 2)]);
    let left: Vec<(&str, bool)> =
        found.left_out.iter().map(|l| (l.id.as_str(), l.message.contains("different texts"))).collect();
    assert_eq!(left, [("2", true), ("3", false), ("4", false)]);
    assert_eq!((found.kappa, found.entity), (None, Prf::default()));
}

#[test]
fn it_ends_when_it_is_cancelled() {
    let mut log = Log { cancel_after_steps: Some(0), ..Log::default() };
    assert_eq!(block_on(agreement(&one("x", &[]), &one("x", &[]), &mut log)), None);
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let one = (0..30usize, 1..12usize, 0..3usize);
    prop::collection::vec(one.prop_map(|(start, len, label)| span(start, start + len, ["X", "Y", "Z"][label])), 0..12)
}

proptest! {
    #[test]
    fn every_entity_of_one_set_alone_is_in_one_disagreement(a in any_spans(), b in any_spans()) {
        let text = "ab cd ef. ".repeat(5);
        let (a, b) = (one(&text, &a), one(&text, &b));
        let found = compare(&a, &b);
        let mut sides: [Vec<Span>; 2] = Default::default();
        for difference in &found.disagreements[0] {
            let (a, b) = (&difference.a, &difference.b);
            match difference.kind {
                Kind::OnlyA => prop_assert!(a.is_some() && b.is_none()),
                Kind::OnlyB => prop_assert!(a.is_none() && b.is_some()),
                Kind::Label | Kind::Borders => {
                    let (a, b) = (a.as_ref().expect("a pair"), b.as_ref().expect("a pair"));
                    prop_assert!(a.start < b.end && b.start < a.end);
                    prop_assert_eq!(difference.kind == Kind::Borders, a.label == b.label);
                }
            }
            sides[0].extend(a.clone());
            sides[1].extend(b.clone());
        }
        let set = |spans: &[Span]| -> BTreeSet<(usize, usize, String)> {
            spans.iter().map(|span| (span.start, span.end, span.label.clone())).collect()
        };
        let (all_a, all_b) = (set(&a[0].spans), set(&b[0].spans));
        prop_assert_eq!(set(&sides[0]), all_a.difference(&all_b).cloned().collect());
        prop_assert_eq!(set(&sides[1]), all_b.difference(&all_a).cloned().collect());
        prop_assert_eq!(sides[0].len(), set(&sides[0]).len());
        prop_assert_eq!(sides[1].len(), set(&sides[1]).len());

        // F1 by its definition.
        let both = all_a.intersection(&all_b).count();
        let f1 = if all_a.is_empty() && all_b.is_empty() { 0.0 } else { 2.0 * both as f64 / (all_a.len() + all_b.len()) as f64 };
        prop_assert!((found.entity.f1 - f1).abs() < 1e-12);

        // Changing sides changes no figure but precision and recall.
        let turned = compare(&b, &a);
        prop_assert_eq!(turned.entity.precision, found.entity.recall);
        prop_assert_eq!(turned.disagreements[0].len(), found.disagreements[0].len());
        let close = |a: Option<f64>, b: Option<f64>| a.is_none() == b.is_none() && (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-12;
        prop_assert!(close(turned.kappa, found.kappa));
        for (turned, found) in turned.by_label.iter().zip(&found.by_label) {
            prop_assert!(close(turned.kappa, found.kappa));
            prop_assert!(found.kappa.is_none_or(|kappa| (-1.0..=1.0).contains(&kappa)));
        }
        prop_assert!(compare(&a, &a).disagreements[0].is_empty());
    }
}
