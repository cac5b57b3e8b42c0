//! IOB2 tags (Tjong Kim Sang and Veenstra 1999): O outside every entity, B- at an entity's first token, I- at the others.

use serde::{Deserialize, Serialize};

use super::TokenSpan;

/// A token's IOB2 tag. Its index, by which a model's scores are ordered, is 0 for O, `1 + 2 · label` for B- and
/// `2 + 2 · label` for I-; nothing else in the program computes with these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(usize);

impl Tag {
    /// O.
    pub const OUTSIDE: Self = Self(0);

    /// B- of a label.
    pub const fn begin(label: usize) -> Self {
        Self(1 + 2 * label)
    }

    /// I- of a label.
    pub const fn inside(label: usize) -> Self {
        Self(2 + 2 * label)
    }

    /// The tag with an index.
    pub const fn from_index(index: usize) -> Self {
        Self(index)
    }

    /// The tag's index.
    pub const fn index(self) -> usize {
        self.0
    }

    /// How many tags there are with so many labels.
    pub const fn count(labels: usize) -> usize {
        1 + 2 * labels
    }

    /// Its label; none for O.
    pub fn label(self) -> Option<usize> {
        self.0.checked_sub(1).map(|index| index / 2)
    }

    /// Whether it is a B-.
    pub fn is_begin(self) -> bool {
        self.0 % 2 == 1
    }

    /// Whether it is an I-.
    pub fn is_inside(self) -> bool {
        self != Self::OUTSIDE && self.0.is_multiple_of(2)
    }

    /// Whether a sentence may start with it.
    pub fn may_start(self) -> bool {
        !self.is_inside()
    }

    /// Whether it may stand after another tag: an I- only after the B- or I- of its label.
    pub fn may_follow(self, previous: Self) -> bool {
        !self.is_inside() || self.label() == previous.label()
    }
}

/// The entities that tags describe. A stray I- (after O, or after another label) starts one, as in seqeval's default mode.
pub fn tags_to_spans(tags: &[Tag]) -> Vec<TokenSpan> {
    let mut spans: Vec<TokenSpan> = Vec::new();
    for (token, tag) in tags.iter().enumerate() {
        let Some(label) = tag.label() else { continue };
        match spans.last_mut() {
            Some(span) if tag.is_inside() && span.end == token && span.label == label => span.end += 1,
            _ => spans.push(TokenSpan { first: token, end: token + 1, label }),
        }
    }
    spans
}

/// Tests write tags as their indices.
#[cfg(test)]
impl PartialEq<usize> for Tag {
    fn eq(&self, index: &usize) -> bool {
        self.0 == *index
    }
}

/// The tags with these indices, for tests.
#[cfg(test)]
pub(crate) fn tags(indices: &[usize]) -> Vec<Tag> {
    indices.iter().copied().map(Tag::from_index).collect()
}
