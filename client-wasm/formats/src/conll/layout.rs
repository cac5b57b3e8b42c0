//! Which column holds what, by the whole file.

use std::collections::{BTreeMap, HashMap};

use super::super::lines::lines;
use super::line::{cells, is_blank, label_of, parse_tag};
use super::mark;

/// Columns beyond this are not looked at.
const COLUMNS_MAX: usize = 32;

/// Types of syntactic chunks, whose column stands before the entities' in CoNLL-2000 and CoNLL-2003.
const CHUNKS: &[&str] =
    &["NP", "VP", "PP", "ADJP", "ADVP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "NC", "VC", "PC"];

/// Where a line's token and tags stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A token a line.
    Columns(Columns),
    /// A sentence a line: `London|NNP|B-GPE is|VBZ|O`.
    Piped,
}

/// The columns of a file with a token a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many columns most lines have.
    pub(super) width: usize,
    /// Whether nearly all lines have so many.
    pub(super) regular: bool,
    /// The column of the token.
    pub(super) token: usize,
    /// The columns of tags, at least one: nested entities have a column for each level.
    pub(super) tags: Vec<usize>,
    /// A column of tags that only repeats another, as predictions do, which isn't read.
    pub(super) repeated: Option<usize>,
    /// In the tags' column the tag is the value of this key: `Tag=B-PER|SpaceAfter=No`.
    pub(super) key: Option<String>,
    /// The column that says which document a line is of.
    pub(super) document: Option<usize>,
    /// The column that numbers the tokens of a sentence.
    pub(super) index: Option<usize>,
}

/// What the cells of a column are.
#[derive(Debug, Default)]
struct Column {
    cells: usize,
    tags: usize,
    entities: usize,
    chunks: usize,
    numbers: usize,
    /// Numbers that go on from the one above, or begin a sentence with 0 or 1.
    counted: usize,
    /// Cells in a sentence with one above them, and those that are the same.
    below: usize,
    same: usize,
    /// Cells that differ from the one above, in whichever sentence.
    changes: usize,
    keys: BTreeMap<String, usize>,
}

impl Layout {
    /// Looks at a whole file.
    pub(super) fn of(text: &str) -> Self {
        let is_piped = |line: &str| {
            let mut words = line.split_whitespace();
            words.clone().count() > 0 && words.all(|word| piped(word).is_some())
        };
        let (mut all, mut with_pipes) = (0_usize, 0_usize);
        for (_, line) in lines(text).filter(|(_, line)| !is_blank(line) && mark::parse(line, false).is_none()) {
            all += 1;
            with_pipes += usize::from(is_piped(line));
        }
        match all > 0 && 4 * with_pipes >= 3 * all {
            true => Self::Piped,
            false => Self::Columns(Columns::of(text)),
        }
    }
}

/// A word and its tag in `word|tag` or `word|other|tag`.
pub(super) fn piped(word: &str) -> Option<(&str, &str)> {
    let (rest, tag) = word.rsplit_once('|')?;
    let token = rest.split('|').next().filter(|token| !token.is_empty()).unwrap_or(rest);
    (parse_tag(tag).is_ok() && !token.is_empty()).then_some((token, tag))
}

impl Columns {
    fn of(text: &str) -> Self {
        let mut widths: HashMap<usize, usize> = HashMap::new();
        let mut all = 0;
        for row in rows(text).flatten() {
            *widths.entry(row.len()).or_default() += 1;
            all += 1;
        }
        let most = widths.into_iter().max_by_key(|(width, count)| (*count, *width));
        let Some((width, count)) = most else { return Self { tags: vec![0], ..Self::default() } };
        let columns = columns(text, width);
        let mut found = Self { width, regular: 4 * count >= 3 * all, ..Self::default() };
        found.find_tags(&columns);
        found.find_token(&columns);
        found.separate_repeated(text);
        found
    }

    fn find_tags(&mut self, columns: &[Column]) {
        let last = self.width.saturating_sub(1);
        let with_entities =
            |column: &&(usize, &Column)| column.1.entities > 0 && 4 * column.1.tags >= 3 * column.1.cells;
        let all: Vec<(usize, &Column)> = columns.iter().enumerate().collect();
        let candidates: Vec<usize> = all.iter().filter(with_entities).map(|(at, _)| *at).collect();
        let is_chunks = |at: &usize| columns[*at].chunks == columns[*at].entities;
        self.tags = candidates.iter().copied().filter(|at| !is_chunks(at)).collect();
        if self.tags.is_empty() {
            self.tags = candidates.last().copied().into_iter().collect();
        }
        if self.tags.is_empty() {
            let keyed = all.iter().find_map(|(at, column)| {
                let (key, _) = column.keys.iter().max_by_key(|(_, count)| **count)?;
                Some((*at, key.clone()))
            });
            let (at, key) = keyed.map_or((last, None), |(at, key)| (at, Some(key)));
            (self.tags, self.key) = (vec![at], key);
        }
    }

    /// The first column that isn't a tag, a number of the token or an id of the sentence or document.
    fn find_token(&mut self, columns: &[Column]) {
        let is_tags = |at: usize| {
            self.tags.contains(&at) || (columns[at].entities > 0 && 4 * columns[at].tags >= 3 * columns[at].cells)
        };
        let free: Vec<usize> = (0..columns.len()).filter(|at| !is_tags(*at)).collect();
        let mut token = free.first().copied().unwrap_or_default();
        for (place, at) in free.iter().copied().enumerate() {
            let column = &columns[at];
            let more = place + 1 < free.len();
            let is_index = column.numbers == column.cells && column.cells > 1 && 5 * column.counted >= 4 * column.cells;
            let is_id = column.below > 0 && 5 * column.same >= 4 * column.below;
            token = at;
            if !more || !(is_index || is_id) {
                break;
            }
            if is_index {
                self.index = Some(at);
            } else if column.changes > 0 {
                self.document = Some(at);
            }
        }
        // Where everything looked like numbers the first column is as good as any.
        if self.index == Some(token) {
            token = free.first().copied().unwrap_or_default();
        }
        self.token = token;
    }

    /// Of two columns of tags in which most entities are the same, only the first is read.
    fn separate_repeated(&mut self, text: &str) {
        let [first, second, ..] = self.tags[..] else { return };
        let (mut entities, mut same) = (0_usize, 0_usize);
        for row in rows(text).flatten().filter(|row| row.len() == self.width && row[second] != "O") {
            entities += 1;
            same += usize::from(row[first] == row[second]);
        }
        if 2 * same >= entities {
            self.tags.truncate(1);
            self.repeated = Some(second);
        }
    }
}

/// The cells of each line that may be a token; none for a blank line.
fn rows(text: &str) -> impl Iterator<Item = Option<Vec<&str>>> {
    lines(text).filter_map(|(_, line)| {
        if is_blank(line) {
            return Some(None);
        }
        let row = cells(line);
        let is_mark =
            mark::parse(line, row.len() > 1 && row.last().is_some_and(|tag| parse_tag(tag).is_ok())).is_some();
        (!is_mark && row.len() > 1).then_some(Some(row))
    })
}

fn columns(text: &str, width: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = (0..width.min(COLUMNS_MAX)).map(|_| Column::default()).collect();
    let mut above: Option<Vec<&str>> = None;
    let mut sentence_open = false;
    for row in rows(text) {
        let Some(row) = row else {
            sentence_open = false;
            continue;
        };
        if row.len() != width {
            continue;
        }
        for (at, (column, cell)) in columns.iter_mut().zip(&row).enumerate() {
            column.add(cell, above.as_ref().map(|above| above[at]), sentence_open);
        }
        (above, sentence_open) = (Some(row), true);
    }
    columns
}

impl Column {
    fn add(&mut self, cell: &str, above: Option<&str>, in_sentence: bool) {
        self.cells += 1;
        self.tags += usize::from(cell == "O" || label_of(cell).is_some());
        if let Some(label) = label_of(cell) {
            self.entities += 1;
            self.chunks += usize::from(CHUNKS.contains(&label));
        }
        let number = |cell: &str| cell.split(['-', '.']).next().and_then(|number| number.parse::<u64>().ok());
        if let Some(found) = number(cell) {
            self.numbers += 1;
            let above = above.and_then(number);
            let counts = above.is_some_and(|above| above.checked_add(1) == Some(found) || cell.contains(['-', '.']))
                || found <= 1;
            self.counted += usize::from(counts);
        }
        if let Some(above) = above {
            self.changes += usize::from(above != cell);
            if in_sentence {
                self.below += 1;
                self.same += usize::from(above == cell);
            }
        }
        for (key, value) in cell.split('|').filter_map(|part| part.split_once('=')) {
            if label_of(value).is_some() && (self.keys.contains_key(key) || self.keys.len() < COLUMNS_MAX) {
                *self.keys.entry(key.to_owned()).or_default() += 1;
            }
        }
    }
}
