//! Plain text: a file is a note.

use super::definition::{Definition, Source};
use super::import::{FileImport, RawDocument};
use super::recognise::{Content, Evidence};
use super::write::Writer;
use super::{Document, FileError};

/// Plain text, as which a file is read that nothing else fits.
pub(super) const FORMAT: Definition = Definition {
    name: "text",
    title: "Plain text",
    extensions: &["txt"],
    annotations: &[],
    recognise: no_evidence,
    read,
    write: Some(write),
    // Read again, a text is one that nobody has looked at.
    says_unread: true,
    keeps_details: false,
    advice: "choose a text that isn't empty",
};

fn no_evidence(_: &Content<'_>) -> Evidence {
    Evidence::default()
}

/// Reads a note as it stands.
fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let name = Some(file.stem().to_owned());
    file.document(RawDocument { name, text: source.text.to_owned(), ..RawDocument::default() });
    Ok(())
}

/// Writes a file for each note; its entities are left out.
fn write(documents: &[Document], writer: &mut Writer) {
    for document in documents {
        if !document.spans.is_empty() {
            writer.problem(document, format!("plain text holds no entities; {} were left out", document.spans.len()));
        }
        let name = writer.file_name(&document.name, "txt");
        writer.file(name, document.text.clone().into_bytes());
    }
}
