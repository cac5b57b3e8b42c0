//! Spans to the tags of a flat tagger: which of them it trains on, and why not the others.

use std::cmp::Reverse;

use super::{LabelSet, OUTSIDE, Span, TokenSpan};
use crate::text::{Sentence, Token};

/// A document's tags, and what became of each of its spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlatDocument {
    /// One list for each sentence, one tag for each token.
    pub tags: Vec<Vec<usize>>,
    /// One for each span, in the order given.
    pub fates: Vec<Fate>,
}

impl FlatDocument {
    /// Spans of the label set that are not in the tags.
    pub fn dropped(&self) -> usize {
        let dropped = |fate: &&Fate| matches!(fate, Fate::NoToken | Fate::CrossesSentences | Fate::Overlaps { .. });
        self.fates.iter().filter(dropped).count()
    }

    /// Spans in the tags that cut a token and were taken to cover the whole of it.
    pub fn widened(&self) -> usize {
        self.fates.iter().filter(|fate| **fate == Fate::Tagged { widened: true }).count()
    }
}

/// What becomes of a span where each token has one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The tags say it, `widened` to whole tokens where it cut one.
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
    /// It comes to the same as another span, which counts once.
    Repeats {
        /// The place of the other.
        of: usize,
    },
    /// It overlaps a span that was preferred: a longer one, or of the same length one that begins earlier.
    Overlaps {
        /// The place of the other.
        with: usize,
    },
}

impl Fate {
    /// Why the span of this fate, one of `spans`, is not trained on, in words; none where it is.
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

/// Where a span's tags would stand.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    sentence: usize,
    span: TokenSpan,
    chars: usize,
    widened: bool,
}

impl Place {
    /// Of spans that come to the same, only the first is kept.
    fn same(&self, other: &Self) -> bool {
        (self.sentence, self.span) == (other.sentence, other.span)
    }
}

/// Tags the sentences of one document with the types of a label set.
pub fn document_to_tags(labels: &LabelSet, sentences: &[Sentence], spans: &[Span]) -> FlatDocument {
    flatten(sentences, spans, |label| labels.index(label))
}

/// The one rule for which spans a flat tagger trains on; `index` numbers the types, and leaves out those it has no
/// number for.
///
/// White space at the ends of a span doesn't matter, and a span that cuts a token is widened to the whole of it. Of
/// overlapping spans the longest stays (in chars, after widening; then the earliest).
pub fn flatten(sentences: &[Sentence], spans: &[Span], index: impl Fn(&str) -> Option<usize>) -> FlatDocument {
    let tokens = tokens_of(sentences);
    let mut flat = FlatDocument {
        tags: sentences.iter().map(|sentence| vec![OUTSIDE; sentence.tokens.len()]).collect(),
        fates: vec![Fate::OtherType; spans.len()],
    };
    let mut candidates: Vec<(Place, usize)> = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        let Some(label) = index(&span.label) else { continue };
        match place(&tokens, span, label) {
            Ok(place) => candidates.push((place, at)),
            Err(fate) => flat.fates[at] = fate,
        }
    }
    candidates.sort_by_key(|(place, at)| (Reverse(place.chars), place.sentence, place.span, *at));

    let mut owners: Vec<Vec<Option<usize>>> = flat.tags.iter().map(|tags| vec![None; tags.len()]).collect();
    let mut previous: Option<(Place, usize)> = None;
    for (place, at) in candidates {
        let range = place.span.first..place.span.end;
        let owned = &mut owners[place.sentence][range.clone()];
        flat.fates[at] = match (previous, owned.iter().flatten().next()) {
            (Some((other, of)), _) if place.same(&other) => Fate::Repeats { of },
            (_, Some(with)) => Fate::Overlaps { with: *with },
            _ => {
                owned.fill(Some(at));
                let tags = &mut flat.tags[place.sentence][range];
                tags.fill(2 + 2 * place.span.label);
                tags[0] -= 1;
                Fate::Tagged { widened: place.widened }
            }
        };
        if previous.is_none_or(|(other, _)| !place.same(&other)) {
            previous = Some((place, at));
        }
    }
    flat
}

/// A token with the place of its sentence and its own in it.
type Located<'s> = (usize, usize, &'s Token);

fn tokens_of(sentences: &[Sentence]) -> Vec<Located<'_>> {
    sentences
        .iter()
        .enumerate()
        .flat_map(|(sentence, s)| s.tokens.iter().enumerate().map(move |(at, token)| (sentence, at, token)))
        .collect()
}

fn place(tokens: &[Located<'_>], span: &Span, label: usize) -> Result<Place, Fate> {
    let from = tokens.partition_point(|(_, _, token)| token.chars.end <= span.start);
    let to = tokens.partition_point(|(_, _, token)| token.chars.start < span.end);
    let inside = if span.start < span.end { tokens.get(from..to).unwrap_or_default() } else { &[] };
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return Err(Fate::NoToken) };
    if first.0 != last.0 {
        return Err(Fate::CrossesSentences);
    }
    let (start, end) = (first.2.chars.start, last.2.chars.end);
    Ok(Place {
        sentence: first.0,
        span: TokenSpan { first: first.1, end: last.1 + 1, label },
        chars: end - start,
        widened: start < span.start || span.end < end,
    })
}
