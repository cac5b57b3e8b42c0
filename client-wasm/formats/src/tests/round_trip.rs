//! Out and in again: texts and entities come back exactly, whatever stands in them, and each format's offsets count what
//! that format counts.

use proptest::prelude::*;
use serde_json::Value;

use super::super::{Document, Format, write};
use super::{document, there_and_back};
use fedner_text::labels::Span;

const LABELS: &[&str] = &["Drug", "ADR", "β-Blocker", "Sign/Symptom", "用药", "a&b<c>"];

/// Texts of the pieces that go wrong.
fn odd_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,4}",
        4 => prop::sample::select(vec![
            " ", " ", ".", "\n", "\n\n", "\r\n", "\r", "\t", "\u{a0}", "\u{2028}", "\u{85}", "e\u{301}", "👩‍👩‍👧", "😀", "🇩🇪", "שלום",
            "مرحبا", "\u{200f}", "\0", "\u{1f}", "\u{feff}", "|", "&amp;", "<b>", "]]>", "\"", "\\n", "\\", "#doc", "{", "T1",
            "\u{fffe}", "\u{10ffff}", "%", "ﬁ", "ß",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    (prop::collection::vec(piece, 0..25), "[a-z]").prop_map(|(pieces, last)| pieces.concat() + &last)
}

fn odd_document() -> impl Strategy<Value = (String, Vec<Span>)> {
    let span = (any::<prop::sample::Index>(), 1..6_usize, prop::sample::select(LABELS));
    (odd_text(), prop::collection::vec(span, 1..6)).prop_map(|(text, found)| {
        let chars = text.chars().count();
        let span = |(start, length, label): (prop::sample::Index, usize, &str)| {
            let start = start.index(chars);
            Span { start, end: (start + length).min(chars), label: label.to_owned() }
        };
        let mut spans: Vec<Span> = found.into_iter().map(span).collect();
        spans.sort_by(|a, b| (a.start, a.end, &a.label).cmp(&(b.start, b.end, &b.label)));
        spans.dedup();
        (text, spans)
    })
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    prop::collection::vec(odd_document(), 1..4).prop_map(|found| {
        let document = |(number, (text, spans)): (usize, (String, Vec<Span>))| Document {
            spans,
            ..document(&format!("note {number}"), &text, &[])
        };
        found.into_iter().enumerate().map(document).collect()
    })
}

/// What stands between two char offsets, found without the code under test.
fn between(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end - start).collect()
}

/// What is left of a document in a format, char by char; entities that lose characters at their ends with it.
fn expected(format: Format, document: &Document) -> (String, Vec<Span>) {
    let line_ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let chars: Vec<char> = document.text.chars().collect();
    let mut spans = document.spans.clone();
    let text: String = match format {
        Format::BiocXml => chars
            .iter()
            .map(|c| match c {
                '\t' | '\n' | '\r' => *c,
                c if (*c as u32) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
                c => *c,
            })
            .collect(),
        Format::Pubtator => {
            let title = document.text.split('\n').next().unwrap_or_default();
            let two = chars.contains(&'\n') && !title.ends_with(|c: char| c.is_whitespace() || c.is_control());
            let first = if two { title.chars().count() } else { usize::MAX };
            let in_line = |(at, c): (usize, &char)| if at != first && line_ends.contains(c) { ' ' } else { *c };
            chars.iter().enumerate().map(in_line).collect()
        }
        Format::Brat => {
            for span in &mut spans {
                let is_end = |at: usize| matches!(chars[at], '\n' | '\r');
                while span.start < span.end && is_end(span.start) {
                    span.start += 1;
                }
                while span.start < span.end && is_end(span.end - 1) {
                    span.end -= 1;
                }
            }
            spans.retain(|span| span.start < span.end);
            document.text.clone()
        }
        _ => document.text.clone(),
    };
    spans.sort_by(|a, b| (a.start, a.end, &a.label).cmp(&(b.start, b.end, &b.label)));
    spans.dedup();
    (text, spans)
}

/// Every (start, end, text) in a JSON value that looks like an entity with its words.
fn places(value: &Value, found: &mut Vec<(usize, usize, String)>) {
    let number = |value: &Value| value.as_u64().map(|number| number as usize);
    match value {
        Value::Object(members) => {
            let place = members.get("locations").and_then(|locations| {
                let start = number(&locations[0]["offset"])?;
                Some((start, start + number(&locations[0]["length"])?))
            });
            let place = place.or_else(|| Some((number(members.get("start")?)?, number(members.get("end")?)?)));
            if let (Some((start, end)), Some(Value::String(text))) = (place, members.get("text")) {
                found.push((start, end, text.clone()));
            }
            members.values().for_each(|member| places(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| places(element, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_format_gives_back_what_it_got(documents in documents()) {
        for format in [Format::Doccano, Format::Spacy, Format::LabelStudio, Format::BiocJson, Format::BiocXml,
            Format::Pubtator, Format::Pubannotation, Format::Brat]
        {
            // A byte order mark at the beginning of a file isn't text.
            let documents: Vec<Document> =
                documents.iter().filter(|d| format != Format::Brat || !d.text.starts_with('\u{feff}')).cloned().collect();
            if documents.is_empty() {
                continue;
            }
            let imported = there_and_back(format, &documents);
            prop_assert_eq!(imported.documents.len(), documents.len(), "{}", format);
            for (before, after) in documents.iter().zip(&imported.documents) {
                let (text, spans) = expected(format, before);
                prop_assert_eq!(&after.text, &text, "{}", format);
                prop_assert_eq!(&after.spans, &spans, "{}", format);
                let name = if format == Format::Pubtator { before.name.replace(' ', "_") } else { before.name.clone() };
                prop_assert_eq!(&after.name, &name);
                prop_assert!(after.labelled);
            }
            prop_assert!(imported.files.iter().all(|file| file.format == format), "{:?}", imported.files);
            let merged = format == Format::Brat;
            // Entities are anywhere here: that they stand inside words is said where the file doesn't repeat their words.
            let others = imported.problems.iter().filter(|problem| !problem.message.contains("inside a word"));
            prop_assert!(merged || others.count() == 0, "{}: {:?}", format, imported.problems);
        }
    }

    #[test]
    fn plain_text_comes_back(text in odd_text()) {
        prop_assume!(!text.starts_with('\u{feff}'));
        let written = write(Format::Text, &[document("a", &text, &[(0, 1, "X")])]);
        prop_assert_eq!(&written.files[0].bytes, text.as_bytes());
        prop_assert_eq!(written.problems.len(), 1);
    }

    #[test]
    fn offsets_in_json_count_code_points(documents in documents()) {
        for (format, list) in [(Format::LabelStudio, ""), (Format::BiocJson, "documents")] {
            let written = write(format, &documents);
            let whole: Value = serde_json::from_slice(&written.files[0].bytes).expect("JSON");
            let records = if list.is_empty() { &whole } else { &whole[list] };
            for (before, record) in documents.iter().zip(records.as_array().expect("a list")) {
                let mut found = Vec::new();
                places(record, &mut found);
                prop_assert_eq!(found.len(), before.spans.len());
                for (start, end, text) in found {
                    prop_assert_eq!(between(&before.text, start, end), text);
                }
            }
        }
    }

    #[test]
    fn offsets_in_lines_count_code_points(documents in documents()) {
        for (format, list) in [(Format::Doccano, "label"), (Format::Spacy, "entities")] {
            let written = write(format, &documents);
            let content = String::from_utf8(written.files[0].bytes.clone()).expect("UTF-8");
            for (before, line) in documents.iter().zip(content.lines()) {
                let record: Value = serde_json::from_str(line).expect("JSON");
                prop_assert_eq!(record["text"].as_str(), Some(before.text.as_str()));
                for (span, triple) in before.spans.iter().zip(record[list].as_array().expect("a list")) {
                    let expected = serde_json::json!([span.start, span.end, span.label]);
                    prop_assert_eq!(triple, &expected);
                }
            }
        }
    }

    #[test]
    fn offsets_in_bioc_xml_count_bytes(text in odd_text(), start in any::<prop::sample::Index>()) {
        // Forbidden characters are three bytes where one was.
        prop_assume!(text.chars().all(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')));
        let start = start.index(text.chars().count());
        let written = write(Format::BiocXml, &[document("a", &text, &[(start, start + 1, "X")])]);
        let content = String::from_utf8(written.files[0].bytes.clone()).expect("UTF-8");
        let attribute = |name: &str| -> usize {
            let after = content.split_once(&format!("{name}=\"")).expect("a location").1;
            after.split('"').next().expect("a value").parse().expect("a number")
        };
        let bytes = text.char_indices().nth(start).expect("within the text").0;
        prop_assert_eq!(attribute("offset"), bytes);
        prop_assert_eq!(attribute("length"), text[bytes..].chars().next().expect("a char").len_utf8());
    }

    #[test]
    fn offsets_in_brat_and_pubtator_count_code_points(documents in documents()) {
        let written = write(Format::Brat, &documents);
        for (files, document) in written.files.chunks(2).zip(&documents) {
            let annotations = String::from_utf8(files[1].bytes.clone()).expect("UTF-8");
            for line in annotations.split_terminator('\n') {
                let mut columns = line.splitn(3, '\t').skip(1);
                let place = columns.next().and_then(|place| place.split_once(' ')).expect("type and offsets").1;
                let pieces = place.split(';').map(|piece| piece.split_once(' ').expect("two offsets"));
                let number = |text: &str| text.parse::<usize>().expect("a number");
                let words = pieces.map(|(start, end)| between(&document.text, number(start), number(end)));
                prop_assert_eq!(words.collect::<Vec<_>>().join(" "), columns.next().expect("the words"));
            }
        }
        let written = write(Format::Pubtator, &documents);
        let content = String::from_utf8(written.files[0].bytes.clone()).expect("UTF-8");
        let mut texts = documents.iter();
        let mut text = String::new();
        for line in content.split('\n') {
            if line.contains("|t|") && line.starts_with("note") {
                text = expected(Format::Pubtator, texts.next().expect("a document")).0;
            } else if let [_, start, end, words, ..] = line.split('\t').collect::<Vec<_>>()[..]
                && let (Ok(start), Ok(end)) = (start.parse::<usize>(), end.parse::<usize>())
            {
                prop_assert_eq!(between(&text, start, end).replace(['\t', '\n'], " "), words);
            }
        }
    }

    #[test]
    fn conll_keeps_the_words_of_entities_that_do_not_overlap(documents in documents()) {
        let flat: Vec<Document> = documents
            .into_iter()
            .map(|document| {
                let mut end = 0;
                let mut spans = document.spans;
                // A token apart, so that none is cut.
                spans.retain(|span| {
                    let chars: Vec<char> = document.text.chars().collect();
                    let free = |at: usize| chars.get(at).is_none_or(|c| c.is_whitespace());
                    let whole = (span.start == 0 || free(span.start - 1)) && free(span.end);
                    let inner = chars[span.start..span.end].iter().any(|c| !c.is_whitespace());
                    let keep = whole && inner && span.start >= end;
                    end = if keep { span.end } else { end };
                    keep
                });
                Document { spans, ..document }
            })
            .collect();
        let imported = there_and_back(Format::Conll, &flat);
        let words = |text: &str| text.split_whitespace().collect::<String>();
        for (before, after) in flat.iter().zip(&imported.documents) {
            prop_assert_eq!(words(&before.text), words(&after.text));
            let entities = |document: &Document| -> Vec<(String, String)> {
                let of = |span: &Span| (span.label.clone(), words(&between(&document.text, span.start, span.end)));
                document.spans.iter().map(of).collect()
            };
            prop_assert_eq!(entities(before), entities(after));
        }
        prop_assert_eq!(imported.problems, []);
    }
}
