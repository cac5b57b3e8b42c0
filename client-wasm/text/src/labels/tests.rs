//! Label sets, and spans to tags and back.

use proptest::prelude::*;

use super::{
    LABELS_MAX, LabelError, LabelSet, Span, SpanOutcome, Tag, TokenSpan, document_to_tags, tags, tags_to_spans,
};
use crate::{Sentence, sentences};

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
    let names: Vec<String> = labels.all_tags().map(|tag| labels.tag_name(tag)).collect();
    assert_eq!(names, ["O", "B-Drug", "I-Drug", "B-Dose", "I-Dose"]);
    for (tag, name) in names.iter().enumerate() {
        assert_eq!(labels.tag(name), Some(Tag::from_index(tag)));
    }
    assert_eq!(labels.tag("I-Other"), None);
    assert_eq!(labels.tag("Drug"), None);
    let tag = Tag::from_index;
    let may_start: Vec<bool> = (0..6).map(|index| labels.may_start(tag(index))).collect();
    assert_eq!(may_start, [true, true, false, true, false, false]);
    let before_inside_drug: Vec<bool> = (0..6).map(|previous| labels.may_follow(tag(previous), tag(2))).collect();
    assert_eq!(before_inside_drug, [false, true, true, false, false, false]);
    let follows = |previous, next| labels.may_follow(tag(previous), tag(next));
    assert!((0..5).all(|previous| follows(previous, 0) && follows(previous, 3)));
    assert!(!follows(5, 0) && !follows(0, 5));
}

/// The only sentence's tags, and what became of each span.
fn flat(text: &str, spans: &[Span]) -> (Vec<Tag>, Vec<SpanOutcome>) {
    let flat = document_to_tags(&labels(), &[only_sentence(text)], spans);
    (flat.tags.concat(), flat.outcomes)
}

const TAGGED: SpanOutcome = SpanOutcome::Tagged { widened: false };

#[test]
fn the_longest_of_overlapping_spans_stays() {
    let spans =
        [span(5, 12, "Drug"), span(5, 17, "Drug"), span(13, 17, "Dose"), span(18, 21, "Other"), span(18, 21, "Dose")];
    let (found, outcomes) = flat("take aspirin 5 mg now", &spans);
    assert_eq!(found, [0, 1, 2, 2, 3]);
    let overlaps = SpanOutcome::Overlaps { with: 1 };
    assert_eq!(outcomes, [overlaps, TAGGED, overlaps, SpanOutcome::OtherType, TAGGED]);
    let reasons: Vec<Option<String>> = outcomes.iter().map(|outcome| outcome.reason(&spans)).collect();
    assert!(reasons[0].as_ref().is_some_and(|reason| reason.contains("overlaps") && reason.contains("(Drug)")));
    assert!(reasons[3].as_ref().is_some_and(|reason| reason.contains("label")));
    assert_eq!(reasons[1], None);
}

#[test]
fn of_spans_of_one_length_the_earliest_stays() {
    let (found, outcomes) = flat("aa bb cc", &[span(3, 8, "Dose"), span(0, 5, "Drug")]);
    assert_eq!((found, outcomes), (tags(&[1, 2, 0]), vec![SpanOutcome::Overlaps { with: 1 }, TAGGED]));
    // On the same tokens the type that comes first in the label set stays.
    let (found, outcomes) = flat("aa bb cc", &[span(0, 2, "Dose"), span(0, 2, "Drug")]);
    assert_eq!((found, outcomes), (tags(&[1, 0, 0]), vec![SpanOutcome::Overlaps { with: 1 }, TAGGED]));
}

#[test]
fn what_does_not_fit_is_widened_or_told() {
    let tag = |spans: &[Span]| flat("take aspirin now", spans);
    assert_eq!(tag(&[span(7, 9, "Drug")]), (tags(&[0, 1, 0]), vec![SpanOutcome::Tagged { widened: true }]));
    let (found, outcomes) = tag(&[span(4, 13, "Drug"), span(4, 13, "Drug"), span(4, 5, "Drug"), span(9, 9, "Drug")]);
    assert_eq!(
        (found, outcomes),
        (tags(&[0, 1, 0]), vec![TAGGED, SpanOutcome::Repeats { of: 0 }, SpanOutcome::NoToken, SpanOutcome::NoToken])
    );
    // What comes to the same after widening is the same, whichever of its twins was kept.
    let (_, outcomes) = tag(&[span(0, 12, "Drug"), span(6, 9, "Drug"), span(7, 12, "Drug")]);
    assert_eq!(outcomes, [TAGGED, SpanOutcome::Overlaps { with: 0 }, SpanOutcome::Repeats { of: 1 }]);
    let (found, outcomes) = tag(&[span(13, 99, "Drug"), span(16, 99, "Drug"), span(40, 20, "Drug")]);
    assert_eq!((found, outcomes), (tags(&[0, 0, 1]), vec![TAGGED, SpanOutcome::NoToken, SpanOutcome::NoToken]));
}

#[test]
fn spans_over_sentence_ends_are_counted_once() {
    let text = "one two\nthree four\n";
    let found = sentences(text);
    let spans = [span(4, 13, "Drug"), span(14, 19, "Dose"), span(7, 8, "Drug"), span(30, 40, "Drug")];
    let flat = document_to_tags(&labels(), &found, &spans);
    assert_eq!(flat.tags, [[0, 0], [0, 3]]);
    assert_eq!(flat.outcomes, [SpanOutcome::CrossesSentences, TAGGED, SpanOutcome::NoToken, SpanOutcome::NoToken]);
    assert_eq!((flat.dropped(), flat.widened()), (3, 0));
}

#[test]
fn stray_tags_start_spans() {
    let found = tags_to_spans(&tags(&[2, 2, 4, 0, 4, 1, 1, 2, 3]));
    let token_span = |first, end, label| TokenSpan { first, end, label };
    let expected = [(0, 2, 0), (2, 3, 1), (4, 5, 1), (5, 6, 0), (6, 8, 0), (8, 9, 1)];
    assert_eq!(found, expected.map(|(first, end, label)| token_span(first, end, label)));
    let sentence = only_sentence("a bb ccc");
    assert_eq!(token_span(1, 3, 0).chars(&sentence), Some(2..8));
    assert_eq!(token_span(1, 4, 0).chars(&sentence), None);
    assert_eq!(token_span(2, 2, 0).chars(&sentence), None);
}

/// Tags that the rules allow, from any numbers.
fn allowed(labels: &LabelSet, numbers: &[usize]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for number in numbers {
        let may = match tags.last() {
            Some(previous) => labels.may_follow(*previous, Tag::from_index(*number)),
            None => labels.may_start(Tag::from_index(*number)),
        };
        tags.push(Tag::from_index(if may { *number } else { number - 1 }));
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
        let flat = document_to_tags(&labels, &[sentence], &spans);
        prop_assert!(flat.outcomes.iter().all(|outcome| *outcome == TAGGED));
        prop_assert_eq!(flat.tags.concat(), tags);
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
        let flat = document_to_tags(&labels, &found, &spans);
        let mut kept = 0;
        for tags in &flat.tags {
            prop_assert!(labels.may_start(tags[0]));
            prop_assert!(tags.windows(2).all(|pair| labels.may_follow(pair[0], pair[1])));
            kept += tags_to_spans(tags).len();
        }
        let tagged = flat.outcomes.iter().filter(|outcome| matches!(outcome, SpanOutcome::Tagged { .. })).count();
        prop_assert_eq!(kept, tagged);
        prop_assert_eq!(flat.outcomes.len(), spans.len());
        for (span, outcome) in spans.iter().zip(&flat.outcomes) {
            prop_assert_eq!(*outcome == SpanOutcome::OtherType, span.label == "Other");
            prop_assert_eq!(outcome.reason(&spans).is_none(), matches!(outcome, SpanOutcome::Tagged { .. }));
            let other = match outcome {
                SpanOutcome::Overlaps { with } => with,
                SpanOutcome::Repeats { of } => of,
                _ => continue,
            };
            // It really shares a token with the other, and an overlap is with one that is trained on.
            let tokens = |span: &Span| {
                let all = found.iter().flat_map(|sentence| &sentence.tokens).map(|token| token.chars.clone());
                all.filter(|chars| chars.start < span.end && span.start < chars.end).collect::<Vec<_>>()
            };
            prop_assert!(tokens(span).iter().any(|token| tokens(&spans[*other]).contains(token)));
            let overlaps = matches!(outcome, SpanOutcome::Overlaps { .. });
            let other_is_tagged = matches!(flat.outcomes[*other], SpanOutcome::Tagged { .. });
            prop_assert!(other_is_tagged || !overlaps);
        }
    }
}
