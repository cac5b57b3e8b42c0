//! CoNLL and plain text.

use proptest::prelude::*;

use super::super::limits::{DOCUMENT_SENTENCES, DOCUMENTS_MAX, FILE_BYTES_MAX, LABELS_READ_MAX, PROBLEMS_MAX};
use super::super::{FileError, Format, ImportError, Imported, InputFile, ReadOptions, read as read_files};
use super::{entities, lines_of, names, pair};
use fedner_text::sentences;

fn import(name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
    read_files(&[InputFile { name, bytes }], &ReadOptions::default())
}

fn read(content: &str) -> Imported {
    import("notes.conll", content.as_bytes()).expect("something to take in")
}

fn refusal(name: &str, bytes: &[u8]) -> FileError {
    import(name, bytes).expect_err("nothing to take in").error
}

#[test]
fn documents_sentences_and_entities() {
    let imported = read("#doc A\nβ\tB-Drug\nblocker\tI-Drug\n😀\tO\n\nPain\tB-ADR\n#doc B\nwell\tO\n");
    assert_eq!(imported.files[0].format, Format::Conll);
    assert_eq!(names(&imported), ["A", "B"]);
    assert_eq!(imported.documents[0].text, "β blocker 😀\nPain");
    assert_eq!(entities(&imported, 0), [pair("Drug", "β blocker"), pair("ADR", "Pain")]);
    assert_eq!(imported.documents[1].text, "well");
    assert_eq!(imported.labels, ["ADR", "Drug"]);
    assert!(imported.problems.is_empty());
}

#[test]
fn columns_line_ends_and_byte_order_mark_do_not_matter() {
    let plain = read("#doc A\na\tB-X\nb\tI-X\n\nc\tO\n");
    assert_eq!(read("#doc A\r\na\tB-X\r\nb\tI-X\r\n\r\nc\tO\r\n"), plain);
    assert_eq!(read("#doc A\ra\tB-X\rb\tI-X\r\rc\tO"), plain);
    assert_eq!(read("\u{feff}#doc A\na NN x B-X\nb   I-X  \n \n\nc\tNN\tO\n\n\n"), plain);
    assert_eq!(read("#doc A\n# a comment line\na\t0\t1\tB-X\nb\t\t\tI-X\n\t\t\nc\tO\n"), plain);
}

#[test]
fn docstart_lines_start_documents() {
    let imported = read("-DOCSTART- -X- O O\n\na NN B O\n\n-DOCSTART-\tO\n\nb\tB-X\n");
    assert_eq!(names(&imported), ["notes 1", "notes 2"]);
    assert_eq!(imported.problems, []);
    let imported = read("x\tO\n#doc A\ny\tO\n#doc A\nz\tO\n");
    assert_eq!(names(&imported), ["notes 1–1", "A", "A (2)"]);
}

#[test]
fn files_without_marks_are_cut() {
    let imported = import("ward/May.conll", "a\tO\n\n".repeat(2 * DOCUMENT_SENTENCES + 5).as_bytes()).expect("a file");
    assert_eq!(names(&imported), ["May 1–20", "May 21–40", "May 41–45"]);
    assert_eq!(sentences(&imported.documents[0].text).len(), DOCUMENT_SENTENCES);
}

#[test]
fn lines_with_wrong_tags_are_named_and_taken_in() {
    let imported = read("#doc A\na\tB-X\nb\nc\tI-\nd\tX\ne\tI-X\n\tO\nf\t\n");
    assert_eq!(imported.documents[0].text, "a b c d e f");
    assert_eq!(entities(&imported, 0), [pair("X", "a"), pair("X", "e")]);
    assert_eq!(lines_of(&imported.problems), [3, 4, 5, 6, 7, 8]);
    assert_eq!(imported.problems[0].message, "the line has no tag; the token \"b\" was taken in with the tag O");
    let wrong =
        "the tag \"X\" isn't O, B-TYPE or I-TYPE (nor E-, S-, L-, U-TYPE); the token \"d\" was taken in with the tag O";
    assert_eq!(imported.problems[2].message, wrong);
}

#[test]
fn stray_tags_are_repaired_and_said_once_a_document() {
    let imported = read("#doc A\na\tI-X\nb\tI-X\nc\tI-Y\nd\tB-Y\n\ne\tI-Y\n#doc B\nf\tI-X\n#doc C\ng\tB-X\nh\tI-X\n");
    assert_eq!(entities(&imported, 0), [pair("X", "a b"), pair("Y", "c"), pair("Y", "d"), pair("Y", "e")]);
    assert_eq!(lines_of(&imported.problems), [2, 9]);
    assert!(imported.problems[0].message.contains("3 such tags"), "{}", imported.problems[0].message);
    assert_eq!(imported.files[0].detail.as_deref(), Some("IOB2"));
}

#[test]
fn every_scheme_is_recognised_and_gives_the_same_entities() {
    let schemes = [
        ("IOB1", "I-X I-X B-X O I-Y I-X"),
        ("IOB2", "B-X I-X B-X O B-Y B-X"),
        ("BIOES", "B-X E-X S-X O S-Y S-X"),
        ("BILOU", "B-X L-X U-X O U-Y U-X"),
    ];
    for (scheme, tags) in schemes {
        let lines: Vec<String> =
            "a b c d e f".split(' ').zip(tags.split(' ')).map(|(t, tag)| format!("{t} {tag}\n")).collect();
        let imported = read(&lines.concat());
        let expected = [pair("X", "a b"), pair("X", "c"), pair("Y", "e"), pair("X", "f")];
        assert_eq!(entities(&imported, 0), expected, "{scheme}");
        assert_eq!(imported.files[0].detail.as_deref(), Some(scheme));
        assert_eq!(imported.problems, [], "{scheme}");
    }
    let unnamed = read("a B\nb I\nc O\n");
    assert_eq!((entities(&unnamed, 0), lines_of(&unnamed.problems)), (vec![pair("Entity", "a b")], vec![1]));
    let broken = read("a E-X\nb B-X\nc I-Y\nd E-Y\ne I-Y\n");
    assert_eq!(entities(&broken, 0), [pair("X", "a"), pair("X", "b"), pair("Y", "c d"), pair("Y", "e")]);
    assert_eq!(lines_of(&broken.problems), [1]);
}

#[test]
fn text_is_one_document_as_it_stands() {
    let imported = import("C:\\notes\\visit 1.txt", b"\xEF\xBB\xBFa\r\nb\0 O\n").expect("a note");
    assert_eq!((imported.files[0].format, names(&imported)), (Format::Text, vec!["visit 1"]));
    assert_eq!(imported.documents[0].text, "a\r\nb\0 O\n");
    assert_eq!(import("a.txt", b"Pain\tB-ADR\nnow\tO\n").map(|imported| imported.files[0].format), Ok(Format::Conll));
    assert_eq!(import("a", b"Pain B-ADR\nnow O\n. O\n").map(|imported| imported.files[0].format), Ok(Format::Conll));
    assert_eq!(import("a.txt", b"Blood group O\n").map(|imported| imported.files[0].format), Ok(Format::Text));
    assert_eq!(import("", b"words").map(|imported| imported.documents[0].name.clone()), Ok("note".to_owned()));
}

#[test]
fn what_cannot_be_read_says_why() {
    assert_eq!(refusal("f.txt", b""), FileError::Empty);
    assert_eq!(refusal("f.txt", b"\xEF\xBB\xBF \r\n"), FileError::Empty);
    assert_eq!(refusal("f.txt", &[0xFF, 0xFE, 65]), FileError::Utf16);
    let not_utf8 = |line, byte, value| FileError::NotUtf8 { line, byte, value };
    assert_eq!(refusal("f.txt", b"a\r\nb\rc\xE9d"), not_utf8(3, 2, 0xE9));
    assert_eq!(refusal("f.txt", b"a\n\n\xC3"), not_utf8(3, 1, 0xC3));
    assert_eq!(refusal("f.txt", b"\x80"), not_utf8(1, 1, 0x80));
    let bytes = FILE_BYTES_MAX + 1;
    assert_eq!(refusal("f.txt", &vec![b'a'; bytes]), FileError::TooLarge { bytes });
    assert_eq!(refusal("f.iob2", b"#doc A\n\njust words\n"), FileError::NoTags { line: 3 });
    let message = import("f.txt", b"a\nb\xE9").expect_err("not UTF-8").to_string();
    assert!(message.starts_with("f.txt isn't UTF-8: line 2, byte 2 of that line (0xE9)"), "{message}");
    assert_eq!(read_files(&[], &ReadOptions::default()).expect_err("no file").error, FileError::Missing);
}

#[test]
fn a_file_that_gives_nothing_is_a_problem_among_others() {
    let files = [("a.txt", &b""[..]), ("b.txt", b"words"), ("c.conll", b"x\tB-X\n"), ("d.txt", b"\x80")];
    let files = files.map(|(name, bytes)| InputFile { name, bytes });
    let imported = read_files(&files, &ReadOptions::default()).expect("two good files");
    let reports: Vec<_> = imported.files.iter().map(|f| (&*f.name, f.format.name(), f.documents, f.spans)).collect();
    assert_eq!(reports, [("b.txt", "text", 1, 0), ("c.conll", "conll", 1, 1)]);
    let labelled: Vec<_> = imported.documents.iter().map(|d| (&*d.file, d.labelled)).collect();
    assert_eq!(labelled, [("b.txt", false), ("c.conll", true)]);
    let problems: Vec<_> = imported.problems.iter().map(|p| (&*p.file, p.line)).collect();
    assert_eq!(problems, [("a.txt", None), ("d.txt", Some(1))]);
    assert_eq!(imported.problems[0].message, "the file is empty; choose a file with text in it");
    let error = read_files(&[files[0], files[3]], &ReadOptions::default()).expect_err("no good file");
    assert_eq!(error.to_string(), "a.txt is empty; choose a file with text in it (the other file gave nothing either)");
}

#[test]
fn limits_are_said() {
    let imported = read(&format!("a\tO\n{}", "b\n".repeat(PROBLEMS_MAX + 7)));
    assert_eq!(imported.problems.len(), PROBLEMS_MAX + 1);
    assert_eq!(imported.problems[PROBLEMS_MAX].message, "7 more problems are not listed");
    let many: String = (0..=LABELS_READ_MAX).map(|number| format!("a\tB-T{number}\n")).collect();
    let imported = read(&many);
    assert_eq!((imported.labels.len(), lines_of(&imported.problems)), (LABELS_READ_MAX, vec![LABELS_READ_MAX + 1]));
    assert_eq!(imported.documents[0].spans.len(), LABELS_READ_MAX);
    let imported = read(&"#doc\na\tO\n".repeat(DOCUMENTS_MAX + 1));
    assert_eq!((imported.documents.len(), lines_of(&imported.problems)), (DOCUMENTS_MAX, vec![2 * DOCUMENTS_MAX + 2]));
    let empty = read("#doc A\n#doc B\na\tO\n");
    assert_eq!((names(&empty), lines_of(&empty.problems)), (vec!["B"], vec![1]));
}

/// What must hold of whatever was taken in.
fn check(imported: &Imported) -> Result<(), TestCaseError> {
    prop_assert!(!imported.documents.is_empty());
    prop_assert!(imported.problems.len() <= PROBLEMS_MAX + 2);
    let lines = lines_of(&imported.problems);
    prop_assert!(lines.windows(2).all(|pair| pair[0] <= pair[1]));
    for document in &imported.documents {
        let chars = document.text.chars().count();
        // Columns of nested entities may overlap, but they come in the order of the text.
        prop_assert!(document.spans.is_sorted_by_key(|span| span.start));
        for span in &document.spans {
            prop_assert!(span.start < span.end && span.end <= chars && imported.labels.contains(&span.label));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), name in "[a-z./]{0,8}") {
        for name in [name.as_str(), "x.conll"] {
            if let Ok(imported) = import(name, &bytes) {
                check(&imported)?;
            }
        }
    }

    #[test]
    fn any_lines_are_read_or_refused(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "#doc ", "#doc", "# ", "-DOCSTART-", "\t", "\t", " ", "\n", "\n", "\r\n", "\r", "a", "β", "😀", "O", "B-X", "I-X",
            "I-Y", "B-", "\u{a0}", "\u{2028}", "\u{feff}", "\0", "\tO\n", "\tB-X\n", "\tI-X\n",
        ]),
        0..60,
    )) {
        let content = pieces.concat();
        if let Ok(imported) = import("x.conll", content.as_bytes()) {
            check(&imported)?;
        }
    }

    #[test]
    fn entities_are_the_tokens_of_the_file(file in prop::collection::vec(
        prop::collection::vec(("[a-zß😀é.]{1,4}", 0..5_usize), 1..8), 1..50)
    ) {
        let tags = ["O", "B-X", "I-X", "B-Y", "I-Y"];
        let rows = |sentence: &Vec<(String, usize)>| -> String {
            sentence.iter().map(|(token, tag)| format!("{token}\t{}\n", tags[*tag])).collect()
        };
        let imported = read(&file.iter().map(|sentence| rows(sentence) + "\n").collect::<String>());
        let mut expected: Vec<(String, String)> = Vec::new();
        for sentence in &file {
            let mut open: Option<&str> = None;
            for (token, tag) in sentence {
                let label = tags[*tag].get(2..);
                match (label, expected.last_mut()) {
                    (Some(_), Some(last)) if tags[*tag].starts_with('I') && open == label => last.1 += &format!(" {token}"),
                    (Some(label), _) => expected.push(pair(label, token)),
                    (None, _) => {}
                }
                open = label;
            }
        }
        let found: Vec<(String, String)> =
            (0..imported.documents.len()).flat_map(|document| entities(&imported, document)).collect();
        prop_assert_eq!(found, expected);
        let text: Vec<&str> = imported.documents.iter().flat_map(|document| document.text.lines()).collect();
        let lines: Vec<String> =
            file.iter().map(|s| s.iter().map(|(token, _)| token.as_str()).collect::<Vec<_>>().join(" ")).collect();
        prop_assert_eq!(text, lines);
    }
}
