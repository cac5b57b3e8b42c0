//! Spans to tags and back.

use std::cmp::Reverse;

use super::{LabelSet, OUTSIDE, Span, TokenSpan, is_inside, label_of};
use crate::text::{Sentence, Token};

/// A sentence's tags, and what couldn't be said in tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// One for each token.
    pub tags: Vec<usize>,
    /// Spans left out: they overlap a longer one, cross an end of the sentence, or cover no token.
    pub dropped: usize,
    /// Spans that cut a token and were taken to cover the whole of it.
    pub snapped: usize,
}

/// A document's tags, and what couldn't be said in tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedDocument {
    /// One list for each sentence, one tag for each token.
    pub tags: Vec<Vec<usize>>,
    /// Spans left out: they overlap a longer one, cross the end of a sentence, or cover no token.
    pub dropped: usize,
    /// Spans that cut a token and were taken to cover the whole of it.
    pub snapped: usize,
}

/// Where a span's tags would stand.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Candidate {
    sentence: usize,
    span: TokenSpan,
    chars: usize,
}

/// Tags the sentences of one document. Every span of a type in the set is in the tags or counted as dropped; types
/// outside the set are left out silently.
///
/// White space at the ends of a span doesn't matter. Of overlapping spans the longest stays (in chars, after snapping;
/// then the earliest); the same span twice counts once.
pub fn document_to_tags(labels: &LabelSet, sentences: &[Sentence], spans: &[Span]) -> EncodedDocument {
    let tokens: Vec<(usize, usize, &Token)> = sentences
        .iter()
        .enumerate()
        .flat_map(|(sentence, s)| s.tokens.iter().enumerate().map(move |(at, token)| (sentence, at, token)))
        .collect();
    let mut encoded = EncodedDocument {
        tags: sentences.iter().map(|sentence| vec![OUTSIDE; sentence.tokens.len()]).collect(),
        ..EncodedDocument::default()
    };
    let mut candidates = Vec::new();
    for (span, label) in spans.iter().filter_map(|span| Some((span, labels.index(&span.label)?))) {
        let from = tokens.partition_point(|(_, _, token)| token.chars.end <= span.start);
        let to = tokens.partition_point(|(_, _, token)| token.chars.start < span.end);
        let inside = if span.start < span.end { tokens.get(from..to).unwrap_or_default() } else { &[] };
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else {
            encoded.dropped += 1;
            continue;
        };
        if first.0 != last.0 {
            encoded.dropped += 1;
            continue;
        }
        let (start, end) = (first.2.chars.start, last.2.chars.end);
        encoded.snapped += usize::from(start < span.start || span.end < end);
        let span = TokenSpan { first: first.1, end: last.1 + 1, label };
        candidates.push(Candidate { sentence: first.0, span, chars: end - start });
    }
    candidates.sort_by_key(|c| (Reverse(c.chars), c.sentence, c.span));
    candidates.dedup();
    for candidate in candidates {
        let tags = &mut encoded.tags[candidate.sentence][candidate.span.first..candidate.span.end];
        if tags.iter().all(|tag| *tag == OUTSIDE) {
            tags.fill(2 + 2 * candidate.span.label);
            tags[0] -= 1;
        } else {
            encoded.dropped += 1;
        }
    }
    encoded
}

/// Tags one sentence, with the spans of its document; spans elsewhere are not its concern.
///
/// A span that reaches over an end of the sentence is left out, and counted in the sentence where it starts, so that
/// the sum over a document's sentences is right. [`document_to_tags`] is quicker for many sentences, and sees when only
/// white space stands beyond the end.
pub fn spans_to_tags(labels: &LabelSet, sentence: &Sentence, spans: &[Span]) -> Encoded {
    let (Some(first), Some(last)) = (sentence.tokens.first(), sentence.tokens.last()) else {
        return Encoded::default();
    };
    let (start, end) = (first.chars.start, last.chars.end);
    let starts_here =
        spans.iter().filter(|span| start <= span.start && span.start < end && labels.index(&span.label).is_some());
    let (whole, crossing): (Vec<Span>, Vec<Span>) = starts_here.cloned().partition(|span| span.end <= end);
    let encoded = document_to_tags(labels, std::slice::from_ref(sentence), &whole);
    Encoded {
        tags: encoded.tags.into_iter().next().unwrap_or_default(),
        dropped: encoded.dropped + crossing.len(),
        snapped: encoded.snapped,
    }
}

/// The entities that tags say. A stray I- (after O, or after another type) starts one, as in seqeval's default mode.
pub fn tags_to_spans(tags: &[usize]) -> Vec<TokenSpan> {
    let mut spans: Vec<TokenSpan> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Some(label) = label_of(*tag) else { continue };
        match spans.last_mut() {
            Some(span) if is_inside(*tag) && span.end == at && span.label == label => span.end += 1,
            _ => spans.push(TokenSpan { first: at, end: at + 1, label }),
        }
    }
    spans
}
