//! What both forms are read into.

use std::collections::BTreeMap;

use super::super::import::FileImport;
use super::super::standoff::{StandoffDocument, StandoffEntity, Part};

/// A document in the making.
#[derive(Default)]
pub(super) struct Document {
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) passages: Vec<Passage>,
    /// Those beside the passages.
    pub(super) entities: Vec<StandoffEntity>,
}

/// A passage: with a text of its own, or with sentences that have it.
#[derive(Default)]
pub(super) struct Passage {
    pub(super) part: Part,
    pub(super) sentences: Vec<Part>,
}

impl Document {
    /// The document as parts, each with the entities that stand in it.
    pub(super) fn finish(self, file: &mut FileImport<'_>) -> StandoffDocument {
        let mut parts: Vec<Part> = Vec::new();
        let mut adrift = self.entities;
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
                None => file.problem(entity.line, "the entity stands in no passage; it was left out".to_owned()),
            }
        }
        let name = Some(self.id).filter(|id| !id.is_empty());
        StandoffDocument { name, line: Some(self.line), parts, labelled: false }
    }
}

/// Says that in a collection in which something is labelled a document without entities is an example of none.
pub(super) fn mark_labelled(documents: &mut [StandoffDocument]) {
    let labelled = documents.iter().any(|document| document.parts.iter().any(|part| !part.entities.is_empty()));
    documents.iter_mut().for_each(|document| document.labelled = labelled);
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
