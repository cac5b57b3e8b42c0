//! Label sets, and spans to tags and back.

use proptest::prelude::*;

use super::{LABELS_MAX, LabelError, LabelSet, Span, TokenSpan, document_to_tags, spans_to_tags, tags_to_spans};
use crate::text::{Sentence, sentences};

fn labels() -> LabelSet {
    LabelSet::new(vec!["Drug".into(), "Dose".into()]).expect("a label set")
}

fn span(start: usize, end: usize, label: &str) -> Span {
    Span { start, end, label: label.to_owned() }
}

fn only_sentence(text: &str) -> Sentence {
    let mut found = sentences(text);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn names_are_checked() {
    let new = |types: &[&str]| LabelSet::new(types.iter().map(|name| name.to_string()).collect());
    assert_eq!(new(&[]), Err(LabelError::NoTypes));
    assert_eq!(new(&["a", " \t"]), Err(LabelError::Empty(2)));
    assert_eq!(new(&["a "]), Err(LabelError::WhiteSpace("a ".into())));
    assert_eq!(new(&["a", "b", "a"]), Err(LabelError::Repeated("a".into())));
    assert_eq!(new(&[&"x".repeat(101)]), Err(LabelError::TooLong(1)));
    let many = |count: usize| LabelSet::new((0..count).map(|number| number.to_string()).collect());
    assert_eq!(many(LABELS_MAX + 1), Err(LabelError::TooMany(LABELS_MAX + 1)));
    assert_eq!(many(LABELS_MAX).map(|labels| labels.tags()), Ok(129));
    assert!(serde_json::from_str::<LabelSet>("[\"a\",\"a\"]").is_err());
    assert_eq!(serde_json::to_string(&labels()).expect("plain data"), "[\"Drug\",\"Dose\"]");
}

#[test]
fn tags_have_names_and_rules() {
    let labels = labels();
    let names: Vec<String> = (0..labels.tags()).map(|tag| labels.tag_name(tag)).collect();
    assert_eq!(names, ["O", "B-Drug", "I-Drug", "B-Dose", "I-Dose"]);
    for (tag, name) in names.iter().enumerate() {
        assert_eq!(labels.tag(name), Some(tag));
    }
    assert_eq!(labels.tag("I-Other"), None);
    assert_eq!(labels.tag("Drug"), None);
    let may_start: Vec<bool> = (0..6).map(|tag| labels.may_start(tag)).collect();
    assert_eq!(may_start, [true, true, false, true, false, false]);
    let before_inside_drug: Vec<bool> = (0..6).map(|previous| labels.may_follow(previous, 2)).collect();
    assert_eq!(before_inside_drug, [false, true, true, false, false, false]);
    assert!((0..5).all(|previous| labels.may_follow(previous, 0) && labels.may_follow(previous, 3)));
    assert!(!labels.may_follow(5, 0) && !labels.may_follow(0, 5));
}

#[test]
fn the_longest_of_overlapping_spans_stays() {
    let sentence = only_sentence("take aspirin 5 mg now");
    let encoded = spans_to_tags(
        &labels(),
        &sentence,
        &[span(5, 12, "Drug"), span(5, 17, "Drug"), span(13, 17, "Dose"), span(18, 21, "Other"), span(18, 21, "Dose")],
    );
    assert_eq!(encoded.tags, [0, 1, 2, 2, 3]);
    assert_eq!((encoded.dropped, encoded.snapped), (2, 0));
}

#[test]
fn what_does_not_fit_is_snapped_or_counted() {
    let sentence = only_sentence("take aspirin now");
    let tag = |spans: &[Span]| spans_to_tags(&labels(), &sentence, spans);
    let encoded = tag(&[span(7, 9, "Drug")]);
    assert_eq!((encoded.tags, encoded.dropped, encoded.snapped), (vec![0, 1, 0], 0, 1));
    let encoded = tag(&[span(4, 13, "Drug"), span(4, 13, "Drug"), span(4, 5, "Drug"), span(9, 9, "Drug")]);
    assert_eq!((encoded.tags, encoded.dropped, encoded.snapped), (vec![0, 1, 0], 2, 0));
    assert_eq!(tag(&[span(13, 99, "Drug")]).dropped, 1);
    assert_eq!(tag(&[span(16, 99, "Drug"), span(40, 20, "Drug")]).dropped, 0);
}

#[test]
fn spans_over_sentence_ends_are_counted_once() {
    let text = "one two\nthree four\n";
    let found = sentences(text);
    let spans = [span(4, 13, "Drug"), span(14, 19, "Dose"), span(7, 8, "Drug"), span(30, 40, "Drug")];
    let encoded = document_to_tags(&labels(), &found, &spans);
    assert_eq!(encoded.tags, [[0, 0], [0, 3]]);
    assert_eq!(encoded.dropped, 3);
    let alone: usize = found.iter().map(|sentence| spans_to_tags(&labels(), sentence, &spans[..1]).dropped).sum();
    assert_eq!(alone, 1);
}

#[test]
fn stray_tags_start_spans() {
    let found = tags_to_spans(&[2, 2, 4, 0, 4, 1, 1, 2, 3]);
    let token_span = |first, end, label| TokenSpan { first, end, label };
    let expected = [(0, 2, 0), (2, 3, 1), (4, 5, 1), (5, 6, 0), (6, 8, 0), (8, 9, 1)];
    assert_eq!(found, expected.map(|(first, end, label)| token_span(first, end, label)));
    let sentence = only_sentence("a bb ccc");
    assert_eq!(token_span(1, 3, 0).chars(&sentence), Some(2..8));
    assert_eq!(token_span(1, 4, 0).chars(&sentence), None);
    assert_eq!(token_span(2, 2, 0).chars(&sentence), None);
}

/// Tags that the rules allow, from any numbers.
fn allowed(labels: &LabelSet, numbers: &[usize]) -> Vec<usize> {
    let mut tags: Vec<usize> = Vec::new();
    for number in numbers {
        let may = match tags.last() {
            Some(previous) => labels.may_follow(*previous, *number),
            None => labels.may_start(*number),
        };
        tags.push(if may { *number } else { number - 1 });
    }
    tags
}

proptest! {
    #[test]
    fn tags_to_spans_and_back(numbers in prop::collection::vec(0..5_usize, 1..=64)) {
        // Two tokens a number.
        let labels = labels();
        let text = "w😀 ".repeat(numbers.len());
        let sentence = only_sentence(text.lines().next().unwrap_or_default());
        let tags: Vec<usize> = sentence.tokens.iter().map(|token| numbers[token.chars.start % numbers.len()]).collect();
        let tags = allowed(&labels, &tags);
        let spans: Vec<Span> = tags_to_spans(&tags)
            .iter()
            .map(|found| {
                let chars = found.chars(&sentence).expect("tokens of the sentence");
                span(chars.start, chars.end, &labels.types()[found.label])
            })
            .collect();
        let encoded = spans_to_tags(&labels, &sentence, &spans);
        prop_assert_eq!((encoded.tags, encoded.dropped, encoded.snapped), (tags, 0, 0));
    }

    #[test]
    fn any_spans_give_allowed_tags_and_none_is_lost(
        text in "[a-z .\n]{0,80}",
        spans in prop::collection::vec((0..90_usize, 0..90_usize, 0..3_usize), 0..20),
    ) {
        let labels = labels();
        let spans: Vec<Span> =
            spans.into_iter().map(|(start, end, label)| span(start, end, ["Drug", "Dose", "Other"][label])).collect();
        let found = sentences(&text);
        let encoded = document_to_tags(&labels, &found, &spans);
        let mut kept = 0;
        for tags in &encoded.tags {
            prop_assert!(labels.may_start(tags[0]));
            prop_assert!(tags.windows(2).all(|pair| labels.may_follow(pair[0], pair[1])));
            kept += tags_to_spans(tags).len();
        }
        let mut known: Vec<&Span> = spans.iter().filter(|span| span.label != "Other").collect();
        let all = known.len();
        known.sort_by_key(|span| (span.start, span.end, &span.label));
        known.dedup();
        prop_assert!(kept + encoded.dropped <= all);
        // Spans that come to the same tokens count once, so no more are missing than were there twice.
        prop_assert!(kept + encoded.dropped > 0 || all == 0);
        for sentence in &found {
            let alone = spans_to_tags(&labels, sentence, &spans);
            prop_assert_eq!(alone.tags.len(), sentence.tokens.len());
        }
    }
}
