//! Which columns of a table hold what: as the person says, else by their names.

use csv::StringRecord;
use serde::{Deserialize, Serialize};

use super::super::FileError;
use super::super::lines::quoted;
use super::super::standoff::StandoffEntity;

/// The columns of a table by their names in its first row; those that aren't given are found by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableColumns {
    /// The text of a note.
    pub text: Option<String>,
    /// Its name.
    pub id: Option<String>,
    /// An entity's first character, counted from 0.
    pub start: Option<String>,
    /// The character after its last.
    pub end: Option<String>,
    /// Its type.
    pub label: Option<String>,
}

/// Names that columns have, in small letters, without spaces and underscores.
const TEXT: &[&str] =
    &["text", "note", "notetext", "content", "sentence", "document", "report", "body", "transcription", "abstract"];
const ID: &[&str] =
    &["id", "noteid", "docid", "documentid", "name", "filename", "file", "rowid", "noteidentifier", "pmid"];
const START: &[&str] = &["start", "startoffset", "begin", "from", "startchar", "charstart"];
const END: &[&str] = &["end", "endoffset", "to", "endchar", "charend", "stop"];
const LABEL: &[&str] = &["label", "type", "entitytype", "entitylabel", "tag", "category", "class", "semtype"];
const WORDS: &[&str] = &["entity", "span", "spantext", "mention", "term", "words", "entitytext", "coveredtext"];

/// Places of the columns.
pub(super) struct Columns {
    pub(super) text: usize,
    pub(super) id: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
    label: Option<usize>,
    words: Option<usize>,
    /// The column of the text was found by its name.
    pub(super) by_name: bool,
}

impl Columns {
    /// Finds the columns in a table's first row.
    pub(super) fn find(head: &StringRecord, chosen: &TableColumns) -> Result<Self, FileError> {
        let names = || head.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let unknown = || FileError::ColumnUnknown { columns: names() };
        let find = |chosen: &Option<String>, usual: &[&str]| match chosen {
            Some(name) => head.iter().position(|cell| cell.trim() == name).map(Some).ok_or_else(unknown),
            None => Ok(usual.iter().find_map(|name| head.iter().position(|cell| plain(cell) == *name))),
        };
        let text = find(&chosen.text, TEXT)?;
        let by_name = text.is_some();
        let text = match (text, head.len()) {
            (Some(text), _) => text,
            (None, 1) => 0,
            (None, _) => return Err(unknown()),
        };
        Ok(Self {
            text,
            id: find(&chosen.id, ID)?.filter(|at| *at != text),
            start: find(&chosen.start, START)?,
            end: find(&chosen.end, END)?,
            label: find(&chosen.label, LABEL)?.filter(|at| *at != text),
            words: find(&None, WORDS)?.filter(|at| *at != text),
            by_name,
        })
    }

    /// Whether rows hold entities.
    pub(super) fn has_entities(&self) -> bool {
        self.start.is_some() && self.end.is_some() && self.label.is_some()
    }

    /// The entity of a row; none where its cells are empty or the table has no entities.
    pub(super) fn entity(&self, row: &StringRecord) -> Result<Option<StandoffEntity>, &'static str> {
        let (Some(start), Some(end), Some(label)) = (self.start, self.end, self.label) else { return Ok(None) };
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        if cell(start).is_empty() && cell(end).is_empty() {
            return Ok(None);
        }
        // Spreadsheets write whole numbers with a fraction of zero.
        let number = |at| cell(at).strip_suffix(".0").unwrap_or(cell(at)).parse::<usize>().ok();
        let start = number(start).ok_or("has no start, counted from 0")?;
        let end = number(end).ok_or("has no end, counted from 0")?;
        let label = Some(cell(label)).filter(|label| !label.is_empty()).ok_or("has no label")?;
        let text = self.words.map(cell).filter(|words| !words.is_empty()).map(str::to_owned);
        Ok(Some(StandoffEntity {
            line: None,
            label: label.to_owned(),
            start,
            end,
            more: Box::default(),
            text,
            detail: None,
        }))
    }

    /// Which columns were read.
    pub(super) fn describe(&self, head: &StringRecord) -> String {
        let name = |at: usize| quoted(head.get(at).unwrap_or_default());
        let id = self.id.map_or_else(String::new, |id| format!(", names in {}", name(id)));
        let entities = match self.label.filter(|_| self.has_entities()) {
            Some(label) => format!(", entities by offsets with their type in {}", name(label)),
            None => String::new(),
        };
        format!("text in the column {}{id}{entities}", name(self.text))
    }
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '_', '-', '.'], "")
}
