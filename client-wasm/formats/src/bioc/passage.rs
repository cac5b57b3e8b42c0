//! What both forms are read into.

use std::collections::BTreeMap;

use super::super::import::FileImport;
use super::super::standoff::{StandoffDocument, StandoffEntity, TextPart};

/// A document in the making.
#[derive(Default)]
pub(super) struct Document {
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) passages: Vec<Passage>,
    /// Those beside the passages.
    pub(super) entities: Vec<StandoffEntity>,
    /// The file says that nobody has looked at it.
    pub(super) unread: bool,
    /// An entity of it couldn't be read.
    pub(super) refused: bool,
}

/// A passage: with a text of its own, or with sentences that have it.
#[derive(Default)]
pub(super) struct Passage {
    pub(super) part: TextPart,
    pub(super) sentences: Vec<TextPart>,
}

impl Document {
    /// The document as parts, each with the entities that stand in it.
    pub(super) fn finish(self, file: &mut FileImport<'_>) -> BiocDocument {
        let mut parts: Vec<TextPart> = Vec::new();
        let (mut adrift, mut refused) = (self.entities, self.refused);
        for Passage { mut part, sentences } in self.passages {
            if part.text.is_empty() {
                adrift.append(&mut part.entities);
                parts.extend(sentences.into_iter().filter(|sentence| !sentence.text.is_empty()));
            } else {
                part.entities.extend(sentences.into_iter().flat_map(|sentence| sentence.entities));
                parts.push(part);
            }
        }
        for entity in adrift {
            match parts.iter_mut().rev().find(|part| part.offset <= entity.start) {
                Some(part) => part.entities.push(entity),
                None => {
                    refused = true;
                    file.problem(entity.line, "the entity stands in no passage; it was left out".to_owned());
                }
            }
        }
        let name = Some(self.id).filter(|id| !id.is_empty());
        let document = StandoffDocument { name, line: Some(self.line), parts, labelled: false, refused };
        BiocDocument { document, unread: self.unread }
    }
}

/// A document as parts, and whether the file says that nobody has looked at it.
pub(super) struct BiocDocument {
    document: StandoffDocument,
    unread: bool,
}

/// In a collection in which something is labelled a document without entities is an example of none, unless it says that
/// nobody has looked at it.
pub(super) fn labelled(documents: Vec<BiocDocument>) -> Vec<StandoffDocument> {
    let has_entities = |document: &StandoffDocument| document.parts.iter().any(|part| !part.entities.is_empty());
    let any = documents.iter().any(|found| found.document.refused || has_entities(&found.document));
    let one = |BiocDocument { document, unread }| StandoffDocument { labelled: any && !unread, ..document };
    documents.into_iter().map(one).collect()
}

/// What isn't kept: how often, and where first.
#[derive(Default)]
pub(super) struct LeftOut(BTreeMap<&'static str, (usize, usize)>);

impl LeftOut {
    /// Counts one more of a kind, given as what is done about it.
    pub(super) fn count(&mut self, kind: &'static str, line: usize) {
        self.0.entry(kind).or_insert((line, 0)).1 += 1;
    }

    /// Lists what was counted.
    pub(super) fn say(self, file: &mut FileImport<'_>) {
        for (kind, (line, count)) in self.0 {
            file.problem(line, format!("{kind}: {count} in this file, the first at this line"));
        }
    }
}
