//! Notes with their entities from files and into files, in the formats that people use.
//!
//! The good part of a file is always taken in, and what was wrong is listed by line with what was done about it.

pub mod archive;
mod bioc;
mod brat;
mod bundle;
mod import;
mod conll;
mod decode;
mod doccano;
mod document;
mod format;
mod json;
mod text_records;
mod label_studio;
pub mod limits;
mod lines;
mod standoff;
mod plain;
mod pubtator;
mod recognise;
mod file_error;
mod spacy;
mod units;
mod write;

pub use bundle::{Bundle, bundle};
pub use document::{
    Document, FileReport, ImportError, ImportProblem, Imported, InputFile, OutputFile, WriteProblem, Written,
};
pub use format::{Format, UnknownFormat};
pub use file_error::FileError;

use brat::Role;
use import::{FileImport, Import};
use write::Writer;

/// Reads files in the format given, or each in the one that its name and content show.
///
/// Files that belong together are joined, archives opened. A file that gives nothing is a problem among others; an error
/// means that no file gave a document.
///
/// Next to the files themselves this takes at most [`MEMORY_MULTIPLE`](limits::MEMORY_MULTIPLE) times their bytes (of
/// archives, the bytes that come out) and [`MEMORY_FREE`](limits::MEMORY_FREE), what is given back included.
pub fn read(files: &[InputFile<'_>], format: Option<Format>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(files, format);
    while reading.next_file() {}
    reading.finish()
}

/// Writes documents in a format. What it can't hold is left out, and said.
pub fn write(format: Format, documents: &[Document]) -> Written {
    let mut writer = Writer::default();
    match format {
        Format::Text => plain::write(documents, &mut writer),
        Format::Conll => conll::write(documents, &mut writer),
        Format::Brat => brat::write(documents, &mut writer),
        Format::Doccano => doccano::write(documents, &mut writer),
        Format::LabelStudio => label_studio::write(documents, &mut writer),
        Format::Spacy => spacy::write(documents, &mut writer),
        Format::BiocXml => bioc::write_xml(documents, &mut writer),
        Format::BiocJson => bioc::write_json(documents, &mut writer),
        Format::Pubtator => pubtator::write(documents, &mut writer),
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
    pub fn new(files: &'f [InputFile<'f>], format: Option<Format>) -> Self {
        Self { set: FileSet::new(files, format, true), done: 0, import: Import::default() }
    }

    /// Reads the next file; false where there was none left.
    pub fn next_file(&mut self) -> bool {
        let more = self.done < self.set.files.len() && self.set.read(self.done, &mut self.import);
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

/// Files that may belong together; archives are opened only where they aren't in one themselves.
struct FileSet<'f> {
    files: &'f [InputFile<'f>],
    roles: Vec<Role>,
    format: Option<Format>,
    open_archives: bool,
}

impl<'f> FileSet<'f> {
    fn new(files: &'f [InputFile<'f>], format: Option<Format>, open_archives: bool) -> Self {
        Self { files, roles: brat::roles(files, format), format, open_archives }
    }

    /// Reads one of the files; false where there are too many.
    fn read(&self, at: usize, import: &mut Import) -> bool {
        let (input, role) = (&self.files[at], &self.roles[at]);
        if import.files_left() == 0 {
            import.file(input.name).refuse(FileError::TooManyFiles);
            return false;
        }
        if *role == Role::Annotations || (self.files.len() > 1 && is_beside_the_notes(input)) {
            return true;
        }
        if archive::is_archive(input.bytes) {
            if self.open_archives {
                read_archive(input, self.format, import);
            } else {
                import.file(input.name).refuse(FileError::ArchiveWithout("in another"));
            }
            return true;
        }
        let annotations = match role {
            Role::Text(at) => Some(self.files[*at]),
            _ => None,
        };
        read_file(input, annotations, *role == Role::Orphan, self.format, import.file(input.name));
        true
    }
}

/// Whether a file belongs to a project and holds no notes.
fn is_beside_the_notes(input: &InputFile<'_>) -> bool {
    let is_view = || input.bytes.trim_ascii_start().starts_with(b"<View") && lines::ends_with(input.name, &["xml"]);
    archive::is_hidden(input.name) || brat::is_configuration(input.name) || is_view()
}

fn read_archive(input: &InputFile<'_>, format: Option<Format>, import: &mut Import) {
    let unpacked = match archive::unpack(input.bytes) {
        Ok(unpacked) if unpacked.files.is_empty() => {
            return import.file(input.name).refuse(FileError::ArchiveWithout("without a file"));
        }
        Ok(unpacked) => unpacked,
        Err(refusal) => return import.file(input.name).refuse(refusal),
    };
    for problem in unpacked.problems {
        import.problem(&input.name.into(), None, problem);
    }
    let names: Vec<String> = unpacked.files.iter().map(|file| format!("{}/{}", input.name, file.name)).collect();
    let files = names.iter().zip(&unpacked.files).map(|(name, file)| InputFile { name, bytes: &file.bytes });
    let files: Vec<InputFile<'_>> = files.collect();
    let set = FileSet::new(&files, format, false);
    let _ = (0..files.len()).all(|at| set.read(at, import));
}

fn read_file(
    input: &InputFile<'_>,
    annotations: Option<InputFile<'_>>,
    orphan: bool,
    format: Option<Format>,
    mut file: FileImport<'_>,
) {
    let text = match decode::decode(input.bytes) {
        Ok(text) => text,
        Err(refusal) => return file.refuse(refusal),
    };
    if orphan {
        let text = format!("{}.txt", lines::stem(input.name));
        return file.refuse(FileError::NoText { text });
    }
    let recognised = format.or(annotations.map(|_| Format::Brat)).or_else(|| recognise::recognise(input.name, text));
    let Some(format) = recognised else {
        let hint = "JSON should be doccano's, Label Studio's, spaCy's or BioC's, XML should be BioC's";
        return file.refuse(FileError::Unknown { hint });
    };
    let read = match format {
        Format::Text => plain::read(text, &mut file),
        Format::Conll => conll::read(text, &mut file),
        Format::Brat => read_brat(text, annotations, &mut file),
        Format::Doccano | Format::Spacy => text_records::read(text, &mut file),
        Format::LabelStudio => label_studio::read(text, &mut file),
        Format::BiocXml => bioc::read_xml(text, &mut file),
        Format::BiocJson => bioc::read_json(text, &mut file),
        Format::Pubtator => pubtator::read(text, &mut file),
    };
    match read {
        Ok(()) => file.finish(format),
        Err(refusal) => file.refuse(refusal),
    }
}

/// The text is a note even where its annotations can't be read.
fn read_brat(text: &str, annotations: Option<InputFile<'_>>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let decoded = annotations.map(|annotations| {
        file.problems_in(annotations.name);
        decode::decode(annotations.bytes)
    });
    match decoded {
        // No annotations is what brat keeps of a document without entities.
        Some(Err(FileError::Empty)) => brat::read(text, Some(""), file),
        Some(Err(refusal)) => {
            file.problem(refusal.line(), format!("the file {refusal}; the text was taken in without entities"));
            brat::read(text, None, file);
        }
        Some(Ok(annotations)) => brat::read(text, Some(annotations), file),
        None => brat::read(text, None, file),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
