//! Notes with their entities from files and into files, in the formats that people use.
//!
//! The good part of a file is always taken in, and what was wrong is listed by line with what was done about it. A file
//! that no reader fits is refused by the name of what it seems to be.
//!
//! A format is a module with a [`Definition`](definition::Definition) and a line in [`Format`]'s list.

pub mod archive;
mod bioc;
mod bionlp;
mod brat;
mod bundle;
mod conll;
mod decode;
mod definition;
mod detail;
mod doccano;
mod document;
mod file_error;
mod file_set;
mod foreign;
mod format;
mod i2b2;
mod import;
mod json;
mod label_studio;
pub mod limits;
mod lines;
mod pairing;
mod plain;
mod pubannotation;
mod pubtator;
mod recognise;
mod same_text;
mod spacy;
mod standoff;
mod table;
mod text_records;
mod units;
mod webanno_tsv;
mod write;

pub use bundle::{Bundle, bundle};
pub use detail::Detail;
pub use document::{
    Document, FileReport, ImportError, ImportProblem, Imported, InputFile, OutputFile, ReadOptions, WriteProblem,
    Written,
};
pub use file_error::FileError;
pub use format::{Format, UnknownFormat};
pub use same_text::{SameText, SameTextChoice, resolve_same_text, same_texts};
pub use table::TableColumns;

use file_set::FileSet;
use import::Import;
use write::Writer;

/// Reads files, each in the format given or in the one that its content shows.
///
/// Files that belong together are joined, archives opened. A file that gives nothing is a problem among others; an error
/// means that no file gave a document.
///
/// Next to the files themselves this takes at most [`MEMORY_MULTIPLE`](limits::MEMORY_MULTIPLE) times their bytes (of
/// archives, the bytes that come out) and [`MEMORY_FREE`](limits::MEMORY_FREE), what is given back included.
pub fn read(files: &[InputFile<'_>], options: &ReadOptions) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(files, options);
    while reading.next_file() {}
    reading.finish()
}

/// Writes documents in a format. What it can't hold is left out, and said; of a format that is only read, everything.
pub fn write(format: Format, documents: &[Document]) -> Written {
    let definition = format.definition();
    let mut writer = Writer::default();
    match definition.write {
        Some(write) => {
            write(documents, &mut writer);
            if !definition.keeps_details {
                detail::say_lost("codes and attributes", documents, &mut writer, |_| true);
            }
            if !definition.says_unread {
                writer.say_unread(definition.title, documents);
            }
        }
        None => writer.say_read_only(definition.title, documents),
    }
    writer.finish()
}

/// As [`read`], file by file, for a caller who has other things to do in between.
pub struct Reading<'f> {
    set: FileSet<'f>,
    done: usize,
    import: Import,
}

impl<'f> Reading<'f> {
    /// Nothing is read yet.
    pub fn new(files: &'f [InputFile<'f>], options: &'f ReadOptions) -> Self {
        Self { set: FileSet::new(files, options), done: 0, import: Import::default() }
    }

    /// Reads the next file; false where there was none left.
    pub fn next_file(&mut self) -> bool {
        let more = self.done < self.set.len() && self.set.read(self.done, &mut self.import);
        self.done += usize::from(more);
        more
    }

    /// How many files were read.
    pub fn done(&self) -> usize {
        self.done
    }

    /// What the files held so far.
    pub fn finish(self) -> Result<Imported, ImportError> {
        self.import.finish()
    }
}

#[cfg(test)]
mod tests;
