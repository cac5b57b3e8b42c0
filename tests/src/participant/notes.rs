//! A site's notes from files, through the product's importer.

use std::path::Path;

use fedner_core::corpus::{Corpus, Note};
use fedner_core::labels::LabelSet;
use fedner_formats::InputFile;

/// What a file of notes holds.
pub struct NotesFile {
    /// The notes.
    pub notes: Vec<Note>,
    /// The entity types in the file.
    pub labels: Vec<String>,
}

impl NotesFile {
    /// Reads a file. Documents are taken from its start until they have so many sentences.
    ///
    /// # Panics
    /// When the importer refuses the file or finds anything wrong in it.
    pub fn read(file: &Path, held_out: bool, sentences_max: usize) -> Self {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let imported =
            fedner_formats::read(&[InputFile { name: &name, bytes: &bytes }], &fedner_formats::ReadOptions::default())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(imported.problems.is_empty(), "{name}: {:?}", imported.problems);
        let (mut sentences, mut notes) = (0, Vec::new());
        for document in imported.documents {
            if sentences >= sentences_max {
                break;
            }
            sentences += document.text.lines().count();
            notes.push(Note { id: document.name, text: document.text, spans: document.spans, held_out });
        }
        Self { notes, labels: imported.labels }
    }
}

/// The page's sample notes of a demo hospital.
pub fn sample_corpus(hospital: &str) -> Corpus {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples").join(hospital);
    corpus(&folder.join("train.conll"), &folder.join("held-out.conll"), usize::MAX)
}

/// One site's notes: of each file as many sentences as [`NotesFile::read`] takes, and the entity types of both.
pub fn corpus(training: &Path, held_out: &Path, sentences_max: usize) -> Corpus {
    let mut training = NotesFile::read(training, false, sentences_max);
    let held_out = NotesFile::read(held_out, true, sentences_max);
    training.notes.extend(held_out.notes);
    training.labels.extend(held_out.labels);
    training.labels.sort();
    training.labels.dedup();
    Corpus::new(&training.notes, LabelSet::new(training.labels).expect("the files have labels"))
}
