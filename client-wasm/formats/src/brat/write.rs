//! Writes a text and its annotations as they are, and the types as brat's configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::super::lines::quoted;
use super::super::units::OffsetTable;
use super::super::write::{Writer, without_spaces};
use super::super::{Detail, Document};
use super::NO_SOURCE;

/// Writes two files for each document, one of which is empty where it isn't labelled.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut labels = BTreeSet::new();
    for document in documents {
        let stem = writer.stem(&document.name);
        if document.text.starts_with('\u{feff}') {
            writer.problem(document, "the text begins with a byte order mark, which readers drop".to_owned());
        }
        if document.text.contains('\r') {
            let message = "the text has CR line ends: offsets count them, so read it without changing line ends";
            writer.problem(document, message.to_owned());
        }
        let annotations = annotations(document, writer, &mut labels);
        writer.file(format!("{stem}.txt"), document.text.clone().into_bytes());
        if document.labelled || !document.spans.is_empty() {
            writer.file(format!("{stem}.ann"), annotations.into_bytes());
        }
    }
    let entities: String = labels.iter().map(|label| format!("{label}\n")).collect();
    let attributes = attributes(documents);
    let configuration = format!("[entities]\n{entities}\n[relations]\n\n[events]\n\n[attributes]\n{attributes}");
    writer.file("annotation.conf".to_owned(), configuration.into_bytes());
}

/// The attributes with their values, as brat's configuration lists them.
fn attributes(documents: &[Document]) -> String {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in documents.iter().flat_map(|document| document.details.values()).flat_map(Detail::named) {
        values.entry(name).or_default().insert(value);
    }
    let line = |(name, values): (&str, BTreeSet<&str>)| {
        let values: Vec<&str> = values.into_iter().filter(|value| *value != "true").collect();
        let listed = if values.is_empty() { String::new() } else { format!(", Value:{}", values.join("|")) };
        format!("{}\tArg:<ENTITY>{listed}\n", without_spaces(name))
    };
    values.into_iter().map(line).collect()
}

fn annotations(document: &Document, writer: &mut Writer, labels: &mut BTreeSet<String>) -> String {
    let positions = OffsetTable::new(&document.text);
    let mut content = String::new();
    let mut lines = DetailLines::default();
    for (number, span) in document.spans.iter().enumerate() {
        let name = || format!("the entity {}–{} {}", span.start, span.end, quoted(&span.label));
        let label = without_spaces(&span.label);
        if label != span.label {
            writer.problem(document, format!("{} got the type {label:?}: brat's types hold no white space", name()));
        }
        let covered = positions.slice(span.start..span.end);
        let pieces = pieces(covered);
        if pieces.is_empty() {
            writer.problem(document, format!("{} covers only line ends and was left out", name()));
            continue;
        }
        let (first, last) = (pieces[0].0, pieces[pieces.len() - 1].0 + pieces[pieces.len() - 1].1.chars().count());
        if (first, last) != (0, span.end - span.start) {
            writer.problem(document, format!("{} begins or ends with a line end, which was left out", name()));
        }
        let places: Vec<String> = pieces
            .iter()
            .map(|(at, text)| format!("{} {}", span.start + at, span.start + at + text.chars().count()))
            .collect();
        let texts: Vec<&str> = pieces.iter().map(|(_, text)| *text).collect();
        // Writing to a string can't fail.
        let _ = writeln!(content, "T{}\t{label} {}\t{}", number + 1, places.join(";"), texts.join(" "));
        labels.insert(label.into_owned());
        if let Some(detail) = document.details.get(&number) {
            lines.push(&mut content, number + 1, detail, &texts.join(" "));
        }
    }
    content
}

/// The numbers of lines of attributes and codes.
#[derive(Default)]
struct DetailLines {
    attributes: usize,
    codes: usize,
}

impl DetailLines {
    fn push(&mut self, content: &mut String, entity: usize, detail: &Detail, text: &str) {
        for (name, value) in detail.named() {
            self.attributes += 1;
            let value = if value == "true" { String::new() } else { format!(" {}", in_line(value)) };
            let _ = writeln!(content, "A{}\t{} T{entity}{value}", self.attributes, without_spaces(name));
        }
        if let Some(code) = &detail.code {
            self.codes += 1;
            let source = if code.contains(':') { "" } else { NO_SOURCE };
            let _ = writeln!(content, "N{}\tReference T{entity} {source}{}\t{text}", self.codes, in_line(code));
        }
    }
}

/// Without what would end a column or a line.
fn in_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// The lines of an entity with their char offsets in it: brat's entities don't reach over the end of a line.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut found = Vec::new();
    for piece in text.split(['\n', '\r']) {
        if !piece.is_empty() {
            found.push((at, piece));
        }
        at += piece.chars().count() + 1;
    }
    found
}
