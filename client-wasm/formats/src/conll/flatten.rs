//! From spans, which may overlap and lie anywhere, to what one tag a token can say.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::Document;
use super::super::lines::quoted;
use super::super::write::without_spaces;
use fedner_text::labels::Span;
use fedner_text::{Token, sentences};

/// A document as tags can say it.
pub(super) struct Flat<'d> {
    /// All tokens, in the order of the text.
    pub(super) tokens: Vec<Token>,
    /// The token after each sentence's last.
    pub(super) ends: Vec<usize>,
    /// The entities kept, by their first token.
    pub(super) entities: BTreeMap<usize, Entity<'d>>,
    /// What isn't as it was.
    pub(super) problems: Vec<String>,
}

/// An entity and the tokens that it covers.
#[derive(Clone, Copy)]
pub(super) struct Entity<'d> {
    pub(super) span: &'d Span,
    pub(super) first: usize,
    /// The token after its last.
    pub(super) end: usize,
    /// It reaches over the end of a sentence.
    crosses: bool,
}

/// Chooses the entities that tags can hold. Of overlapping ones the longest stays, but one within a sentence before one
/// that reaches over its end. A sentence that ends within an entity is joined with the next, so that the entity stays
/// whole.
pub(super) fn flatten(document: &Document) -> Flat<'_> {
    let mut flat = Flat { tokens: Vec::new(), ends: Vec::new(), entities: BTreeMap::new(), problems: Vec::new() };
    for sentence in sentences(&document.text) {
        flat.tokens.extend(sentence.tokens);
        flat.ends.push(flat.tokens.len());
    }
    let mut candidates = Vec::with_capacity(document.spans.len());
    for span in &document.spans {
        match flat.locate(span) {
            Some(entity) => candidates.push(entity),
            None => flat.problems.push(format!("{} covers no token and was left out", named(span))),
        }
    }
    candidates.sort_by_key(|entity| (entity.crosses, Reverse(entity.end - entity.first), entity.first));
    for entity in candidates {
        let before = flat.entities.range(..entity.end).next_back();
        if before.is_some_and(|(_, other)| other.end > entity.first) {
            let message = format!("{} overlaps another and was left out: a token has one tag", named(entity.span));
            flat.problems.push(message);
        } else {
            flat.problems.extend(flat.changed(&entity, &document.text));
            flat.entities.insert(entity.first, entity);
        }
    }
    flat.join();
    flat
}

impl<'d> Flat<'d> {
    fn locate(&self, span: &'d Span) -> Option<Entity<'d>> {
        let first = self.tokens.partition_point(|token| token.chars.end <= span.start);
        let end = self.tokens.partition_point(|token| token.chars.start < span.end);
        let sentence_end = *self.ends.get(self.ends.partition_point(|sentence_end| *sentence_end <= first))?;
        (first < end).then_some(Entity { span, first, end, crosses: sentence_end < end })
    }

    /// What of an entity that is kept isn't as it was.
    fn changed(&self, entity: &Entity<'_>, text: &str) -> Option<String> {
        let (first, last, span) = (&self.tokens[entity.first], &self.tokens[entity.end - 1], entity.span);
        let mut changes = Vec::new();
        if first.chars.start < span.start || span.end < last.chars.end {
            let whole = text.get(first.bytes.start..last.bytes.end).unwrap_or_default();
            changes.push(format!("begins or ends within a token and was widened to {}", quoted(whole)));
        }
        if entity.crosses {
            changes.push("reaches over the end of a sentence; the sentences were joined".to_owned());
        }
        if let label @ Cow::Owned(_) = without_spaces(&span.label) {
            changes.push(format!("got the type {label:?}: a tag holds no white space"));
        }
        (!changes.is_empty()).then(|| format!("{} {}", named(span), changes.join(", and ")))
    }

    /// Joins the sentences that an entity reaches over.
    fn join(&mut self) {
        let entities = &self.entities;
        self.ends.retain(|end| entities.range(..end).next_back().is_none_or(|(_, entity)| entity.end <= *end));
    }
}

fn named(span: &Span) -> String {
    format!("the entity {}–{} {}", span.start, span.end, quoted(&span.label))
}
