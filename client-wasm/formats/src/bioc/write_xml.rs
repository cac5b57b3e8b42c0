//! Writes the XML form, offsets in UTF-8 bytes as its DTD has them.

use std::fmt::Write;

use quick_xml::escape::partial_escape;

use super::super::units::{OffsetTable, Unit};
use super::super::write::{COLLECTION, SOURCE, Writer};
use super::super::{Detail, Document};
use super::{LABELLED, OFFSETS, TYPE, infon_key};

/// Writes a collection: a document each, in one passage.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE collection SYSTEM \"BioC.dtd\">\n\
         <collection><source>{SOURCE}</source><date></date><key></key><infon key=\"{OFFSETS}\">UTF-8 bytes</infon>\n"
    );
    for document in documents {
        push(&mut content, document, writer);
    }
    content.push_str("</collection>\n");
    writer.file(format!("{COLLECTION}-bioc.xml"), content.into_bytes());
}

fn push(content: &mut String, document: &Document, writer: &mut Writer) {
    // Char by char, so that char offsets stay.
    let text = document.text.replace(is_forbidden, "\u{fffd}");
    if text != document.text {
        let message = "characters that XML can't hold (control characters) were written as U+FFFD";
        writer.problem(document, message.to_owned());
    }
    let positions = OffsetTable::new(&text);
    let unread = match document.labelled {
        true => String::new(),
        false => format!("<infon key=\"{LABELLED}\">no</infon>"),
    };
    // Writing to a string can't fail.
    let _ = write!(
        content,
        "<document><id>{}</id>{unread}<passage><offset>0</offset><text>{}</text>",
        escaped(&document.name),
        escaped(&text)
    );
    for (number, span) in document.spans.iter().enumerate() {
        let start = positions.of_chars(Unit::Bytes, span.start);
        let length = positions.of_chars(Unit::Bytes, span.end) - start;
        let infons: String = document.details.get(&number).into_iter().flat_map(Detail::members).map(infon).collect();
        let _ = write!(
            content,
            "\n<annotation id=\"{}\"><infon key=\"{TYPE}\">{}</infon>{infons}<location offset=\"{start}\" \
             length=\"{length}\"/><text>{}</text></annotation>",
            number + 1,
            escaped(&span.label),
            escaped(positions.slice(span.start..span.end))
        );
    }
    content.push_str("</passage></document>\n");
}

fn infon((key, value): (&str, &str)) -> String {
    format!("<infon key=\"{}\">{}</infon>", escaped(infon_key(key)).replace('"', "&quot;"), escaped(value))
}

/// As XML text that every parser reads back alike: a bare CR would be read as a line feed.
fn escaped(text: &str) -> String {
    partial_escape(text).replace(is_forbidden, "\u{fffd}").replace('\r', "&#13;")
}

/// What XML 1.0 can't hold, not even by reference.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
