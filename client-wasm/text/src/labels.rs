//! Entity types, their IOB2 tags, and the conversion of character spans to tags.

mod flat;
mod iob2;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use flat::{FlatDocument, SpanOutcome, document_to_tags, flatten};
#[cfg(test)]
pub(crate) use iob2::tags;
pub use iob2::{Tag, tags_to_spans};

use crate::Sentence;

/// The most entity types a label set may have.
pub const LABELS_MAX: usize = 64;

/// The longest name of an entity type, in chars.
pub const LABEL_CHARS_MAX: usize = 100;

/// An entity in a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Entity"))]
pub struct Span {
    /// Its first char.
    pub start: usize,
    /// The char after its last.
    pub end: usize,
    /// Its entity type.
    pub label: String,
}

/// An entity in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenSpan {
    /// Its first token.
    pub first: usize,
    /// The token after its last.
    pub end: usize,
    /// The index of its entity type in the label set.
    pub label: usize,
}

impl TokenSpan {
    /// The chars it covers in the text that the sentence is from; none where the sentence doesn't have these tokens.
    pub fn chars(&self, sentence: &Sentence) -> Option<Range<usize>> {
        let tokens = sentence.tokens.get(self.first..self.end)?;
        Some(tokens.first()?.chars.start..tokens.last()?.chars.end)
    }
}

/// Why a label set can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// No types.
    #[error("there is no entity type; choose at least one")]
    NoTypes,
    /// More than [`LABELS_MAX`].
    #[error("there are {0} entity types, and at most {LABELS_MAX} can be learnt at once; choose fewer")]
    TooMany(usize),
    /// A type without a name.
    #[error("entity type {0} has no name")]
    Empty(usize),
    /// A name that is too long.
    #[error("the name of entity type {0} has more than {LABEL_CHARS_MAX} characters; shorten it")]
    TooLong(usize),
    /// White space at an end of a name.
    #[error("the entity type {0:?} has white space at its start or end; remove it")]
    WhiteSpace(String),
    /// The same name twice.
    #[error("the entity type {0:?} is there twice; name it once")]
    Repeated(String),
}

/// The entity types that a site marks, in a fixed order; a [`Tag`] counts them in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet {
    types: Vec<String>,
}

impl LabelSet {
    /// Checks the names: 1 to [`LABELS_MAX`], each once, none empty or with white space at its ends.
    pub fn new(types: Vec<String>) -> Result<Self, LabelError> {
        if types.is_empty() {
            return Err(LabelError::NoTypes);
        }
        if types.len() > LABELS_MAX {
            return Err(LabelError::TooMany(types.len()));
        }
        for (at, name) in types.iter().enumerate() {
            if name.trim().is_empty() {
                return Err(LabelError::Empty(at + 1));
            }
            if name.chars().nth(LABEL_CHARS_MAX).is_some() {
                return Err(LabelError::TooLong(at + 1));
            }
            if name.trim() != name {
                return Err(LabelError::WhiteSpace(name.clone()));
            }
            if types[..at].contains(name) {
                return Err(LabelError::Repeated(name.clone()));
            }
        }
        Ok(Self { types })
    }

    /// The entity types.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// How many tags there are: one for O, two for each type.
    pub fn tags(&self) -> usize {
        Tag::count(self.types.len())
    }

    /// The index of a type.
    pub fn index(&self, label: &str) -> Option<usize> {
        self.types.iter().position(|name| name == label)
    }

    /// All tags, by index.
    pub fn all_tags(&self) -> impl Iterator<Item = Tag> + Clone {
        (0..self.tags()).map(Tag::from_index)
    }

    /// Whether the set has a tag, and a sentence may start with it.
    pub fn may_start(&self, tag: Tag) -> bool {
        self.has(tag) && tag.may_start()
    }

    /// Whether the set has both tags, and one may stand after the other.
    pub fn may_follow(&self, previous: Tag, next: Tag) -> bool {
        self.has(previous) && self.has(next) && next.may_follow(previous)
    }

    fn has(&self, tag: Tag) -> bool {
        tag.index() < self.tags()
    }

    /// "O", "B-…" or "I-…"; "O" too for a tag outside the set.
    pub fn tag_name(&self, tag: Tag) -> String {
        match tag.label().and_then(|label| self.types.get(label)) {
            Some(name) if tag.is_inside() => format!("I-{name}"),
            Some(name) => format!("B-{name}"),
            None => "O".to_owned(),
        }
    }

    /// The tag with this name, where the set has it.
    pub fn tag(&self, name: &str) -> Option<Tag> {
        if name == "O" {
            return Some(Tag::OUTSIDE);
        }
        match name.strip_prefix("B-") {
            Some(label) => self.index(label).map(Tag::begin),
            None => self.index(name.strip_prefix("I-")?).map(Tag::inside),
        }
    }
}

impl TryFrom<Vec<String>> for LabelSet {
    type Error = LabelError;

    fn try_from(types: Vec<String>) -> Result<Self, LabelError> {
        Self::new(types)
    }
}

impl From<LabelSet> for Vec<String> {
    fn from(labels: LabelSet) -> Self {
        labels.types
    }
}

#[cfg(test)]
mod tests;
