//! The same text more than once with other entities: one pass a label, one file an annotator, or a corrected file.

use std::collections::HashMap;

use super::Document;
use fedner_text::labels::Span;

/// What is done with documents of the same text and other entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameTextChoice {
    /// All are kept as they are.
    #[default]
    Keep,
    /// One is kept, with the entities of all.
    Merge,
    /// The last is kept, as of a corrected file.
    Last,
    /// The first is kept.
    First,
}

/// Documents that say the same and mark other things in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameText {
    /// Their places, in order.
    pub documents: Vec<usize>,
}

/// Finds documents of the same text whose entities differ; white space at the ends doesn't matter. One that nobody has
/// looked at differs from one that somebody has.
pub fn same_texts(documents: &[Document]) -> Vec<SameText> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, document) in documents.iter().enumerate() {
        groups.entry(document.text.trim()).or_default().push(at);
    }
    let differs = |group: &Vec<usize>| {
        let first = &documents[group[0]];
        group.iter().any(|at| {
            let other = &documents[*at];
            other.labelled != first.labelled || moved(other) != moved(first)
        })
    };
    let mut found: Vec<SameText> =
        groups.into_values().filter(differs).map(|documents| SameText { documents }).collect();
    found.sort_by_key(|same| same.documents[0]);
    found
}

/// Does with documents of the same text what was chosen; the one kept stands where the first stood.
pub fn resolve_same_text(documents: Vec<Document>, choice: SameTextChoice) -> Vec<Document> {
    if choice == SameTextChoice::Keep {
        return documents;
    }
    let groups = same_texts(&documents);
    let mut documents: Vec<Option<Document>> = documents.into_iter().map(Some).collect();
    for SameText { documents: group } in groups {
        let members: Vec<Document> = group.iter().filter_map(|at| documents[*at].take()).collect();
        documents[group[0]] = match choice {
            SameTextChoice::Last => members.into_iter().next_back(),
            SameTextChoice::Merge => merge(members),
            SameTextChoice::First | SameTextChoice::Keep => members.into_iter().next(),
        };
    }
    documents.into_iter().flatten().collect()
}

/// The first document with the entities of all; labelled where one is.
fn merge(members: Vec<Document>) -> Option<Document> {
    let mut members = members.into_iter();
    let mut merged = members.next()?;
    let start = leading(&merged.text);
    for other in members {
        merged.labelled |= other.labelled;
        let own = leading(&other.text);
        merged.spans.extend(other.spans.into_iter().filter_map(|span| {
            let place = |at: usize| (at + start).checked_sub(own);
            Some(Span { start: place(span.start)?, end: place(span.end)?, label: span.label })
        }));
    }
    let chars = merged.text.chars().count();
    merged.spans.retain(|span| span.end <= chars);
    merged.spans.sort_by(|a, b| (a.start, a.end, &a.label).cmp(&(b.start, b.end, &b.label)));
    merged.spans.dedup();
    Some(merged)
}

/// A document's entities, from the first character that isn't white space.
fn moved(document: &Document) -> Vec<(isize, isize, &str)> {
    let leading = leading(&document.text).cast_signed();
    let place = |at: usize| at.cast_signed() - leading;
    document.spans.iter().map(|span| (place(span.start), place(span.end), span.label.as_str())).collect()
}

/// How many chars of white space a text begins with.
fn leading(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).count()
}
