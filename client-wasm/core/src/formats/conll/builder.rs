//! Puts a document together from tokens and tags.

use super::super::import::{RawDocument, RawSpan};
use super::line::{TagPosition, Tag};
use super::scheme::Scheme;
use crate::labels::Span;

/// A document in the making: tokens joined by a space, sentences by a line feed.
#[derive(Debug, Default)]
pub(super) struct Builder {
    found: RawDocument,
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
        let Tag::In(position, label) = tag else {
            (self.entity_open, self.entity_touches) = (false, false);
            return;
        };
        let same = self.found.spans.last_mut().filter(|found| found.span.label == label);
        if position == TagPosition::Begin {
            scheme.begin(self.entity_touches && same.is_some());
        }
        match (position, same) {
            (TagPosition::Inside | TagPosition::End, Some(found)) if self.entity_open => found.span.end = self.chars,
            _ => {
                if matches!(position, TagPosition::Inside | TagPosition::End) {
                    scheme.stray(line);
                }
                let span = Span { start, end: self.chars, label: label.to_owned() };
                self.found.spans.push(RawSpan { line: Some(line), span });
            }
        }
        self.entity_open = matches!(position, TagPosition::Begin | TagPosition::Inside);
        self.entity_touches = true;
    }

    /// Ends the sentence, if one is begun.
    pub(super) fn end_sentence(&mut self) {
        (self.sentence_open, self.entity_open, self.entity_touches) = (false, false, false);
    }

    /// The document, where it has a token.
    pub(super) fn finish(self, name: String, line: usize) -> Option<RawDocument> {
        (self.sentences > 0).then_some(RawDocument {
            name: Some(name),
            line: Some(line),
            labelled: true,
            ..self.found
        })
    }
}
