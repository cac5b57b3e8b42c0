//! Notes to train and score on, from files in any format.

use std::path::PathBuf;

use clap::Args;
use fedner_core::corpus::{Corpus, Note};
use fedner_core::labels::LabelSet;
use fedner_formats::{Document, Format, InputFile, ReadOptions};

use crate::convert::{Endpoint, input};
use crate::failure::Failure;
use crate::report::Report;

/// Most text to train on, in bytes; its features take some twenty times as much memory.
const CORPUS_BYTES_MAX: usize = 200 << 20;
/// The most problems that are said one by one.
const PROBLEMS_MAX: usize = 20;

/// Which notes to train and score on.
#[derive(Debug, Args)]
pub struct NotesOptions {
    /// Notes to train on: files, folders or archives, in any format that `convert` reads
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// Notes to score on, which are not trained on
    #[arg(long, num_args = 1.., value_name = "FILE")]
    dev: Vec<PathBuf>,
    /// The entity types to learn, separated by commas; otherwise all that occur in the files
    #[arg(long, value_delimiter = ',', value_name = "LABEL")]
    labels: Vec<String>,
    /// What the files are; otherwise each file's content shows it
    #[arg(short, long, value_name = "FORMAT")]
    from: Option<Format>,
}

/// Notes, and how to make a corpus of them.
pub struct SiteNotes {
    /// The notes, those to train on first.
    pub notes: Vec<Note>,
    labels: Vec<String>,
}

impl NotesOptions {
    /// Reads the files.
    ///
    /// # Errors
    /// When there is nothing to train on.
    pub fn read(&self, report: &Report) -> Result<SiteNotes, Failure> {
        let options = ReadOptions::from(self.from);
        let mut labels = self.labels.clone();
        let mut notes = Vec::new();
        for (files, held_out) in [(&self.train, false), (&self.dev, true)] {
            if files.is_empty() {
                continue;
            }
            let read = documents(files, &options, report)?;
            if self.labels.is_empty() {
                labels.extend(read.labels);
            }
            notes.extend(labelled(read.documents, held_out, report));
        }
        if self.dev.is_empty() {
            report
                .say("no notes were given with --dev: nothing says how good the model is, and the newest one is kept");
        }
        labels.sort();
        labels.dedup();
        Ok(SiteNotes { notes, labels })
    }
}

impl SiteNotes {
    /// Tags them.
    ///
    /// # Errors
    /// When there is nothing to train on, or too much.
    pub fn corpus(&self, report: &Report) -> Result<Corpus, Failure> {
        let labels = LabelSet::new(self.labels.clone()).map_err(|e| Failure::Notes(e.to_string()))?;
        let corpus = Corpus::new(&self.notes, labels);
        let (bytes, held) = (corpus.text_bytes(), corpus.report());
        if bytes > CORPUS_BYTES_MAX {
            let most = CORPUS_BYTES_MAX;
            return Err(Failure::Notes(format!("the notes have {bytes} bytes; at most {most} can be trained on")));
        }
        if held.training.entities == 0 {
            return Err(Failure::Notes("no note to train on has an entity of the chosen labels".to_owned()));
        }
        say_problems(held.problems.iter().map(|p| format!("{}: {}", p.document, p.message)), report);
        let (training, held_out) = (held.training, held.held_out);
        report.say(&format!(
            "training on {} sentences with {} entities, scoring on {} with {}",
            training.sentences, training.entities, held_out.sentences, held_out.entities
        ));
        Ok(corpus)
    }
}

/// What some files hold.
pub struct ReadDocuments {
    /// The notes.
    pub documents: Vec<Document>,
    /// The entity types in them.
    pub labels: Vec<String>,
}

/// Reads files, and says what was wrong in them.
///
/// # Errors
/// When no note could be read.
pub fn documents(paths: &[PathBuf], options: &ReadOptions, report: &Report) -> Result<ReadDocuments, Failure> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(input::read(&Endpoint::Path(path.clone())).map_err(|e| Failure::Notes(format!("{e:#}")))?);
    }
    let inputs: Vec<_> = files.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    let imported = fedner_formats::read(&inputs, options).map_err(|e| Failure::Notes(e.to_string()))?;
    let problems = imported.problems.iter().map(|problem| match problem.line {
        Some(line) => format!("{}:{line}: {}", problem.file, problem.message),
        None => format!("{}: {}", problem.file, problem.message),
    });
    say_problems(problems, report);
    Ok(ReadDocuments { documents: imported.documents, labels: imported.labels })
}

/// The notes that somebody has looked at: the others are no example of a text without entities.
pub fn labelled(documents: Vec<Document>, held_out: bool, report: &Report) -> Vec<Note> {
    let all = documents.len();
    let looked_at = documents.into_iter().filter(|document| document.labelled);
    let note = |document: Document| Note { id: document.name, text: document.text, spans: document.spans, held_out };
    let notes: Vec<_> = looked_at.map(note).collect();
    if notes.len() < all {
        report.say(&format!("{} notes that nobody has looked at are left out", all - notes.len()));
    }
    notes
}

fn say_problems(problems: impl ExactSizeIterator<Item = String>, report: &Report) {
    let more = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.take(PROBLEMS_MAX).for_each(|problem| report.say(&problem));
    if more > 0 {
        report.say(&format!("{more} more problems are not listed"));
    }
}
