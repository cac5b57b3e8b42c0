//! Plain text: a file is a note.

use super::import::{FileImport, RawDocument};
use super::write::Writer;
use super::{Document, FileError};

/// Reads a note as it stands.
pub(super) fn read(text: &str, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let name = Some(file.stem().to_owned());
    file.document(RawDocument { name, text: text.to_owned(), ..RawDocument::default() });
    Ok(())
}

/// Writes a file for each note; its entities are left out.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    for document in documents {
        if !document.spans.is_empty() {
            writer.problem(document, format!("plain text holds no entities; {} were left out", document.spans.len()));
        }
        let name = writer.file_name(&document.name, "txt");
        writer.file(name, document.text.clone().into_bytes());
    }
}
