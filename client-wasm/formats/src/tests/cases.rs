//! Small files as people have them, each folder one kind, and what becomes of it: `tests/testdata/cases`, and more of the
//! same names beside the repository, where they lie there.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::{ImportError, Imported, InputFile, ReadOptions, read};
use super::entities;

/// What a case gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    case: String,
    /// The documents, in order.
    #[serde(default)]
    documents: Vec<ExpectedDocument>,
    /// What is said somewhere, in problems, details of files, or the error.
    #[serde(default)]
    says: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct ExpectedDocument {
    name: String,
    labelled: bool,
    entities: Vec<(String, String)>,
}

fn expected() -> Vec<Expected> {
    serde_json::from_str(include_str!("cases.json")).expect("cases.json lists what is expected")
}

#[test]
fn every_case_of_the_repository_is_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/cases");
    for expected in expected() {
        check(&folder.join(&expected.case), &expected);
    }
    let cases = fs::read_dir(&folder).expect("the folder of cases").count();
    assert_eq!(cases, expected().len(), "every case says what is expected of it");
}

#[test]
fn every_case_beside_the_repository_is_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cases");
    if !folder.is_dir() {
        println!("skipped: there are no cases at {}", folder.display());
        return;
    }
    let there = expected().into_iter().filter(|expected| folder.join(&expected.case).is_dir());
    let checked = there.map(|expected| check(&folder.join(&expected.case), &expected)).count();
    println!("{checked} cases of {}", folder.display());
}

fn check(folder: &Path, expected: &Expected) {
    let mut paths = Vec::new();
    walk(folder, &mut paths);
    let files: Vec<(String, Vec<u8>)> = paths
        .iter()
        .map(|path| {
            let name = path.strip_prefix(folder).expect("a file of the folder").to_string_lossy().replace('\\', "/");
            (name, fs::read(path).expect("a file can be read"))
        })
        .collect();
    let inputs: Vec<InputFile<'_>> = files.iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
    let found = read(&inputs, &ReadOptions::default());
    assert_eq!(documents(&found), expected.documents, "{}", expected.case);
    let said = said(&found);
    for wanted in &expected.says {
        assert!(said.contains(wanted), "{}: {wanted:?} is not in {said}", expected.case);
    }
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => walk(&path, paths),
            false => paths.push(path),
        }
    }
}

fn documents(found: &Result<Imported, ImportError>) -> Vec<ExpectedDocument> {
    let Ok(imported) = found else { return Vec::new() };
    let document = |(at, document): (usize, &super::Document)| ExpectedDocument {
        name: document.name.clone(),
        labelled: document.labelled,
        entities: entities(imported, at),
    };
    imported.documents.iter().enumerate().map(document).collect()
}

/// Everything that a person is shown, a line each.
fn said(found: &Result<Imported, ImportError>) -> String {
    match found {
        Err(error) => error.to_string(),
        Ok(imported) => {
            let details = imported.files.iter().filter_map(|file| file.detail.clone());
            let problems = imported
                .problems
                .iter()
                .map(|problem| format!("{}:{}: {}", problem.file, problem.line.unwrap_or_default(), problem.message));
            details.chain(problems).collect::<Vec<_>>().join("\n")
        }
    }
}
