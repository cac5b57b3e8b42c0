//! Label Studio's tasks.

use super::super::{Format, write};
use super::{document, entities, lines_of, messages, names, pair, read};

const EXPORT: &str = r#"[
  {"id": 11, "data": {"text": "🐱 Warning:\nno aspirin", "name": "first"},
   "annotations": [
    {"id": 1, "was_cancelled": true, "result": [{"value": {"start": 0, "end": 1, "labels": ["No"]}, "type": "labels"}]},
    {"id": 2, "was_cancelled": false, "result": [
      {"value": {"start": 14, "end": 21, "text": "aspirin", "labels": ["Drug", "Word"]}, "id": "x", "from_name": "label",
       "to_name": "text", "type": "labels", "origin": "manual"},
      {"value": {"start": 2, "end": 13, "text": "Warning:\\nno", "labels": ["Line"]}, "type": "labels"},
      {"value": {"choices": ["good"]}, "type": "choices"},
      {"from_id": "x", "to_id": "y", "type": "relation"},
      {"value": {"start": 1, "end": 2, "text": " ", "labels": []}, "type": "labels"}]}],
   "predictions": [{"result": [{"value": {"start": 0, "end": 1, "labels": ["No"]}, "type": "labels"}]}]},
  {"id": 12, "data": {"body": "only predicted", "url": "x"}, "annotations": [],
   "predictions": [{"result": [{"value": {"start": 0, "end": 4, "text": "only", "labels": ["X"]}, "type": "labels"}]}]},
  {"id": 13, "data": {"other": 1}}
]"#;

#[test]
fn annotations_come_before_predictions() {
    let imported = read(&[("a.json", EXPORT)]);
    assert_eq!(imported.files[0].format, Format::LabelStudio);
    assert_eq!(names(&imported), ["first", "task 12"]);
    let first = [pair("Line", "Warning:\nno"), pair("Drug", "aspirin"), pair("Word", "aspirin")];
    assert_eq!((entities(&imported, 0), entities(&imported, 1)), (first.to_vec(), vec![pair("X", "only")]));
    assert_eq!(imported.documents.iter().map(|d| d.labelled).collect::<Vec<_>>(), [true, false]);
    assert_eq!(lines_of(&imported.problems), [9, 10, 11, 15]);
    assert_eq!(messages(&imported)[0], "what is of type \"choices\" and no entity isn't kept");
}

#[test]
fn several_annotators_and_the_ground_truth() {
    let region = |label| format!(r#"{{"result": [{{"value": {{"start": 0, "end": 1, "labels": ["{label}"]}}}}]"#);
    let task =
        |truth| format!(r#"{{"data": {{"text": "a"}}, "annotations": [{}}}, {}{truth}}}]}}"#, region("A"), region("B"));
    let imported = read(&[("a.json", &task(""))]);
    assert_eq!((entities(&imported, 0), imported.problems.len()), (vec![pair("A", "a")], 1));
    let imported = read(&[("a.json", &task(", \"ground_truth\": true"))]);
    assert_eq!(entities(&imported, 0), [pair("B", "a")]);
    assert!(messages(&imported)[0].ends_with("the one marked as ground truth was taken"));
}

#[test]
fn the_small_export_is_read() {
    let task = r#"[{"text": "no 💊 aspirin", "id": 3, "ner": [{"start": 5, "end": 12, "text": "aspirin", "labels": ["Drug"]}],
        "annotator": 1, "created_at": "2024"}]"#;
    let imported = read(&[("a.json", task)]);
    assert_eq!(
        (imported.files[0].format, entities(&imported, 0)),
        (Format::LabelStudio, vec![pair("Drug", "aspirin")])
    );
    assert_eq!((names(&imported), imported.files[0].detail.as_deref()), (vec!["task 3"], None));
}

#[test]
fn offsets_of_old_versions_count_utf16() {
    let task = r#"[{"data": {"text": "💩This is an annotation."}, "completions": [{"result": [
        {"value": {"start": 13, "end": 23, "text": "annotation", "labels": ["X"]}}]}]}]"#;
    let imported = read(&[("a.json", task)]);
    assert_eq!(entities(&imported, 0), [pair("X", "annotation")]);
    assert_eq!(imported.files[0].detail.as_deref(), Some("offsets in UTF-16 code units, by the marked texts"));
    assert_eq!(imported.problems, []);
}

#[test]
fn tasks_are_written_with_their_configuration() {
    let mut documents =
        [document("a", "no aspirin", &[(3, 10, "Drug & \"Dose\"")]), document("b", "x", &[(0, 1, "X")])];
    documents[1].labelled = false;
    let written = write(Format::LabelStudio, &documents);
    let tasks: serde_json::Value = serde_json::from_slice(&written.files[0].bytes).expect("JSON");
    let value = serde_json::json!({"start": 3, "end": 10, "text": "aspirin", "labels": ["Drug & \"Dose\""]});
    assert_eq!(tasks[0]["annotations"][0]["result"][0]["value"], value);
    assert_eq!(tasks[1]["predictions"][0]["result"][0]["value"]["labels"][0], "X");
    let configuration = String::from_utf8_lossy(&written.files[1].bytes).into_owned();
    assert!(configuration.contains("<Label value=\"Drug &amp; &quot;Dose&quot;\"/>"), "{configuration}");
    assert!(configuration.contains("<Labels name=\"label\" toName=\"text\">"), "{configuration}");
}
