//! Files of notes, in and out, and files of models.

use fedner_formats::{Detail, Document, Format, Imported, TableColumns};
use fedner_text::{Utf16Offsets, labels::Span};
use serde::{Deserialize, Serialize};

use crate::{OffsetError, to_chars, to_utf16};

/// A format, for people to choose. The page has the list of them in `www/shared/formats.js`.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FormatInfo {
    #[cfg_attr(feature = "typescript", ts(type = "FormatName"))]
    name: &'static str,
    /// For people.
    title: &'static str,
    /// Usual endings of its files, with the dot.
    extensions: Vec<String>,
    /// Whether it can be written, too.
    writes: bool,
}

impl From<Format> for FormatInfo {
    fn from(format: Format) -> Self {
        let extensions = format.extensions().iter().map(|extension| format!(".{extension}")).collect();
        Self { name: format.name(), title: format.title(), extensions, writes: format.can_write() }
    }
}

/// The columns of a table by their names; those that aren't given are found by their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "TableColumns"))]
pub struct TableColumnsInput {
    text: Option<String>,
    id: Option<String>,
    start: Option<String>,
    end: Option<String>,
    label: Option<String>,
}

impl From<TableColumnsInput> for TableColumns {
    fn from(TableColumnsInput { text, id, start, end, label }: TableColumnsInput) -> Self {
        Self { text, id, start, end, label }
    }
}

/// Imported files.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Imported"))]
pub struct ImportReport {
    files: Vec<FileReport>,
    documents: Vec<ImportedNote>,
    labels: Vec<String>,
    problems: Vec<ProblemReport>,
}

/// One imported file.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ImportedFile"))]
pub struct FileReport {
    name: String,
    #[cfg_attr(feature = "typescript", ts(type = "FormatName"))]
    format: &'static str,
    /// Which of a format's forms it has, where there are several.
    detail: Option<String>,
    documents: usize,
    spans: usize,
}

/// Something in a file that was left out or changed.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ImportProblem"))]
pub(crate) struct ProblemReport {
    file: String,
    line: Option<usize>,
    message: String,
}

/// An imported document.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ImportedDocument"))]
pub(crate) struct ImportedNote {
    name: String,
    file: String,
    text: String,
    entities: Vec<Span>,
    /// What is said of some of them.
    details: Vec<EntityDetail>,
    /// False for a plain text, whose entities nobody has marked yet.
    labelled: bool,
}

/// What is said of an entity beside its place and its type.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct EntityDetail {
    /// Its place in the list of entities.
    entity: usize,
    /// In a terminology.
    code: Option<String>,
    /// A word, or a name and its value with "=" between.
    attributes: Vec<String>,
}

impl From<Imported> for ImportReport {
    fn from(imported: Imported) -> Self {
        let files = imported.files.into_iter().map(|file| FileReport {
            name: file.name.to_string(),
            format: file.format.name(),
            detail: file.detail,
            documents: file.documents,
            spans: file.spans,
        });
        let problems = imported.problems.into_iter().map(|problem| ProblemReport {
            file: problem.file.to_string(),
            line: problem.line,
            message: problem.message,
        });
        let (files, problems) = (files.collect(), problems.collect());
        let documents = imported.documents.into_iter().map(ImportedNote::from).collect();
        Self { files, documents, labels: imported.labels, problems }
    }
}

impl From<Document> for ImportedNote {
    fn from(document: Document) -> Self {
        let offsets = Utf16Offsets::new(&document.text);
        let entities = document.spans.into_iter().map(|span| to_utf16(span, &offsets)).collect();
        let Document { name, file, text, labelled, details, .. } = document;
        let detail = |(entity, Detail { code, attributes })| EntityDetail { entity, code, attributes };
        let details = details.into_iter().map(detail).collect();
        Self { name, file: file.to_string(), text, entities, details, labelled }
    }
}

/// A document to write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ExportDocument"))]
pub struct ExportInput {
    name: String,
    text: String,
    entities: Vec<Span>,
    /// What is said of some of them.
    #[serde(default)]
    details: Vec<EntityDetail>,
    /// Whether somebody has looked at it.
    labelled: bool,
}

impl ExportInput {
    /// The document, with character offsets.
    ///
    /// # Errors
    /// When an entity's offsets don't lie between characters of its text.
    pub fn into_document(self) -> Result<Document, OffsetError> {
        let spans = to_chars(&self.name, &self.text, self.entities)?;
        let detail = |EntityDetail { entity, code, attributes }| (entity, Detail { code, attributes });
        let details = self.details.into_iter().map(detail).collect();
        Ok(Document { name: self.name, file: "".into(), text: self.text, spans, details, labelled: self.labelled })
    }
}
