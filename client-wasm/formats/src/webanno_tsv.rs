//! WebAnno's and INCEpTION's TSV 3: sentences after `#Text=`, and for each token its offsets and the layers' values.
//!
//! Offsets count UTF-16 code units of the document, as Java does. An entity over several tokens has the same number in
//! brackets at each: `PER[1]`. Two at one token are parted by `|`.

mod layers;

use std::collections::BTreeMap;

use super::FileError;
use super::definition::{Definition, Source};
use super::import::FileImport;
use super::lines::{lines, quoted};
use super::recognise::{Content, Evidence};
use super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::units::Unit;

use layers::Layers;

/// WebAnno TSV 3.
pub(super) const FORMAT: Definition = Definition {
    name: "webanno-tsv",
    title: "WebAnno TSV 3",
    extensions: &["tsv"],
    annotations: &[],
    recognise,
    read,
    write: None,
    says_unread: false,
    keeps_details: false,
    advice: "export the project from WebAnno or INCEpTION as WebAnno TSV v3.3",
};

fn recognise(content: &Content<'_>) -> Evidence {
    if !content.text.starts_with("#FORMAT=WebAnno TSV 3") {
        return Evidence::default();
    }
    let tokens = lines(content.text).filter(|(_, line)| line.starts_with(|c: char| c.is_ascii_digit())).count();
    // Its own first line identifies it, whatever its columns look like to others.
    Evidence { entities: tokens, marks: tokens, documents: tokens.max(1), foreign: 0 }
}

/// An entity that may go on at the next tokens.
struct Open {
    place: usize,
    label: String,
}

fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let layers = Layers::of(source.text);
    let Some(layer) = layers.entities() else {
        return Err(FileError::NoDocuments { format: super::Format::WebannoTsv, message: layers.missing() });
    };
    let mut parts: Vec<TextPart> = Vec::new();
    let (mut pending, mut refused): (String, bool) = (String::new(), false);
    // Entities by their number in brackets.
    let mut open: BTreeMap<String, Open> = BTreeMap::new();
    for (number, line) in lines(source.text) {
        if let Some(text) = line.strip_prefix("#Text=") {
            if !pending.is_empty() {
                pending.push('\n');
            }
            pending.push_str(&unescaped(text));
            continue;
        }
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let Some(token) = Token::parse(line) else {
            refused = true;
            file.problem(number, format!("the line {} isn't a token with its offsets; it was left out", quoted(line)));
            continue;
        };
        if !pending.is_empty() {
            open.clear();
            parts.push(TextPart { offset: token.start, text: std::mem::take(&mut pending), entities: Vec::new() });
        }
        let Some(part) = parts.last_mut() else { continue };
        for (label, chain) in layer.values(&token.cells) {
            token.mark(part, label, chain, number, &mut open);
        }
    }
    layers.say(file);
    let labelled = true;
    let document = StandoffDocument { name: Some(file.stem().to_owned()), line: None, parts, labelled, refused };
    standoff::import(vec![document], Unit::Utf16, source.had_byte_order_mark, file);
    Ok(())
}

/// A token's line: `1-1<TAB>0-5<TAB>Word<TAB>…`.
struct Token<'l> {
    start: usize,
    end: usize,
    word: &'l str,
    /// The columns after the word.
    cells: Vec<&'l str>,
    /// A part of a token, such as `1-1.1`, which repeats the token's text.
    is_part: bool,
}

impl<'l> Token<'l> {
    fn parse(line: &'l str) -> Option<Self> {
        let mut cells = line.split('\t');
        let id = cells.next().filter(|id| id.split_once('-').is_some())?;
        let (start, end) = cells.next()?.split_once('-')?;
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        let word = cells.next()?;
        Some(Self { start, end, word, cells: cells.collect(), is_part: id.contains('.') })
    }

    /// Begins an entity at this token, or lets the one with this number go on.
    fn mark(
        &self,
        part: &mut TextPart,
        label: String,
        chain: Option<&str>,
        line: usize,
        open: &mut BTreeMap<String, Open>,
    ) {
        let going_on = chain.and_then(|chain| open.get(chain)).filter(|open| open.label == label);
        if let Some(entity) = going_on.and_then(|open| part.entities.get_mut(open.place)) {
            entity.end = entity.end.max(self.end);
            if let Some(text) = &mut entity.text {
                text.push(' ');
                text.push_str(self.word);
            }
            return;
        }
        if let Some(chain) = chain {
            open.insert(chain.to_owned(), Open { place: part.entities.len(), label: label.clone() });
        }
        let text = (!self.is_part).then(|| unescaped(self.word));
        let (start, end) = (self.start, self.end);
        part.entities.push(StandoffEntity {
            line: Some(line),
            label,
            start,
            end,
            more: Box::default(),
            text,
            detail: None,
        });
    }
}

/// WebAnno's own escapes, by a backslash.
fn unescaped(text: &str) -> String {
    let (mut found, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => found.push('\n'),
                Some('r') => found.push('\r'),
                Some('t') => found.push('\t'),
                Some(other) => found.push(other),
                None => found.push('\\'),
            },
            c => found.push(c),
        }
    }
    found
}
