//! doccano's and spaCy's JSON lines.

use super::super::{FileError, Format, ReadOptions};
use super::{InputFile, document, entities, lines_of, messages, names, pair, read, read_as, there_and_back};

#[test]
fn every_form_of_an_entity_is_read() {
    let text = r#""text": "💊 aspirin daily""#;
    for (record, format) in [
        (format!(r#"{{"id": 7, {text}, "label": [[2, 9, "Drug"]], "Comments": []}}"#), Format::Doccano),
        (format!(r#"{{"id": 7, {text}, "labels": [[2, 9, "Drug"]]}}"#), Format::Doccano),
        (
            format!(
                r#"{{"id": 7, {text}, "entities": [{{"id": 3, "label": "Drug", "start_offset": 2, "end_offset": 9}}],
                "relations": []}}"#
            ),
            Format::Doccano,
        ),
        (format!(r#"{{"id": 7, {text}, "entities": [[2, 9, "Drug"]]}}"#), Format::Spacy),
        (
            format!(
                r#"{{{text}, "meta": {{"name": "7"}}, "tokens": [{{"text": "💊", "start": 0, "end": 1, "id": 0}}],
                "spans": [{{"start": 2, "end": 9, "label": "Drug", "token_start": 1}}], "answer": "accept"}}"#
            ),
            Format::Spacy,
        ),
    ] {
        let imported = read(&[("a.jsonl", &record)]);
        assert_eq!(entities(&imported, 0), [pair("Drug", "aspirin")], "{record}");
        assert_eq!((imported.files[0].format, names(&imported)), (format, vec!["7"]), "{record}");
        assert_eq!((&imported.problems[..], imported.documents[0].labelled), (&[][..], true), "{record}");
    }
    let older =
        read(&[("a.json", r#"[["💊 aspirin daily", {"entities": [[2, 9, "Drug"]]}], ["x", {"entities": []}]]"#)]);
    assert_eq!((older.files[0].format, entities(&older, 0)), (Format::Spacy, vec![pair("Drug", "aspirin")]));
    assert_eq!(older.documents.len(), 2);
}

#[test]
fn each_record_stands_for_itself() {
    let file = r#"{"text": "good", "label": [[0, 4, "X"], [0, 9, "X"], [1], ["a", 2, "X"], [2, 1, "X"], [0, 1, ""]]}
{"text": "cut off", "label": [[0, 3, "X"]
{"label": []}
{"text": "no list", "label": "X"}
not JSON

{"text": "last"}
{"text": "", "label": []}
"#;
    let imported = read(&[("a.jsonl", file)]);
    assert_eq!(imported.documents.iter().map(|d| &*d.text).collect::<Vec<_>>(), ["good", "no list", "last"]);
    assert_eq!(entities(&imported, 0), [pair("X", "good")]);
    assert_eq!(lines_of(&imported.problems), [1, 1, 1, 1, 1, 2, 3, 4, 5, 8]);
    assert_eq!(imported.documents.iter().map(|d| d.labelled).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(names(&imported), ["a 1", "a 2", "a 3"]);
}

#[test]
fn records_may_stand_in_a_list_or_over_lines() {
    let list = "\u{feff}[\r\n {\"text\": \"a\"},\r\n {\"text\": \"b\",\r\n  \"label\": [[0, 1, \"X\"],\r\n   [0, 7, \"Y\"]]},\r\n {\"text\": \"c";
    let imported = read(&[("a.json", list)]);
    assert_eq!(imported.documents.iter().map(|d| &*d.text).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(lines_of(&imported.problems), [5, 6]);
    let over_lines = "{\n \"text\": \"a\"\n}\n{\n \"text\": \"b\"\n}";
    assert_eq!(read(&[("a.json", over_lines)]).documents.len(), 2);
}

#[test]
fn what_is_rejected_has_no_entities() {
    let file = r#"{"text": "a b", "spans": [{"start": 0, "end": 1, "label": "X"}], "answer": "reject"}"#;
    let imported = read(&[("a.jsonl", file)]);
    assert_eq!((imported.documents[0].spans.len(), imported.documents[0].labelled), (0, false));
    assert_eq!(messages(&imported), ["the answer is \"reject\": the text was taken in without entities"]);
}

#[test]
fn what_is_not_labelled_stays_so() {
    for format in [Format::Doccano, Format::Spacy, Format::LabelStudio] {
        let mut documents = [document("a", "x", &[]), document("b", "y", &[])];
        documents[1].labelled = false;
        let imported = there_and_back(format, &documents);
        assert_eq!(imported.documents.iter().map(|d| d.labelled).collect::<Vec<_>>(), [true, false], "{format}");
    }
}

#[test]
fn json_of_something_else_is_refused() {
    let error = |bytes| {
        super::super::read(&[InputFile { name: "a.json", bytes }], &ReadOptions::default()).expect_err("nothing")
    };
    assert!(matches!(error(b"{\"a\": 1}").error, FileError::Foreign { .. }));
    assert!(matches!(error(b"[1, 2]").error, FileError::Foreign { .. }));
    // A note may begin with a bracket.
    assert_eq!(read(&[("a.txt", "[sic] pain")]).files[0].format, Format::Text);
    assert_eq!(read_as(Format::Text, "a.jsonl", "{\"text\": 1}").files[0].format, Format::Text);
}
