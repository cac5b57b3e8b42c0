//! Notes with their entities from files and into files, in the formats that people use.
//!
//! The good part of a file is always taken in, and what was wrong is listed by line with what was done about it.

mod collect;
mod conll;
mod decode;
mod document;
mod format;
pub mod limits;
mod lines;
mod plain;
mod recognise;
mod refusal;
mod write;

pub use document::{
    Document, FileReport, ImportError, ImportProblem, Imported, InputFile, OutputFile, WriteProblem, Written,
};
pub use format::{Format, UnknownFormat};
pub use refusal::Refusal;

use collect::{Collector, FileCollector};
use write::Writer;

/// Reads files in the format given, or each in the one that its name and content show.
///
/// A file that gives nothing is a problem among others; an error means that no file gave a document.
pub fn read(files: &[InputFile<'_>], format: Option<Format>) -> Result<Imported, ImportError> {
    let mut collector = Collector::default();
    for file in files {
        read_file(file, format, collector.file(file.name));
    }
    collector.finish()
}

/// Writes documents in a format. What it can't hold is left out, and said.
pub fn write(format: Format, documents: &[Document]) -> Written {
    let mut writer = Writer::default();
    match format {
        Format::Text => plain::write(documents, &mut writer),
        Format::Conll => conll::write(documents, &mut writer),
    }
    writer.finish()
}

fn read_file(input: &InputFile<'_>, format: Option<Format>, mut file: FileCollector<'_>) {
    let text = match decode::decode(input.bytes) {
        Ok(text) => text,
        Err(refusal) => return file.refuse(refusal),
    };
    let format = format.unwrap_or_else(|| recognise::recognise(input.name, text));
    let read = match format {
        Format::Text => plain::read(text, &mut file),
        Format::Conll => conll::read(text, &mut file),
    };
    match read {
        Ok(()) => file.finish(format),
        Err(refusal) => file.refuse(refusal),
    }
}

#[cfg(test)]
mod corpora_tests;
#[cfg(test)]
mod tests;
