//! Tables, CSV and TSV: a row a note with its text in a column, perhaps with an entity's offsets and type beside it.
//!
//! Rows of the same id and text are one note with several entities.

mod columns;

use std::collections::HashMap;

use super::definition::{Definition, Source};
use super::import::FileImport;
use super::lines::ends_with;
use super::recognise::{Content, Evidence};
use super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::units::Unit;
use super::{FileError, Format};

use columns::Columns;
pub use columns::TableColumns;

/// A table.
pub(super) const FORMAT: Definition = Definition {
    name: "table",
    title: "Table (CSV, TSV)",
    extensions: &["csv", "tsv"],
    annotations: &[],
    recognise,
    read,
    write: None,
    says_unread: false,
    keeps_details: false,
    advice: "its first row should name the columns, one of them \"text\"",
};

/// The separators that are looked for in the first row.
const SEPARATORS: &[u8] = b"\t,;|";

/// By the names in its first row; a file that is called a table is one even where the column of the text must be chosen.
fn recognise(content: &Content<'_>) -> Evidence {
    let separator = separator(content.text);
    let mut reader = reader(content.text, separator);
    let Ok(head) = reader.headers().cloned() else { return Evidence::default() };
    let is_called_so = ends_with(content.name, FORMAT.extensions);
    let columns = Columns::find(&head, &TableColumns::default());
    let known = columns.as_ref().is_ok_and(|columns| columns.by_name);
    if head.len() < 2 && !(is_called_so && known) {
        return Evidence::default();
    }
    if !known && !ends_with(content.name, &["csv"]) {
        return Evidence::default();
    }
    let rows = reader.records().filter(|row| row.as_ref().is_ok_and(|row| row.len() == head.len())).count();
    let rows = rows.max(usize::from(is_called_so));
    let spans = columns.is_ok_and(|columns| columns.has_entities());
    Evidence { entities: if spans { rows } else { 0 }, marks: usize::from(known), documents: rows, foreign: 0 }
}

fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut reader = reader(source.text, separator(source.text));
    let damaged = |error: csv::Error| FileError::NoDocuments { format: Format::Table, message: error.to_string() };
    let head = reader.headers().map_err(damaged)?.clone();
    let columns = Columns::find(&head, &source.options.columns)?;
    file.detail(columns.describe(&head));
    let mut documents: Vec<StandoffDocument> = Vec::new();
    let mut by_content: HashMap<(String, String), usize> = HashMap::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map(|position| line(position.line()));
                file.problem(line, format!("the row can't be read ({}); it was left out", without_place(&error)));
                continue;
            }
        };
        let line = row.position().map(|position| line(position.line()));
        if row.len() != head.len() {
            let message = format!("the row has {} columns and not {}; it was left out", row.len(), head.len());
            file.problem(line, message);
            continue;
        }
        let cell = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or_default();
        let key = (cell(columns.id).to_owned(), cell(Some(columns.text)).to_owned());
        // Rows without entities of their own are notes of their own, however often they say the same.
        let again = by_content.get(&key).copied().filter(|_| columns.has_entities());
        let at = again.unwrap_or_else(|| {
            let name = Some(key.0.clone()).filter(|name| !name.is_empty());
            let part = TextPart { offset: 0, text: key.1.clone(), entities: Vec::new() };
            let labelled = columns.has_entities();
            documents.push(StandoffDocument { name, line, parts: vec![part], labelled, refused: false });
            by_content.insert(key, documents.len() - 1);
            documents.len() - 1
        });
        match columns.entity(&row) {
            Ok(Some(entity)) => {
                documents[at].parts[0].entities.push(StandoffEntity { line, ..entity });
            }
            Ok(None) => {}
            Err(why) => {
                documents[at].refused = true;
                file.problem(line, format!("the entity {why}; it was left out"));
            }
        }
    }
    standoff::import(documents, Unit::Chars, false, file);
    Ok(())
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes())
}

/// What parts the first row into most columns.
fn separator(text: &str) -> u8 {
    let columns = |separator: &u8| reader(text, *separator).headers().map_or(0, csv::StringRecord::len);
    // The first of those that part it into as many.
    SEPARATORS.iter().copied().rev().max_by_key(columns).unwrap_or(b',')
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn without_place(error: &csv::Error) -> String {
    let message = error.to_string();
    message.rsplit(": ").next().unwrap_or(&message).to_owned()
}
