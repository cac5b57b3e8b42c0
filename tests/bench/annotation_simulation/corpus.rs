//! A public corpus as single sentences to annotate.

use std::path::Path;

use anyhow::{Context, Result, bail};
use fedner_core::corpus::Note;
use fedner_core::labels::{LabelSet, Span};
use fedner_formats::{Document, InputFile};

/// What is annotated, and what the model is scored on.
pub struct Sentences {
    pub labels: LabelSet,
    pub pool: Vec<Note>,
    pub scored: Vec<Note>,
}

impl Sentences {
    /// Reads `train.conll` and the part to score on (`dev` or `test`) from a folder.
    pub fn read(folder: &Path, scored: &str) -> Result<Self> {
        let (pool, labels) = read(&folder.join("train.conll"), false)?;
        let (scored, _) = read(&folder.join(format!("{scored}.conll")), true)?;
        Ok(Self { labels: LabelSet::new(labels)?, pool, scored })
    }
}

fn read(path: &Path, held_out: bool) -> Result<(Vec<Note>, Vec<String>)> {
    let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    let name = path.to_string_lossy();
    let imported =
        fedner_formats::read(&[InputFile { name: &name, bytes: &bytes }], &fedner_formats::ReadOptions::default())?;
    if let Some(problem) = imported.problems.first() {
        bail!("{name}, line {:?}: {}", problem.line, problem.message);
    }
    let notes = imported.documents.into_iter().flat_map(|document| sentences(document, held_out)).collect();
    Ok((notes, imported.labels))
}

/// A note for each line of a document: the importer puts each sentence on a line of its own.
fn sentences(document: Document, held_out: bool) -> Vec<Note> {
    let mut start = 0;
    let mut notes = Vec::new();
    for (at, line) in document.text.split('\n').enumerate() {
        let end = start + line.chars().count();
        let inside = document.spans.iter().filter(|span| start <= span.start && span.end <= end);
        let spans = inside.map(|s| Span { start: s.start - start, end: s.end - start, label: s.label.clone() });
        let id = format!("{}/{at}", document.name);
        notes.push(Note { id, text: line.to_owned(), spans: spans.collect(), held_out });
        start = end + 1;
    }
    notes
}
