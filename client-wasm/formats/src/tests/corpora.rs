//! Import, tokens and tags on real corpora, where they lie beside the repository.

use std::fs;
use std::path::Path;

use super::super::{Format, InputFile, ReadOptions, read};
use fedner_text::labels::{LabelSet, document_to_tags, tags_to_spans};
use fedner_text::sentences;

/// Of a thousand entities, how many may cross an end of one of our sentences. A line of a corpus with a full stop in the
/// middle of an entity is cut there; all else must come through.
const DROPPED_PER_MILLE_MAX: usize = 1;

#[test]
fn real_corpora_come_through() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        println!("skipped: there are no corpora at {}", folder.display());
        return;
    }
    let mut files = 0;
    for site in fs::read_dir(&folder).expect("the corpora's folder can be read") {
        for part in ["train", "dev", "test"] {
            let path = site.as_ref().expect("an entry of the folder").path().join(format!("{part}.conll"));
            if path.is_file() {
                check(&path);
                files += 1;
            }
        }
    }
    assert!(files > 0, "no corpus in {}", folder.display());
}

fn check(path: &Path) {
    let bytes = fs::read(path).expect("a corpus can be read");
    let input = InputFile { name: &path.to_string_lossy(), bytes: &bytes };
    let imported = read(&[input], &ReadOptions::default()).expect("a corpus can be imported");
    let name = path.display();
    assert_eq!(imported.files[0].format, Format::Conll, "{name}");
    assert_eq!(imported.problems, [], "{name}");

    // Counted without the importer.
    let content = String::from_utf8(bytes).expect("a corpus is UTF-8");
    let begun = content.lines().filter(|line| line.contains("\tB-")).count();
    let marks = content.lines().filter(|line| line.starts_with("#doc ")).count();
    let entities: usize = imported.documents.iter().map(|document| document.spans.len()).sum();
    assert_eq!((entities, imported.documents.len()), (begun, marks), "{name}");

    let labels = LabelSet::new(imported.labels).expect("the types of a corpus make a label set");
    let (mut lines, mut found, mut dropped, mut kept) = (0, 0, 0, 0);
    for document in &imported.documents {
        let parts = sentences(&document.text);
        let encoded = document_to_tags(&labels, &parts, &document.spans);
        assert_eq!(encoded.widened(), 0, "{name}: no entity begins or ends within a token");
        for tags in &encoded.tags {
            kept += tags_to_spans(tags).len();
        }
        dropped += encoded.dropped();
        found += parts.len();
        lines += document.text.lines().count();
    }
    println!("{name}: {entities} entities, {dropped} dropped; {lines} sentences in the file, {found} ours");
    assert_eq!(kept + dropped, entities, "{name}: every entity is in the tags or counted");
    assert!(dropped * 1000 <= entities * DROPPED_PER_MILLE_MAX, "{name}: {dropped} of {entities} entities dropped");
}

/// Documents that no one here wrote, through every format that holds text and offsets, and back.
#[test]
fn raw_documents_come_back_exactly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/raw");
    if !folder.is_dir() {
        println!("skipped: there are no raw documents at {}", folder.display());
        return;
    }
    for (part, documents, discontinuous) in [("brat", 12, 2), ("pubtator", 10, 0)] {
        let mut paths: Vec<_> =
            fs::read_dir(folder.join(part)).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let files: Vec<_> = paths
            .iter()
            .map(|path| (path.to_string_lossy().into_owned(), fs::read(path).expect("a file can be read")))
            .collect();
        // Counted without the importer.
        let content: Vec<String> = files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
        let is_entity = |line: &&str| match part {
            "brat" => line.starts_with('T') && line.contains('\t'),
            _ => line.split('\t').nth(1).is_some_and(|start| start.parse::<usize>().is_ok()),
        };
        let entities = content.iter().flat_map(|text| text.lines()).filter(is_entity).count();
        let files: Vec<_> = files.iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
        let imported = read(&files, &ReadOptions::default()).expect("documents");
        let found: usize = imported.documents.iter().map(|document| document.spans.len()).sum();
        println!(
            "{part}: {} documents, {found} entities, {} problems",
            imported.documents.len(),
            imported.problems.len()
        );
        assert_eq!((imported.documents.len(), found), (documents, entities));
        let others = imported.problems.iter().filter(|problem| !problem.message.contains("aren't kept"));
        let others: Vec<&str> = others.map(|problem| problem.message.as_str()).collect();
        assert_eq!(others.len(), discontinuous, "{others:?}");
        assert!(others.iter().all(|message| message.contains("is discontinuous")), "{others:?}");
        let with_offsets = |format: &&Format| format.can_write() && !matches!(format, Format::Text | Format::Conll);
        for format in Format::ALL.iter().filter(with_offsets) {
            let again = super::there_and_back(*format, &imported.documents);
            for (before, after) in imported.documents.iter().zip(&again.documents) {
                assert_eq!(before.spans, after.spans, "{format}: {}", before.name);
                let in_line = |text: &str| text.replace('\n', " ");
                let same = match format {
                    Format::Pubtator => in_line(&before.text).trim_end() == in_line(&after.text).trim_end(),
                    _ => before.text == after.text,
                };
                assert!(same, "{format}: {}", before.name);
            }
            assert_eq!(again.documents.len(), documents);
            assert_eq!(again.problems, [], "{format}");
        }
    }
}
