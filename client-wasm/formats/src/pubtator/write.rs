//! Writes documents. A text is two lines, so further line ends become spaces, one for one: offsets stay.

use std::fmt::Write;

use super::super::Document;
use super::super::detail::say_lost;
use super::super::standoff::LINE_ENDS;
use super::super::units::OffsetTable;
use super::super::write::{COLLECTION, Writer};

/// Writes all documents into one file.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::new();
    for document in documents {
        let id = writer.stem(&document.name.replace(char::is_whitespace, "_"));
        if id != document.name {
            writer.problem(document, format!("the document got the id {id:?}"));
        }
        let (title, rest) = sections(&document.text);
        if rest.contains(LINE_ENDS) || title.contains(LINE_ENDS) {
            writer.problem(
                document,
                "line ends within the text became spaces: PubTator has title and abstract".to_owned(),
            );
        }
        if rest.is_empty() && document.text.len() > title.len() {
            writer.problem(document, "the line end at the end of the text was left out".to_owned());
        }
        // Writing to a string can't fail.
        let _ = writeln!(content, "{id}|t|{}\n{id}|a|{}", in_line(title), in_line(rest));
        let positions = OffsetTable::new(&document.text);
        for (number, span) in document.spans.iter().enumerate() {
            let text = in_line(positions.slice(span.start..span.end)).replace('\t', " ");
            let label = in_line(&span.label).replace('\t', " ");
            let code = document.details.get(&number).and_then(|detail| detail.code.as_deref());
            let code = in_line(code.unwrap_or("-")).replace('\t', " ");
            let _ = writeln!(content, "{id}\t{}\t{}\t{text}\t{label}\t{code}", span.start, span.end);
        }
        content.push('\n');
    }
    say_lost("attributes", documents, writer, |detail| !detail.attributes.is_empty());
    writer.file(format!("{COLLECTION}.pubtator"), content.into_bytes());
}

/// Title and abstract, a line feed apart. Readers drop white space at the end of a title, which would move the abstract:
/// where a first line ends with some, all is title.
fn sections(text: &str) -> (&str, &str) {
    match text.split_once('\n') {
        Some((title, rest)) if !title.ends_with(|c: char| c.is_whitespace() || c.is_control()) => (title, rest),
        _ => (text, ""),
    }
}

fn in_line(text: &str) -> String {
    text.replace(LINE_ENDS, " ")
}
