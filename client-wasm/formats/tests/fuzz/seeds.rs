//! Good files to begin with: what the writers make of odd documents, and forms that only others write.

use std::path::{Path, PathBuf};

use fedner_formats::{Document, Format, InputFile, OutputFile, archive, bundle, read, write};

use super::Case;

/// Forms that no writer here makes, as other programs do.
const FOREIGN: &[(&str, &str)] = &[
    (
        "iob1.conll",
        "-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\nGerman JJ I-NP B-MISC\n\nx NN B-NP E-X\n",
    ),
    ("bare.tsv", "# a comment\nBRCA1\tB\nprotein\tI\nbinds\tO\n"),
    (
        "objects.jsonl",
        "{\"id\": 7, \"text\": \"no aspirin \u{1f48a}\", \"entities\": [{\"id\": 3, \"label\": \"Drug\", \"start_offset\": 3, \
      \"end_offset\": 10}], \"relations\": [{\"id\": 1}], \"Comments\": []}\n",
    ),
    (
        "prodigy.jsonl",
        "{\"text\": \"no aspirin\", \"tokens\": [{\"text\": \"no\", \"start\": 0}], \"spans\": [{\"start\": 3, \"end\": 10, \
      \"label\": \"Drug\"}], \"answer\": \"accept\", \"meta\": {\"source\": \"x\"}}\n",
    ),
    ("v2.json", "[[\"no aspirin\", {\"entities\": [[3, 10, \"Drug\"]]}]]"),
    (
        "min.json",
        "[{\"text\": \"\u{1f48a} aspirin\", \"id\": 3, \"label\": [{\"start\": 3, \"end\": 10, \"text\": \"aspirin\", \"labels\": \
      [\"Drug\"]}]}]",
    ),
    (
        "old.json",
        "[{\"data\": {\"body\": \"\u{1f48a} aspirin\"}, \"completions\": [{\"result\": [{\"type\": \"labels\", \"value\": {\"start\": 3, \
      \"end\": 10, \"text\": \"aspirin\", \"labels\": [\"Drug\", \"X\"]}}, {\"type\": \"relation\"}]}], \"predictions\": []}]",
    ),
    (
        "service.json",
        "{\"PubTator3\": [{\"id\": \"1\", \"passages\": [{\"offset\": 0, \"text\": \"\u{3b2}-blocker\", \"annotations\": [{\"infons\": \
      {\"type\": \"Drug\", \"identifier\": \"x\"}, \"text\": \"blocker\", \"locations\": [{\"offset\": 2, \"length\": 7}]}]}, {\"offset\": 12, \
      \"sentences\": [{\"offset\": 12, \"text\": \"Pain\"}]}], \"relations\": []}]}",
    ),
    (
        "sentences.xml",
        "<?xml version=\"1.0\"?><!DOCTYPE collection SYSTEM \"BioC.dtd\"><collection><source/><document><id>1</id><passage>\
      <offset>0</offset><sentence><offset>0</offset><text>\u{3b2} &amp; pain</text><annotation id=\"1\"><infon key=\"type\">X</infon>\
      <infon key=\"id\">y</infon><location offset=\"5\" length=\"4\"/><location offset=\"0\" length=\"2\"/><text>pain</text></annotation>\
      </sentence></passage><relation/></document></collection>",
    ),
    (
        "abstract.txt",
        "1|t|\u{3b2}-blocker\n1|a|No pain | at all\n1\t2\t9\tblocker\tDrug\tD1\n1\tCID\tD1\tD2\n\n2|a|alone\n",
    ),
];

/// The small files of all kinds that the readers' tests read, each folder one case.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/cases");
    let mut found: Vec<Case> = sorted(&folder).iter().map(|case| files(case, case)).collect();
    found.retain(|case| !case.is_empty());
    found
}

/// The files of a folder and those below.
fn files(folder: &Path, root: &Path) -> Case {
    let mut found = Vec::new();
    for path in sorted(folder) {
        if path.is_dir() {
            found.extend(files(&path, root));
        } else {
            let name = path.strip_prefix(root).expect("a file below").to_string_lossy().into_owned();
            found.push(OutputFile { name, bytes: std::fs::read(&path).expect("a file of a case can be read") });
        }
    }
    found
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of cases can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// All of them.
pub fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = FOREIGN.iter().map(|(name, text)| vec![file(name, text)]).collect();
    cases.push(vec![
        file("a.txt", "acute renal\r\nfailure \u{1f48a} now"),
        file("a.ann", "T1\tX 0 11;13 20\tacute renal failure\nT2\tY 0 5;13 20\tacute failure\nE1\tX:T1\n#1\tN T1\tx\n"),
    ]);
    cases.extend(self::cases());
    let documents = documents();
    for format in Format::ALL.iter().filter(|format| format.can_write()) {
        cases.push(write(*format, &documents).files);
        if let Ok(saved) = bundle(*format, write(*format, &documents)) {
            cases.push(vec![saved.file]);
        }
    }
    cases
}

/// Files that once failed, each an archive of what was read.
pub fn kept(folder: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e != "md")).collect();
    paths.sort();
    let case = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        vec![OutputFile { name, bytes: std::fs::read(path).expect("a kept file can be read") }]
    };
    paths.iter().map(case).collect()
}

fn file(name: &str, text: &str) -> OutputFile {
    OutputFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn documents() -> Vec<Document> {
    let text = "{\"text\": \"Gave \u{1f48a} 0.5 \u{3bc}g/kg\\nof fentanyl \u{5e9}\u{5dc}\", \"label\": [[5, 6, \"Sign\"], [7, 16, \"Dosage\"], [7, \
                10, \"Dosage\"], [20, 28, \"Drug\"], [0, 28, \"All of it\"]]}\n{\"text\": \"e\u{301}\\r\\n\\r\\nno\u{2028}pain.\", \"label\": [[0, 2, \
                \"X\"], [8, 12, \"Sign\"]], \"name\": \"a/b|c\"}\n{\"text\": \"nothing here\"}\n";
    let files = [InputFile { name: "a.jsonl", bytes: text.as_bytes() }];
    let imported = read(&files, &Some(Format::Doccano).into()).expect("good records");
    assert_eq!((imported.documents.len(), imported.problems.len()), (3, 0), "{:?}", imported.problems);
    // An archive of an archive is refused, and must be refused whatever stands in it.
    assert!(archive::pack(&[]).is_ok());
    imported.documents
}
