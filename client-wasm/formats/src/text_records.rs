//! Records with a text and entities by code point: doccano's, spaCy's and Prodigy's, which differ in names only.

mod record;
mod write;

use super::FileError;
use super::definition::Source;
use super::import::FileImport;
use super::json::JsonNode;
use super::recognise::{Content, Evidence};
use super::standoff;

pub(super) use record::DETAILS;
pub(super) use write::details;

/// Reads records, each by itself.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    standoff::import_records(source, file, |record, file| {
        let Some(listed) = record::listed(record) else { return Vec::from_iter(record::document(record, file)) };
        let mut documents = Vec::new();
        for record in listed {
            if record.is_null() {
                file.problem(record.line(), "there is null in place of a record, without a text".to_owned());
            } else {
                documents.extend(record::document(record, file));
            }
        }
        documents
    });
    Ok(())
}

/// Records that look like doccano's.
pub(super) fn as_doccano(content: &Content<'_>) -> Evidence {
    evidence(content, &["label", "labels", "Comments", "cats"], |entity| entity.get("start_offset").is_some())
}

/// Records that look like spaCy's or Prodigy's.
pub(super) fn as_spacy(content: &Content<'_>) -> Evidence {
    evidence(content, &["entities", "spans", "tokens", "answer", "classes"], |entity| {
        entity.get("start_offset").is_none()
    })
}

/// How far the records fit; `names` are of one of the formats only, unless their entities are the other's.
fn evidence(content: &Content<'_>, names: &[&str], own: fn(JsonNode<'_>) -> bool) -> Evidence {
    let marks = |node: JsonNode<'_>| {
        let has = |name: &&&str| node.get(name).is_some_and(|list| list.elements().first().copied().is_none_or(own));
        names.iter().filter(has).count()
    };
    Evidence::of_records(content.records(), |node| {
        let listed = record::listed(node);
        let records = listed.as_deref().unwrap_or(std::slice::from_ref(&node));
        let fits = listed.is_some() || record::has_text(node);
        let entities = records.iter().map(|node| record::count_entities(*node)).sum();
        let pairs = records.iter().filter_map(|node| node.elements().get(1).copied());
        let marks = marks(node) + pairs.map(marks).sum::<usize>();
        fits.then_some((entities, marks))
    })
}
