//! Files of every format, good and bad, in and out.

mod archives;
mod bioc;
mod brat;
mod cases;
mod conll;
mod corpora;
mod details;
mod encodings;
mod jsonl;
mod label_studio;
mod more_formats;
mod pubtator;
mod round_trip;
mod same_text;

use std::collections::BTreeMap;

use super::{Document, Format, ImportProblem, Imported, InputFile, ReadOptions};
use fedner_text::labels::Span;

/// What files give, the format told by themselves.
fn read(files: &[(&str, &str)]) -> Imported {
    let files: Vec<_> = files.iter().map(|(name, text)| InputFile { name, bytes: text.as_bytes() }).collect();
    super::read(&files, &ReadOptions::default()).expect("something to take in")
}

/// What a single file gives, as a format.
fn read_as(format: Format, name: &str, text: &str) -> Imported {
    let imported = super::read(&[InputFile { name, bytes: text.as_bytes() }], &Some(format).into());
    imported.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The entities of a document as (label, text).
fn entities(imported: &Imported, document: usize) -> Vec<(String, String)> {
    let document = &imported.documents[document];
    let chars: Vec<char> = document.text.chars().collect();
    document.spans.iter().map(|span| (span.label.clone(), chars[span.start..span.end].iter().collect())).collect()
}

fn pair(label: &str, text: &str) -> (String, String) {
    (label.to_owned(), text.to_owned())
}

fn names(imported: &Imported) -> Vec<&str> {
    imported.documents.iter().map(|document| document.name.as_str()).collect()
}

fn lines_of(problems: &[ImportProblem]) -> Vec<usize> {
    problems.iter().filter_map(|problem| problem.line).collect()
}

fn messages(imported: &Imported) -> Vec<&str> {
    imported.problems.iter().map(|problem| problem.message.as_str()).collect()
}

/// A labelled document; the entities as (start, end, label) in chars.
fn document(name: &str, text: &str, spans: &[(usize, usize, &str)]) -> Document {
    let span =
        |(start, end, label): &(usize, usize, &str)| Span { start: *start, end: *end, label: (*label).to_owned() };
    Document {
        name: name.to_owned(),
        file: "".into(),
        text: text.to_owned(),
        spans: spans.iter().map(span).collect(),
        details: BTreeMap::new(),
        labelled: true,
    }
}

/// What is written, and what is read from it again.
fn there_and_back(format: Format, documents: &[Document]) -> Imported {
    let written = super::write(format, documents);
    let files: Vec<_> = written.files.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    super::read(&files, &ReadOptions::default()).unwrap_or_else(|error| panic!("{format}: {error}"))
}
