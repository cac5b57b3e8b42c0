//! Spans to the tags of a flat tagger: which of them it trains on, and why not the others.

use std::cmp::Reverse;

use super::{LabelSet, Span, Tag, TokenSpan};
use crate::{Sentence, Token};

/// A document's tags, and the outcome for each of its spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlatDocument {
    /// One list for each sentence, one tag for each token.
    pub tags: Vec<Vec<Tag>>,
    /// One for each span, in the order given.
    pub outcomes: Vec<SpanOutcome>,
}

impl FlatDocument {
    /// Spans of the label set that are not in the tags.
    pub fn dropped(&self) -> usize {
        let dropped = |outcome: &&SpanOutcome| {
            matches!(outcome, SpanOutcome::NoToken | SpanOutcome::CrossesSentences | SpanOutcome::Overlaps { .. })
        };
        self.outcomes.iter().filter(dropped).count()
    }

    /// Spans in the tags that cut a token and were taken to cover the whole of it.
    pub fn widened(&self) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome == SpanOutcome::Tagged { widened: true }).count()
    }
}

/// What happens to a span where each token has one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanOutcome {
    /// The tags describe it, `widened` to whole tokens where it cut one.
    Tagged {
        /// Whether it cut a token.
        widened: bool,
    },
    /// Its type is not in the label set.
    OtherType,
    /// It covers no token of the text.
    NoToken,
    /// It reaches over the end of a sentence.
    CrossesSentences,
    /// It covers the same tokens with the same label as another span, and counts once.
    Repeats {
        /// The other's number.
        of: usize,
    },
    /// It overlaps a span that was preferred: a longer one, or of the same length one that begins earlier.
    Overlaps {
        /// The other's number.
        with: usize,
    },
}

impl SpanOutcome {
    /// Why the span with this outcome, one of `spans`, is not trained on, in words; none where it is.
    pub fn reason(self, spans: &[Span]) -> Option<String> {
        let label = |at: usize| spans.get(at).map_or("another label", |span| span.label.as_str());
        match self {
            Self::Tagged { .. } => None,
            Self::OtherType => Some("Its label is not among those that are trained on.".to_owned()),
            Self::NoToken => Some("It covers no word.".to_owned()),
            Self::CrossesSentences => {
                Some("It crosses the end of a sentence; the model reads one sentence at a time.".to_owned())
            }
            Self::Repeats { .. } => Some("It is marked twice and counts once.".to_owned()),
            Self::Overlaps { with } => {
                let label = label(with);
                Some(format!("It overlaps an entity that is preferred, the longer or earlier one ({label})."))
            }
        }
    }
}

/// The tokens whose tags a span would set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct TaggedRange {
    sentence: usize,
    span: TokenSpan,
    chars: usize,
    widened: bool,
}

impl TaggedRange {
    /// Whether it would set the same tags as another; of such spans only the first is kept.
    fn same(&self, other: &Self) -> bool {
        (self.sentence, self.span) == (other.sentence, other.span)
    }
}

/// Tags the sentences of one document with the types of a label set.
pub fn document_to_tags(labels: &LabelSet, sentences: &[Sentence], spans: &[Span]) -> FlatDocument {
    flatten(sentences, spans, |label| labels.index(label))
}

/// The one rule for which spans a flat tagger trains on; `index` numbers the types, and leaves out those that have no
/// number.
///
/// White space at the ends of a span doesn't matter, and a span that cuts a token is widened to the whole of it. Of
/// overlapping spans the longest stays (in chars, after widening; then the earliest).
pub fn flatten(sentences: &[Sentence], spans: &[Span], index: impl Fn(&str) -> Option<usize>) -> FlatDocument {
    let tokens = tokens_of(sentences);
    let mut flat = FlatDocument {
        tags: sentences.iter().map(|sentence| vec![Tag::OUTSIDE; sentence.tokens.len()]).collect(),
        outcomes: vec![SpanOutcome::OtherType; spans.len()],
    };
    let mut candidates: Vec<(TaggedRange, usize)> = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        let Some(label) = index(&span.label) else { continue };
        match tagged_range(&tokens, span, label) {
            Ok(range) => candidates.push((range, at)),
            Err(outcome) => flat.outcomes[at] = outcome,
        }
    }
    candidates.sort_by_key(|(range, at)| (Reverse(range.chars), range.sentence, range.span, *at));

    let mut owners: Vec<Vec<Option<usize>>> = flat.tags.iter().map(|tags| vec![None; tags.len()]).collect();
    let mut previous: Option<(TaggedRange, usize)> = None;
    for (range, at) in candidates {
        let tokens = range.span.first..range.span.end;
        let owned = &mut owners[range.sentence][tokens.clone()];
        flat.outcomes[at] = match (previous, owned.iter().flatten().next()) {
            (Some((other, of)), _) if range.same(&other) => SpanOutcome::Repeats { of },
            (_, Some(with)) => SpanOutcome::Overlaps { with: *with },
            _ => {
                owned.fill(Some(at));
                let tags = &mut flat.tags[range.sentence][tokens];
                tags.fill(Tag::inside(range.span.label));
                tags[0] = Tag::begin(range.span.label);
                SpanOutcome::Tagged { widened: range.widened }
            }
        };
        if previous.is_none_or(|(other, _)| !range.same(&other)) {
            previous = Some((range, at));
        }
    }
    flat
}

/// A token with its sentence's number and its own number there.
type NumberedToken<'s> = (usize, usize, &'s Token);

fn tokens_of(sentences: &[Sentence]) -> Vec<NumberedToken<'_>> {
    sentences
        .iter()
        .enumerate()
        .flat_map(|(sentence, s)| s.tokens.iter().enumerate().map(move |(at, token)| (sentence, at, token)))
        .collect()
}

fn tagged_range(tokens: &[NumberedToken<'_>], span: &Span, label: usize) -> Result<TaggedRange, SpanOutcome> {
    let from = tokens.partition_point(|(_, _, token)| token.chars.end <= span.start);
    let to = tokens.partition_point(|(_, _, token)| token.chars.start < span.end);
    let inside = if span.start < span.end { tokens.get(from..to).unwrap_or_default() } else { &[] };
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return Err(SpanOutcome::NoToken) };
    if first.0 != last.0 {
        return Err(SpanOutcome::CrossesSentences);
    }
    let (start, end) = (first.2.chars.start, last.2.chars.end);
    Ok(TaggedRange {
        sentence: first.0,
        span: TokenSpan { first: first.1, end: last.1 + 1, label },
        chars: end - start,
        widened: start < span.start || span.end < end,
    })
}
