//! brat's standoff form.

use super::super::{FileError, Format, ReadOptions, write};
use super::{InputFile, document, entities, messages, names, pair, read};

const TEXT: &str = "Gave 0.5 μg/kg 💊\nof fentanyl, then none.";

#[test]
fn text_and_annotations_are_joined() {
    let annotations = "T1\tDosage 5 14\t0.5 μg/kg\nT2\tDrug 20 28\tfentanyl\n";
    let imported = read(&[("ward/a.ann", annotations), ("ward/a.txt", TEXT), ("b.txt", "alone")]);
    assert_eq!(entities(&imported, 0), [pair("Dosage", "0.5 μg/kg"), pair("Drug", "fentanyl")]);
    assert_eq!(names(&imported), ["a", "b"]);
    assert_eq!(imported.problems, []);
    let files: Vec<_> = imported.files.iter().map(|f| (&*f.name, f.format, f.documents, f.spans)).collect();
    assert_eq!(files, [("ward/a.txt", Format::Brat, 1, 2), ("b.txt", Format::Text, 1, 0)]);
    let labelled: Vec<bool> = imported.documents.iter().map(|d| d.labelled).collect();
    assert_eq!(labelled, [true, false]);
}

#[test]
fn the_same_name_in_another_folder_is_another_document() {
    let files = [("a/1.txt", "one"), ("b/1.txt", "two"), ("b/1.ann", "T1\tX 0 3\ttwo\n")];
    let imported = read(&files);
    assert_eq!((entities(&imported, 0), entities(&imported, 1)), (vec![], vec![pair("X", "two")]));
}

#[test]
fn what_is_no_entity_is_counted_and_the_rest_taken_in() {
    let annotations = "T1\tDrug 20 28\tfentanyl\nE1\tDrug:T1\nR1\tA Arg1:E1 Arg2:T1\n*\tEquiv T1 T1\n#1\tAnnotatorNotes \
                       T1\tx\nA1\tNeg T1\nT2\tDrug 20\nT3\tDrug x 9\ty\nT4\nN1\tReference T1 X:1\tx\nnonsense\n\
                       T5\tDrug 99 120\tz\n";
    let imported = read(&[("a.txt", TEXT), ("a.ann", annotations)]);
    assert_eq!(entities(&imported, 0), [pair("Drug", "fentanyl")]);
    let lines: Vec<_> = imported.problems.iter().map(|p| (&*p.file, p.line.expect("a line"))).collect();
    let expected = [2, 3, 5, 7, 8, 9, 11, 12].map(|line| ("a.ann", line));
    assert_eq!(lines, expected);
    assert_eq!(imported.problems[1].message, "relations aren't kept: 2 in this file, the first at this line");
}

#[test]
fn pieces_are_joined_over_a_line_end_and_covered_elsewhere() {
    let text = "acute renal\r\nfailure, no pain";
    let annotations = "T1\tX 0 11;13 20\tacute renal failure\nT2\tX 0 5;13 20\tacute failure\n";
    let imported = read(&[("a.txt", text), ("a.ann", annotations)]);
    assert_eq!(entities(&imported, 0), [pair("X", "acute renal\r\nfailure")]);
    let expected = ["the entity 0–5 \"X\" is discontinuous; all of \"acute renal\\r\\nfailure\" was taken"];
    assert_eq!(messages(&imported)[..1], expected);
    assert_eq!(imported.problems[0].line, Some(2));
}

#[test]
fn the_marked_texts_show_what_offsets_count() {
    // By a tool that read CRLF as one character, and by one that counts UTF-16.
    for (place, detail) in [("21 29", "offsets in UTF-16 code units"), ("20 28", "CRLF counted as one")] {
        let text = TEXT.replace('\n', if detail.contains("CRLF") { "\r\n" } else { "\n" });
        let annotations = format!("T1\tDrug {place}\tfentanyl\n");
        let imported = read(&[("a.txt", text.as_str()), ("a.ann", annotations.as_str())]);
        assert_eq!(entities(&imported, 0), [pair("Drug", "fentanyl")], "{detail}");
        assert!(imported.files[0].detail.as_ref().is_some_and(|found| found.contains(detail)));
        assert_eq!(imported.problems, []);
    }
    let imported = read(&[("a.txt", TEXT), ("a.ann", "T1\tDrug 19 27\tfentanyl\n")]);
    let message = "the entity 19–27 \"Drug\" should be \"fentanyl\", but \" fentany\" stands there; it was left out";
    assert_eq!(messages(&imported)[0], message);
    assert!(messages(&imported)[1].contains("counts as unread"));
    assert_eq!((entities(&imported, 0), imported.documents[0].labelled), (vec![], false));
}

#[test]
fn annotations_without_their_text_are_refused() {
    let files = [InputFile { name: "x/a.ann", bytes: b"T1\tX 0 1\ta\n" }];
    let error = super::super::read(&files, &ReadOptions::default()).expect_err("no text");
    assert_eq!(error.error, FileError::NoText { format: Format::Brat, text: "a.txt".to_owned() });
    let imported = read(&[("a.ann", "T1\tX 0 1\ta\n"), ("b.txt", "b")]);
    assert_eq!((names(&imported), imported.problems.len()), (vec!["b"], 1));
}

#[test]
fn damaged_annotations_leave_the_text() {
    let files = [InputFile { name: "a.txt", bytes: b"text" }, InputFile { name: "a.ann", bytes: b"T1\n\xFF" }];
    let imported = super::super::read(&files, &ReadOptions::default()).expect("the text");
    assert_eq!((imported.documents[0].labelled, imported.documents[0].spans.len()), (false, 0));
    assert_eq!((&*imported.problems[0].file, imported.problems[0].line), ("a.ann", Some(2)));
    let imported = read(&[("a.txt", "text"), ("a.ann", "")]);
    assert!(imported.documents[0].labelled && imported.problems.is_empty());
}

#[test]
fn written_as_two_files_and_the_types() {
    let written = write(
        Format::Brat,
        &[
            document("a/b", "acute renal\nfailure", &[(0, 19, "Dis ease"), (11, 12, "X"), (11, 19, "X")]),
            document("A_B", "x", &[]),
        ],
    );
    let files: Vec<_> = written.files.iter().map(|f| (f.name.as_str(), String::from_utf8_lossy(&f.bytes))).collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["a_b.txt", "a_b.ann", "A_B (2).txt", "A_B (2).ann", "annotation.conf"]);
    assert_eq!(files[1].1, "T1\tDis_ease 0 11;12 19\tacute renal failure\nT3\tX 12 19\tfailure\n");
    assert_eq!(files[4].1, "[entities]\nDis_ease\nX\n\n[relations]\n\n[events]\n\n[attributes]\n");
    assert_eq!(written.problems.len(), 3, "{:?}", written.problems);
    // Read again the configuration is no document.
    let again = super::there_and_back(Format::Brat, &[document("a", "x", &[(0, 1, "X")])]);
    assert_eq!((again.documents.len(), again.problems.len()), (1, 0));
}
