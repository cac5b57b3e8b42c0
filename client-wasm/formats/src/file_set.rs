//! Files given together: which are read, in which order, and with which annotation files.

use std::borrow::Cow;

use super::archive::{self, Unpacked};
use super::decode::{self, Decoded};
use super::definition::Source;
use super::foreign;
use super::import::{FileImport, Import};
use super::lines;
use super::pairing::{self, Layer, Role};
use super::recognise::{self, Recognised};
use super::{FileError, Format, InputFile, ReadOptions};

/// Files that may belong together. An archive inside an archive isn't opened.
pub(super) struct FileSet<'f> {
    files: &'f [InputFile<'f>],
    roles: Vec<Role>,
    options: &'f ReadOptions,
    open_archives: bool,
}

impl<'f> FileSet<'f> {
    /// Finds out which files belong together.
    pub(super) fn new(files: &'f [InputFile<'f>], options: &'f ReadOptions) -> Self {
        Self { files, roles: pairing::roles(files, options.format), options, open_archives: true }
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Reads one of the files; false where there are too many.
    pub(super) fn read(&self, at: usize, import: &mut Import) -> bool {
        let (input, role) = (&self.files[at], &self.roles[at]);
        if import.files_left() == 0 {
            import.file(input.name).refuse(FileError::TooManyFiles);
            return false;
        }
        // Alone, a file was surely meant.
        if self.files.len() > 1 && foreign::is_hidden(input.name) {
            return true;
        }
        match role {
            Role::Annotations => {}
            Role::Codes => import.file(input.name).leave_out(
                "holds codes of entities (TT lines, as CADEC's MedDRA and SNOMED CT files do), which aren't kept",
            ),
            Role::Text(layers) => {
                for layer in layers {
                    self.read_file(input, Some(layer), import.file(input.name));
                }
            }
            Role::Orphan(format) => {
                let text = format!("{}.txt", pairing::text_stem(input.name));
                import.file(input.name).refuse(FileError::NoText { format: *format, text });
            }
            Role::Alone => self.read_alone(input, import),
        }
        true
    }

    fn read_alone(&self, input: &InputFile<'_>, import: &mut Import) {
        // Asked for as a format, or given alone with it, a file is read whatever its name is.
        if self.options.format.is_none()
            && self.files.len() > 1
            && let Some(what) = foreign::beside_the_notes(input)
        {
            return import.file(input.name).leave_out(what);
        }
        if archive::is_archive(input.bytes) {
            return match self.open_archives {
                true => self.read_archive(input, import),
                false => import.file(input.name).refuse(FileError::ArchiveWithout("in another")),
            };
        }
        self.read_file(input, None, import.file(input.name));
    }

    fn read_archive(&self, input: &InputFile<'_>, import: &mut Import) {
        let Unpacked { files, problems } = match archive::unpack(input.name, input.bytes) {
            Ok(unpacked) if unpacked.files.is_empty() => {
                return import.file(input.name).refuse(FileError::ArchiveWithout("without a file"));
            }
            Ok(unpacked) => unpacked,
            Err(error) => return import.file(input.name).refuse(error.into()),
        };
        if let Some(error) = foreign::office_document(&files) {
            return import.file(input.name).refuse(error);
        }
        for problem in problems {
            import.problem(&input.name.into(), None, problem);
        }
        let names: Vec<String> = files.iter().map(|file| format!("{}/{}", input.name, file.name)).collect();
        let files: Vec<InputFile<'_>> =
            names.iter().zip(&files).map(|(name, file)| InputFile { name, bytes: &file.bytes }).collect();
        let inner = FileSet { open_archives: false, ..FileSet::new(&files, self.options) };
        let _ = (0..files.len()).all(|at| inner.read(at, import));
    }

    fn read_file(&self, input: &InputFile<'_>, layer: Option<&Layer>, mut file: FileImport<'_>) {
        let decoded = match foreign::by_first_bytes(input).map_or_else(|| decode::decode(input.bytes), Err) {
            Ok(decoded) => decoded,
            Err(error) => return file.refuse(error),
        };
        let Decoded { text, had_byte_order_mark, encoding } = decoded;
        let chosen = self.options.format.or(layer.map(|layer| layer.format));
        let format = match chosen.map_or_else(|| recognise::recognise(input.name, &text), Recognised::One) {
            Recognised::One(format) => format,
            Recognised::Several(formats) => return file.refuse(FileError::Ambiguous { formats }),
            Recognised::None => return file.refuse(foreign::by_content(input.name, &text)),
        };
        if let Some(encoding) = encoding {
            file.detail(format!("read as {encoding}"));
        }
        let annotations = self.annotations(layer, &mut file);
        let source = Source { text: &text, had_byte_order_mark, annotations, options: self.options };
        match (format.definition().read)(&source, &mut file) {
            Ok(()) => file.finish(format),
            Err(error) => file.refuse(error),
        }
    }

    /// The annotation files of a text, decoded. One that can't be is a problem: the text is a note all the same.
    fn annotations(&self, layer: Option<&Layer>, file: &mut FileImport<'_>) -> Vec<Cow<'f, str>> {
        let Some(layer) = layer else { return Vec::new() };
        // Lines are counted in each of them.
        let names: Vec<&str> = layer.files.iter().map(|at| self.files[*at].name).collect();
        file.problems_in(&names.join(" + "));
        let mut found = Vec::new();
        for at in &layer.files {
            match decode::decode(self.files[*at].bytes) {
                Ok(decoded) => found.push(decoded.text),
                // No annotations is what these formats keep of a document without entities.
                Err(FileError::Empty) => found.push(Cow::Borrowed("")),
                Err(error) => {
                    file.problem(error.line(), format!("the file {error}; the text was taken in without entities"));
                    return Vec::new();
                }
            }
        }
        found
    }
}

/// The formats whose annotations stand in files beside the text, by the endings of those files.
pub(super) fn annotation_format(name: &str) -> Option<Format> {
    Format::ALL.iter().copied().find(|format| lines::ends_with(name, format.definition().annotations))
}
