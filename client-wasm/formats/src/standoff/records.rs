//! Documents that are a JSON record each.

use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::json::{self, JsonNode};
use super::super::units::Unit;
use super::{StandoffDocument, import};

/// Takes in the documents that `read` finds in each record of a file, by code point. A damaged record is listed, and the
/// others are read.
pub(in super::super) fn import_records(
    source: &Source<'_>,
    file: &mut FileImport<'_>,
    read: impl Fn(JsonNode<'_>, &mut FileImport<'_>) -> Vec<StandoffDocument>,
) {
    let text = json::standard(source.text);
    let mut documents = Vec::new();
    for record in json::records(&text) {
        match record.check() {
            Ok(()) => documents.extend(read(record, file)),
            Err(wrong) => file.problem(wrong.line, wrong.message),
        }
    }
    import(documents, Unit::Chars, source.had_byte_order_mark, file);
}
