//! Puts a document together from tokens and tags.

use super::super::import::{RawDocument, RawSpan};
use super::line::{Tag, TagPosition};
use super::scheme::Scheme;
use fedner_text::labels::Span;

/// A document in the making: tokens joined by a space, sentences by a line feed.
#[derive(Debug, Default)]
pub(super) struct Builder {
    found: RawDocument,
    chars: usize,
    sentence_open: bool,
    /// Sentences begun.
    pub(super) sentences: usize,
    /// For each column of tags its last entity.
    last: Vec<Last>,
}

/// The last entity of a column of tags.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    /// Its place among the spans.
    span: Option<usize>,
    /// Whether it may go on with the next token.
    open: bool,
    /// Whether it reaches to the end of the text.
    touches: bool,
}

impl Builder {
    /// Adds a token, with a tag from each column.
    pub(super) fn token(&mut self, line: usize, token: &str, tags: &[Tag<'_>], scheme: &mut Scheme) {
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
        self.last.resize(tags.len(), Last::default());
        for (column, tag) in tags.iter().enumerate() {
            self.tag(column, line, start, *tag, scheme);
        }
    }

    fn tag(&mut self, column: usize, line: usize, start: usize, tag: Tag<'_>, scheme: &mut Scheme) {
        let last = &mut self.last[column];
        let Tag::In(position, label) = tag else {
            (last.open, last.touches) = (false, false);
            return;
        };
        let same = last.span.and_then(|at| self.found.spans.get_mut(at)).filter(|found| found.span.label == label);
        if position == TagPosition::Begin {
            scheme.begin(last.touches && same.is_some());
        }
        match (position, same) {
            (TagPosition::Inside | TagPosition::End, Some(found)) if last.open => found.span.end = self.chars,
            _ => {
                if matches!(position, TagPosition::Inside | TagPosition::End) {
                    scheme.stray(line);
                }
                let span = Span { start, end: self.chars, label: label.to_owned() };
                last.span = Some(self.found.spans.len());
                self.found.spans.push(RawSpan { line: Some(line), span, detail: None });
            }
        }
        last.open = matches!(position, TagPosition::Begin | TagPosition::Inside);
        last.touches = true;
    }

    /// A tag couldn't be read.
    pub(super) fn refuse(&mut self) {
        self.found.refused = true;
    }

    /// Ends the sentence, if one is begun.
    pub(super) fn end_sentence(&mut self) {
        self.sentence_open = false;
        self.last.iter_mut().for_each(|last| (last.open, last.touches) = (false, false));
    }

    /// The document, where it has a token.
    pub(super) fn finish(self, name: String, line: usize, labelled: bool) -> Option<RawDocument> {
        (self.sentences > 0).then_some(RawDocument { name: Some(name), line: Some(line), labelled, ..self.found })
    }
}
