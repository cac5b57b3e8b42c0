//! Counts and problems on standard error.

use fedner_core::formats::{Imported, Written};

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
