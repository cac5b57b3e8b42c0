//! Tells a file's format by its name and what it holds.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::json;
use super::lines::ends_with;
use super::{Format, bioc, conll, text_records, label_studio, pubtator};

/// The format of a file; none of one that holds something else than notes.
pub(super) fn recognise(name: &str, text: &str) -> Option<Format> {
    if ends_with(name, Format::Conll.extensions()) {
        return Some(Format::Conll);
    }
    let start = text.trim_start();
    if start.starts_with('<') && (ends_with(name, &["xml", "bioc"]) || start.starts_with("<?xml")) {
        return has_collection(start).then_some(Format::BiocXml);
    }
    if start.starts_with(['{', '['])
        && let Some(format) = recognise_json(text)
    {
        return Some(format);
    }
    if ends_with(name, &["json", "text_records", "ndjson"]) {
        return None;
    }
    if pubtator::looks_like(text) {
        return Some(Format::Pubtator);
    }
    Some(if conll::looks_like(text) { Format::Conll } else { Format::Text })
}

/// By the first record that is JSON.
fn recognise_json(text: &str) -> Option<Format> {
    let record = json::first_record(text)?;
    if bioc::recognise_json(record) {
        return Some(Format::BiocJson);
    }
    if label_studio::recognise(record) {
        return Some(Format::LabelStudio);
    }
    text_records::recognise(record)
}

/// Whether the first element is a collection: comments and declarations may stand before it.
fn has_collection(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => return tag.local_name().as_ref() == "collection",
            Ok(Event::Empty(_) | Event::End(_) | Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}
