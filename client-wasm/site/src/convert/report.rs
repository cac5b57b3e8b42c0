//! Counts and problems on standard error.

use fedner_formats::{Document, Imported, Written, same_texts as formats_same_texts};

use super::SameText;

/// The most texts that are listed by name.
const SAME_TEXTS_MAX: usize = 20;

/// What was read.
pub fn imported(imported: &Imported) {
    for file in &imported.files {
        let detail = file.detail.as_deref().map_or_else(String::new, |detail| format!(" ({detail})"));
        eprintln!("{}: {}{detail}: {}", file.name, file.format.title(), counts(file.documents, file.spans));
    }
    for problem in &imported.problems {
        match problem.line {
            Some(line) => eprintln!("{}:{line}: {}", problem.file, problem.message),
            None => eprintln!("{}: {}", problem.file, problem.message),
        }
    }
    let entities = imported.documents.iter().map(|document| document.spans.len()).sum();
    eprintln!("read: {}, {}", counts(imported.documents.len(), entities), count(imported.problems.len(), "problem"));
}

/// Documents of the same text and other entities, and what was done with them.
pub fn same_texts(documents: &[Document], choice: SameText) {
    let found = formats_same_texts(documents);
    for same in found.iter().take(SAME_TEXTS_MAX) {
        let names = same.documents.iter().map(|at| {
            let Document { name, file, .. } = &documents[*at];
            format!("{name:?} of {file}")
        });
        eprintln!("the same text with other entities: {}", names.collect::<Vec<_>>().join(", "));
    }
    if !found.is_empty() {
        let done = match choice {
            SameText::Keep => "all were kept; merge or choose with --same-text",
            SameText::Merge => "their entities were merged",
            SameText::Last => "the last of each was kept",
            SameText::First => "the first of each was kept",
        };
        eprintln!("{} more than once with other entities: {done}", count(found.len(), "text"));
    }
}

/// What couldn't be written.
pub fn written(written: &Written) {
    for problem in &written.problems {
        eprintln!("{}: {}", problem.document, problem.message);
    }
    eprintln!("written: {}, {}", count(written.files.len(), "file"), count(written.problems.len(), "problem"));
}

fn counts(documents: usize, entities: usize) -> String {
    let entities = if entities == 1 { "1 entity".to_owned() } else { format!("{entities} entities") };
    format!("{}, {entities}", count(documents, "document"))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
