//! Files that hold no notes, or hold them in a form that isn't read here: what they are, and what to do.

use super::lines::{base, ends_with, lines, stem};
use super::{FileError, InputFile, OutputFile};

/// What brat keeps beside the documents.
const BRAT_CONFIGURATION: &[&str] = &["annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf"];

/// Names, without an ending, of files that describe a corpus.
const ABOUT: &[&str] = &[
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "changelog",
    "changes",
    "authors",
    "contributing",
    "citation",
];

/// Endings that files about a corpus have, beside none.
const ABOUT_ENDINGS: &[&str] = &["txt", "md", "rst", "html", "cff"];

/// First bytes of files that aren't text, what they are and what to do.
const FIRST_BYTES: &[(&[u8], &str, &str)] = &[
    (b"%PDF-", "a PDF document", "copy its text into a .txt file, or convert it with pdftotext"),
    (b"{\\rtf", "an RTF document", "open it in a word processor and save it as plain text (.txt, UTF-8)"),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old Word or Excel document",
        "save it as plain text (.txt, UTF-8) or CSV",
    ),
    (b"\x89PNG", "an image", "choose the text, not a picture of it"),
    (b"\xFF\xD8\xFF", "an image", "choose the text, not a picture of it"),
    (b"GIF8", "an image", "choose the text, not a picture of it"),
    (b"II*\0", "an image", "choose the text, not a picture of it"),
    (b"MM\0*", "an image", "choose the text, not a picture of it"),
    (b"SQLite format 3\0", "an SQLite database", "export its notes, for instance as JSON lines"),
    (b"PAR1", "a Parquet table", "convert it: pandas.read_parquet(…).to_json(…, orient=\"records\", lines=True)"),
    (b"ARROW1", "an Arrow table", "convert it: datasets.Dataset.from_file(…).to_json(…)"),
    (b"\x80\x04\x95", "a Python pickle", "save its documents as JSON lines"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it and choose the files in it, or pack them as .zip"),
    (b"Rar!", "a RAR archive", "unpack it and choose the files in it, or pack them as .zip"),
    (b"BZh", "a bzip2 archive", "unpack it and choose the files in it, or pack them as .zip or .tar.gz"),
    (b"\xFD7zXZ\0", "an xz archive", "unpack it and choose the files in it, or pack them as .zip or .tar.gz"),
    (
        b"\x28\xB5\x2F\xFD",
        "a Zstandard archive",
        "unpack it and choose the files in it, or pack them as .zip or .tar.gz",
    ),
    (b"\x7FELF", "a program", "choose files of notes"),
    (b"MZ\x90\0", "a program", "choose files of notes"),
];

/// How a spaCy DocBin becomes JSON lines.
const DOCBIN_ADVICE: &str = "convert it with spaCy: python -c \"import sys, json, spacy; from spacy.tokens import DocBin; \
     [print(json.dumps({'text': d.text, 'entities': [[e.start_char, e.end_char, e.label_] for e in d.ents]})) for d in \
     DocBin().from_disk(sys.argv[1]).get_docs(spacy.blank('en').vocab)]\" train.spacy > train.jsonl";

/// Files that systems and tools add of their own, and none that people mean.
pub(super) fn is_hidden(name: &str) -> bool {
    base(name).starts_with('.') || name.split(['/', '\\']).any(|folder| folder == "__MACOSX")
}

/// Why a file among others isn't a note, though it could be read as one; none where it may be one.
pub(super) fn beside_the_notes(input: &InputFile<'_>) -> Option<&'static str> {
    let is_view = || input.bytes.trim_ascii_start().starts_with(b"<View") && ends_with(input.name, &["xml"]);
    if BRAT_CONFIGURATION.contains(&base(input.name)) || is_view() {
        // Written beside the notes by this program, too: nothing to say.
        return Some("");
    }
    is_about(input.name).then_some("describes the others and isn't a note; choose it alone as plain text if it is one")
}

fn is_about(name: &str) -> bool {
    let plain = !base(name).contains('.') || ends_with(name, ABOUT_ENDINGS);
    plain && ABOUT.contains(&stem(name).to_lowercase().as_str())
}

/// What a file is by its first bytes; none where it may be text or an archive that is opened.
pub(super) fn by_first_bytes(input: &InputFile<'_>) -> Option<FileError> {
    let bytes = input.bytes;
    if is_zlib(bytes) {
        let what = "a spaCy DocBin (.spacy)";
        return Some(FileError::Foreign { what: what.to_owned(), advice: DOCBIN_ADVICE.to_owned() });
    }
    let (_, what, advice) = FIRST_BYTES.iter().find(|(first, ..)| bytes.starts_with(first))?;
    Some(FileError::Foreign { what: (*what).to_owned(), advice: (*advice).to_owned() })
}

/// A zlib stream by its header: deflate with a window up to 32 KiB, and the check of both bytes.
fn is_zlib(bytes: &[u8]) -> bool {
    // What begins so and is text ("x^…") has a second byte below 0x80 in common use only for level 0 and 1.
    matches!(bytes, [0x78, 0x01 | 0x9C | 0xDA, ..]) && bytes.iter().take(64).any(|byte| *byte == 0 || *byte >= 0x80)
}

/// Whether the files of a zip archive are the parts of one office document.
pub(super) fn office_document(files: &[OutputFile]) -> Option<FileError> {
    let has = |name: &str| files.iter().any(|file| file.name == name);
    let (what, advice) = if has("word/document.xml") {
        ("a Word document", "save it as plain text (.txt, UTF-8) and choose that")
    } else if has("xl/workbook.xml") {
        ("an Excel workbook", "save the sheet as CSV (UTF-8) and choose that")
    } else if has("ppt/presentation.xml") {
        ("a PowerPoint document", "save its text as plain text (.txt, UTF-8) and choose that")
    } else if has("mimetype") && has("content.xml") {
        ("an OpenDocument file", "save it as plain text (.txt, UTF-8) or CSV and choose that")
    } else if files.iter().any(|file| ends_with(&file.name, &["xmi"])) && has("TypeSystem.xml") {
        ("an INCEpTION or WebAnno export as UIMA CAS XMI", "export it as WebAnno TSV 3 and choose that")
    } else {
        return None;
    };
    Some(FileError::Foreign { what: what.to_owned(), advice: advice.to_owned() })
}

/// What a text that no reader fits seems to be.
pub(super) fn by_content(name: &str, text: &str) -> FileError {
    let (what, advice) = content(name, text);
    FileError::Foreign { what, advice: advice.to_owned() }
}

fn content(name: &str, text: &str) -> (String, &'static str) {
    let start = text.trim_start();
    let is = |what: &str| what.to_owned();
    if start.starts_with('<') {
        let lower: String = start.chars().take(2000).collect::<String>().to_lowercase();
        if lower.contains("<xmi:xmi") || lower.contains("<cas") {
            return (is("UIMA CAS XMI"), "export it as WebAnno TSV 3 and choose that");
        }
        if lower.starts_with("<!doctype html") || lower.contains("<html") {
            return (is("an HTML page"), "save its text as plain text (.txt, UTF-8) and choose that");
        }
        return (is("XML, but not BioC's"), "convert it to a format that is read here, such as BioC XML or JSON lines");
    }
    if start.starts_with(['{', '[']) && looks_like_json(start) {
        let names = top_names(text);
        let of = if names.is_empty() { String::new() } else { format!(" (its records hold {names})") };
        let what = format!("JSON in no form that is known here{of}");
        return (
            what,
            "what is read is JSON of doccano, Label Studio, spaCy, Prodigy, BioC or PubAnnotation; a record needs \"text\"",
        );
    }
    if ends_with(name, &["json", "jsonl", "ndjson"]) {
        return (is("named as JSON, but isn't JSON"), "check how it was saved");
    }
    let first_lines = || lines(text).map(|(_, line)| line).filter(|line| !line.trim().is_empty()).take(200);
    let count = |wanted: fn(&str) -> bool| first_lines().filter(|line| wanted(line)).count();
    let all = first_lines().count();
    let mostly = |wanted: fn(&str) -> bool| 4 * count(wanted) >= 3 * all;
    if mostly(|line| line.split('\t').count() == 10 || line.starts_with("# ")) && count(|line| line.contains('\t')) > 0
    {
        return (
            is("CoNLL-U without entities"),
            "what is read is CoNLL with a tag such as B-DRUG in a column, or in the last one as Tag=B-DRUG",
        );
    }
    if text.starts_with("#begin document") {
        return (is("CoNLL-2012 with entities in brackets"), "convert it to one tag a line, such as B-DRUG");
    }
    if mostly(is_brat_line) {
        return (
            is("brat or BioNLP annotations"),
            "choose it together with its text, with the same name and the endings .ann (or .a1, .a2) and .txt",
        );
    }
    if mostly(|line| line.starts_with("c=\"") && line.contains("||")) {
        return (
            is("i2b2 annotations"),
            "choose the concepts (.con) together with their texts (.txt); other kinds aren't read",
        );
    }
    (is("a table of data and not a note"), "choose the format of the file; of a table name the column with the text")
}

/// Whether a text is nothing but annotations of another, in brat's or i2b2's form.
pub(super) fn is_annotations(text: &str) -> bool {
    let all = || lines(text).map(|(_, line)| line).filter(|line| !line.trim().is_empty());
    let is_i2b2 = |line: &str| line.starts_with("c=\"") && line.contains("||");
    all().next().is_some() && all().all(|line| is_brat_line(line) || is_i2b2(line))
}

/// Whether a line is one of brat's: `T1<TAB>…`, `E1<TAB>…` and so on.
pub(super) fn is_brat_line(line: &str) -> bool {
    let Some(rest) = line.strip_prefix(['T', 'E', 'R', 'A', 'M', 'N', '#', '*']) else { return false };
    let Some((number, rest)) = rest.split_once('\t') else { return false };
    number.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty()
}

/// Whether a text that begins with a bracket goes on as JSON does; a note may begin with one, too.
pub(super) fn looks_like_json(text: &str) -> bool {
    let rest = text[1..].trim_start();
    match text.as_bytes().first() {
        Some(b'{') => rest.starts_with(['"', '}']),
        _ => rest.starts_with(['{', '[', '"', ']']) || rest.starts_with(|c: char| c.is_ascii_digit() || c == '-'),
    }
}

/// The names that the first record holds, for a message.
fn top_names(text: &str) -> String {
    const NAMES_MAX: usize = 6;
    let Some(record) = super::json::first_record(text) else { return String::new() };
    let names: Vec<String> = record.members().take(NAMES_MAX).map(|(name, _)| super::lines::quoted(&name)).collect();
    names.join(", ")
}

/// Whether the lines of a text are rows of a table: tabs part most lines into the same number of columns.
pub(super) fn looks_like_table(text: &str) -> bool {
    const LINES: usize = 200;
    const LINES_MIN: usize = 3;
    let columns: Vec<usize> = lines(text)
        .map(|(_, line)| line)
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .map(|line| line.split('\t').count())
        .collect();
    let Some(most) = columns
        .iter()
        .copied()
        .filter(|count| *count > 1)
        .max_by_key(|count| columns.iter().filter(|other| *other == count).count())
    else {
        return false;
    };
    let same = columns.iter().filter(|count| **count == most).count();
    columns.len() >= LINES_MIN && 4 * same >= 3 * columns.len()
}
