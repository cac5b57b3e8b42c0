//! Archives: opened, made, and kept within limits.

use super::super::archive::{UnpackError, pack};
use super::super::limits::{ARCHIVE_BYTES_FREE, ARCHIVE_RATIO_MAX};
use super::super::{FileError, Format, InputFile, OutputFile, ReadOptions, bundle, read, write};
use super::{document, entities, names, pair};

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> OutputFile {
    OutputFile { name: name.to_owned(), bytes: bytes.into() }
}

fn refusal(bytes: &[u8]) -> FileError {
    read(&[InputFile { name: "a.zip", bytes }], &ReadOptions::default()).expect_err("nothing to take in").error
}

#[test]
fn files_in_an_archive_belong_together() {
    let inner = pack(&[file("x.txt", "x")]).expect("an archive");
    let archive = pack(&[
        file("c/1.ann", "T1\tX 0 3\tone\n"),
        file("c/1.txt", "one two"),
        file("__MACOSX/c/._1.txt", "\0"),
        file(".DS_Store", "\0"),
        file("annotation.conf", "[entities]\nX\n"),
        file("inner.zip", inner),
        file("bad.txt", b"\xFF".to_vec()),
        file("d.conll", "a\tB-Y\n"),
    ]);
    let archive = archive.expect("an archive");
    let files = [InputFile { name: "a.zip", bytes: &archive }, InputFile { name: "b.txt", bytes: b"b" }];
    let imported = read(&files, &ReadOptions::default()).expect("notes");
    assert_eq!(names(&imported), ["1", "d 1–1", "b"]);
    assert_eq!((entities(&imported, 0), entities(&imported, 1)), (vec![pair("X", "one")], vec![pair("Y", "a")]));
    let reports: Vec<_> = imported.files.iter().map(|f| (&*f.name, f.format)).collect();
    let expected = [("a.zip/c/1.txt", Format::Brat), ("a.zip/d.conll", Format::Conll), ("b.txt", Format::Text)];
    assert_eq!(reports, expected);
    let problems: Vec<&str> = imported.problems.iter().map(|p| &*p.file).collect();
    assert_eq!(problems, ["a.zip/inner.zip", "a.zip/bad.txt"]);
}

#[test]
fn bombs_and_damage_are_refused() {
    let bomb = pack(&[file("a.txt", vec![b'a'; 2 * ARCHIVE_BYTES_FREE])]).expect("an archive");
    assert!(bomb.len() * ARCHIVE_RATIO_MAX < 2 * ARCHIVE_BYTES_FREE, "{} bytes", bomb.len());
    assert_eq!(refusal(&bomb), FileError::Archive(UnpackError::TooLarge { bytes: bomb.len() }));
    // Many small ones count together.
    let many: Vec<OutputFile> =
        (0..64).map(|n| file(&format!("{n}.txt"), vec![b'a'; ARCHIVE_BYTES_FREE / 32])).collect();
    assert!(matches!(refusal(&pack(&many).expect("an archive")), FileError::Archive(UnpackError::TooLarge { .. })));
    let small = pack(&[file("a.txt", vec![b'a'; ARCHIVE_BYTES_FREE])]).expect("an archive");
    assert!(read(&[InputFile { name: "a.zip", bytes: &small }], &ReadOptions::default()).is_ok());
    assert!(matches!(refusal(&small[..small.len() / 2]), FileError::Archive(UnpackError::Damaged { .. })));
    assert_eq!(refusal(&pack(&[]).expect("an archive")), FileError::ArchiveWithout("without a file"));
    // A wrong checksum is found, and the other file read.
    let mut damaged = pack(&[file("a.txt", "aaaa"), file("b.txt", "bbbb")]).expect("an archive");
    let header = damaged.windows(4).rposition(|window| window == b"PK\x01\x02").expect("a directory");
    damaged[header + 16] ^= 1;
    let imported = read(&[InputFile { name: "a.zip", bytes: &damaged }], &ReadOptions::default()).expect("one note");
    assert_eq!((names(&imported), imported.problems.len()), (vec!["a"], 1));
}

#[test]
fn one_file_is_saved_as_it_is_and_several_as_an_archive() {
    let documents = [document("a", "x", &[(0, 1, "X")]), document("b", "y", &[])];
    let expected = [
        (Format::Text, "notes-text.zip", "application/zip"),
        (Format::Conll, "notes.conll", "text/plain;charset=utf-8"),
        (Format::Brat, "notes-brat.zip", "application/zip"),
        (Format::Doccano, "notes-doccano.jsonl", "application/jsonl"),
        (Format::LabelStudio, "notes-label-studio.zip", "application/zip"),
        (Format::Spacy, "notes-spacy.jsonl", "application/jsonl"),
        (Format::BiocXml, "notes-bioc.xml", "application/xml"),
        (Format::BiocJson, "notes-bioc.json", "application/json"),
        (Format::Pubtator, "notes.pubtator", "text/plain;charset=utf-8"),
        (Format::Pubannotation, "notes-pubannotation.json", "application/json"),
    ];
    let written: Vec<Format> = Format::ALL.iter().copied().filter(|format| format.can_write()).collect();
    assert_eq!(expected.map(|(format, ..)| format).to_vec(), written);
    for (format, name, media_type) in expected {
        let saved = bundle(format, write(format, &documents)).expect("a file");
        assert_eq!((saved.file.name.as_str(), saved.media_type), (name, media_type));
        let again = read(&[InputFile { name, bytes: &saved.file.bytes }], &ReadOptions::default()).expect("notes");
        assert_eq!((again.documents.len(), again.problems.len()), (2, 0), "{format}: {:?}", again.problems);
        assert_eq!(saved, bundle(format, write(format, &documents)).expect("a file"), "the same bytes");
    }
}
