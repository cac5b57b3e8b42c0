//! Puts a document together from tokens and tags.

use super::super::collect::{FoundDocument, FoundSpan};
use super::line::{Place, Tag};
use super::scheme::Scheme;
use crate::labels::Span;

/// A document in the making: tokens joined by a space, sentences by a line feed.
#[derive(Debug, Default)]
pub(super) struct Builder {
    found: FoundDocument,
    chars: usize,
    sentence_open: bool,
    /// Sentences begun.
    pub(super) sentences: usize,
    /// Whether the last span may go on with the next token.
    entity_open: bool,
    /// Whether the last span reaches to the end of the text.
    entity_touches: bool,
}

impl Builder {
    /// Adds a token.
    pub(super) fn token(&mut self, line: usize, token: &str, tag: Tag<'_>, scheme: &mut Scheme) {
        if !self.found.text.is_empty() {
            self.found.text.push(if self.sentence_open { ' ' } else { '\n' });
            self.chars += 1;
        }
        if !self.sentence_open {
            self.sentences += 1;
            self.sentence_open = true;
        }
        let start = self.chars;
        self.found.text.push_str(token);
        self.chars += token.chars().count();
        let Tag::In(place, label) = tag else {
            (self.entity_open, self.entity_touches) = (false, false);
            return;
        };
        let same = self.found.spans.last_mut().filter(|found| found.span.label == label);
        if place == Place::Begin {
            scheme.begin(self.entity_touches && same.is_some());
        }
        match (place, same) {
            (Place::Inside | Place::End, Some(found)) if self.entity_open => found.span.end = self.chars,
            _ => {
                if matches!(place, Place::Inside | Place::End) {
                    scheme.stray(line);
                }
                let span = Span { start, end: self.chars, label: label.to_owned() };
                self.found.spans.push(FoundSpan { line: Some(line), span });
            }
        }
        self.entity_open = matches!(place, Place::Begin | Place::Inside);
        self.entity_touches = true;
    }

    /// Ends the sentence, if one is begun.
    pub(super) fn end_sentence(&mut self) {
        (self.sentence_open, self.entity_open, self.entity_touches) = (false, false, false);
    }

    /// The document, where it has a token.
    pub(super) fn finish(self, name: String, line: usize) -> Option<FoundDocument> {
        (self.sentences > 0).then_some(FoundDocument {
            name: Some(name),
            line: Some(line),
            labelled: true,
            ..self.found
        })
    }
}
