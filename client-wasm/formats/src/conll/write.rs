//! Writes CoNLL files: a token, a tab and its IOB2 tag a line.

use super::super::Document;
use super::super::write::{COLLECTION, Writer, without_spaces};
use super::UNREAD;
use super::flatten::{Entity, Flat, flatten};

/// Writes all documents into one file, each after a line with its name.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::new();
    for document in documents {
        let flat = flatten(document);
        if flat.tokens.is_empty() {
            writer.problem(document, "the document has no token and was left out".to_owned());
            continue;
        }
        for problem in &flat.problems {
            writer.problem(document, problem.clone());
        }
        let name: String = document.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        content.push_str(format!("#doc {name}").trim_end());
        content.push('\n');
        if !document.labelled {
            content.push_str(UNREAD);
            content.push('\n');
        }
        push(&mut content, document, &flat);
    }
    writer.file(format!("{COLLECTION}.conll"), content.into_bytes());
}

fn push(content: &mut String, document: &Document, flat: &Flat<'_>) {
    let (mut open, mut ends): (Option<&Entity<'_>>, _) = (None, flat.ends.iter().peekable());
    for (at, token) in flat.tokens.iter().enumerate() {
        open = flat.entities.get(&at).or(open.filter(|entity| at < entity.end));
        content.push_str(token.text(&document.text));
        match open {
            Some(entity) => {
                content.push_str(if at == entity.first { "\tB-" } else { "\tI-" });
                content.push_str(&without_spaces(&entity.span.label));
            }
            None => content.push_str("\tO"),
        }
        content.push('\n');
        if ends.next_if_eq(&&(at + 1)).is_some() {
            content.push('\n');
        }
    }
}
