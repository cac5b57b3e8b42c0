//! Puts a document together from tokens and tags.

use super::ImportedDocument;
use super::conll_line::Tag;
use crate::labels::Span;

/// A document in the making: tokens joined by a space, sentences by a line feed.
#[derive(Debug, Default)]
pub(super) struct Builder {
    text: String,
    chars: usize,
    sentence_open: bool,
    /// Sentences begun.
    pub(super) sentences: usize,
    spans: Vec<Span>,
    /// Whether the last span goes on to the end of the text.
    entity_open: bool,
    /// The line and the tag of the first I- that nothing stood before, and how many there were.
    pub(super) stray: Option<(usize, String, usize)>,
}

impl Builder {
    /// Adds a token; an I- that nothing of its type stands before starts an entity, and is noted.
    pub(super) fn token(&mut self, line: usize, token: &str, tag: Tag<'_>) {
        if !self.text.is_empty() {
            self.text.push(if self.sentence_open { ' ' } else { '\n' });
            self.chars += 1;
        }
        if !self.sentence_open {
            self.sentences += 1;
            self.sentence_open = true;
        }
        let start = self.chars;
        self.text.push_str(token);
        self.chars += token.chars().count();
        match (tag, self.spans.last_mut()) {
            (Tag::Outside, _) => self.entity_open = false,
            (Tag::Inside(label), Some(span)) if self.entity_open && span.label == label => span.end = self.chars,
            (Tag::Begin(label) | Tag::Inside(label), _) => {
                if let Tag::Inside(_) = tag {
                    self.stray.get_or_insert_with(|| (line, label.to_owned(), 0)).2 += 1;
                }
                self.spans.push(Span { start, end: self.chars, label: label.to_owned() });
                self.entity_open = true;
            }
        }
    }

    /// Ends the sentence, if one is begun.
    pub(super) fn end_sentence(&mut self) {
        self.sentence_open = false;
        self.entity_open = false;
    }

    /// The document, where it has text.
    pub(super) fn finish(self, name: String) -> Option<ImportedDocument> {
        (self.sentences > 0).then_some(ImportedDocument { name, text: self.text, spans: self.spans })
    }
}
