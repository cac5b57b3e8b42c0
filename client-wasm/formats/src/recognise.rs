//! Recognises a file's format by what it holds: every format says how far the whole file fits it.

use std::borrow::Cow;

use super::json::{self, JsonNode};
use super::lines::ends_with;
use super::{Format, foreign};

/// A file's content, as the formats look at it.
pub(super) struct Content<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
    json: &'t str,
    records: Vec<JsonNode<'t>>,
}

/// How far a file fits a format. All zero: not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Entities that the format's reader would find.
    pub(super) entities: usize,
    /// Words that only this format has: names of members, marker lines.
    pub(super) marks: usize,
    /// Records, sentences or documents that the reader would take in.
    pub(super) documents: usize,
    /// Those that it wouldn't.
    pub(super) foreign: usize,
}

/// What a file was recognised as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    One(Format),
    /// The person has to say which.
    Several(Vec<Format>),
    None,
}

impl<'t> Content<'t> {
    /// `json`: the text as JSON, empty where it isn't any.
    fn new(name: &'t str, text: &'t str, json: &'t str) -> Self {
        let mut records = json::records(json);
        // Damaged records say little about the format, unless there are no others.
        if records.iter().any(|record| record.check().is_ok()) {
            records.retain(|record| record.check().is_ok());
        }
        Self { name, text, json, records }
    }

    /// The JSON; empty where it isn't JSON.
    pub(super) fn json(&self) -> &str {
        self.json
    }

    /// Its JSON records; none where it isn't JSON.
    pub(super) fn records(&self) -> impl Iterator<Item = JsonNode<'t>> {
        self.records.iter().copied()
    }
}

impl Evidence {
    fn fits(&self) -> bool {
        self.documents > 0 && self.foreign <= self.documents
    }

    /// The evidence of JSON records, each of which says how many entities and marks it has; none where it doesn't fit.
    pub(super) fn of_records<'r>(
        records: impl IntoIterator<Item = JsonNode<'r>>,
        evidence: impl Fn(JsonNode<'r>) -> Option<(usize, usize)>,
    ) -> Self {
        let mut all = Self::default();
        for record in records {
            match evidence(record) {
                Some((entities, marks)) => {
                    all.documents += 1;
                    all.entities += entities;
                    all.marks += marks;
                }
                None => all.foreign += 1,
            }
        }
        all
    }
}

fn is_json(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with(['{', '[']) && foreign::looks_like_json(start)
}

/// The format of a file. Entities count first, then what only one format has, then how many documents there are.
pub(super) fn recognise(name: &str, text: &str) -> Recognised {
    let json = if is_json(text) { json::standard(text) } else { Cow::Borrowed("") };
    let content = Content::new(name, text, &json);
    let evidence = |format: &Format| (*format, (format.definition().recognise)(&content));
    let mut fitting: Vec<(Format, Evidence)> =
        Format::ALL.iter().map(evidence).filter(|(_, evidence)| evidence.fits()).collect();
    // Stable: of formats that fit alike the first in the list stays first.
    fitting.sort_by_key(|(format, found)| {
        let named = ends_with(name, format.extensions());
        std::cmp::Reverse((found.entities, found.marks, found.documents, named))
    });
    let Some((best, found)) = fitting.first().copied() else { return without_evidence(name, text) };
    // Readers that two formats share read alike whichever it is called.
    let reader = best.definition().read;
    let rivals = fitting[1..].iter().filter(|(format, other)| {
        let different = !std::ptr::fn_addr_eq(format.definition().read, reader);
        different && other.entities > 0 && 2 * other.entities >= found.entities
    });
    let rivals: Vec<Format> = rivals.map(|(format, _)| *format).collect();
    match rivals.is_empty() {
        true => Recognised::One(best),
        false => Recognised::Several([best].into_iter().chain(rivals).collect()),
    }
}

/// A file that no format knows is a note, unless it is something else; a CoNLL file without a tag is for its reader to name.
fn without_evidence(name: &str, text: &str) -> Recognised {
    let start = text.trim_start();
    let is_xml =
        start.starts_with("<?xml") || (start.starts_with('<') && ends_with(name, &["xml", "html", "htm", "xmi"]));
    if is_xml || is_json(text) || ends_with(name, &["json", "jsonl", "ndjson"]) {
        return Recognised::None;
    }
    if ends_with(name, Format::Conll.extensions()) && !ends_with(name, &["tsv", "conllu"]) {
        return Recognised::One(Format::Conll);
    }
    let annotations = ends_with(name, &["ann", "a1", "a2", "con", "ast", "rel", "conllu", "spacy", "csv", "tsv"]);
    if annotations || foreign::looks_like_table(text) || foreign::is_annotations(text) {
        return Recognised::None;
    }
    Recognised::One(Format::Text)
}
