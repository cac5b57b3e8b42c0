//! Counts the memory that reading takes, and holds it to what is stated.

use std::sync::atomic::{AtomicU64, Ordering};

use fedner_formats::limits::{MEMORY_FREE, MEMORY_MULTIPLE};
use fedner_formats::{InputFile, ReadOptions, archive, read};
use peak_alloc::PeakAlloc;

use super::CASE;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The highest multiple seen, in thousandths.
static HIGHEST: AtomicU64 = AtomicU64::new(0);

/// Files below this say nothing about a multiple.
const LARGE: usize = 64 * 1024;

/// How large the files are that would take the most memory.
const WORST_BYTES: usize = 512 * 1024;

/// Runs a reading, which may take so much memory and no more; of archives the bytes that come out count.
pub fn within_limits<T>(files: &[InputFile<'_>], work: impl FnOnce() -> T) -> T {
    let is_archive = |file: &InputFile<'_>| archive::is_archive(file.bytes);
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = work();
    let taken = MEMORY.peak_usage().saturating_sub(before);
    if !files.iter().any(is_archive) {
        assert!(taken <= MEMORY_MULTIPLE * bytes + MEMORY_FREE, "{taken} bytes of memory for {bytes} bytes");
        if bytes >= LARGE {
            HIGHEST.fetch_max((taken * 1000 / bytes) as u64, Ordering::Relaxed);
        }
    }
    done
}

/// The highest multiple of the bytes seen.
pub fn highest() -> f64 {
    HIGHEST.load(Ordering::Relaxed) as f64 / 1000.0
}

/// Files made of the shortest pieces that a reader remembers, many times over.
pub fn check_worst_cases() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("documents.conll", "", "#doc\na\tB\n", ""),
        ("entities.conll", "", "a\tB\n", ""),
        ("sentences.conll", "", "a\tB\n\n", ""),
        ("problems.conll", "a\tO\n", "b\n", ""),
        ("labels.conll", "", "a\tB-X\u{e9}\n", ""),
        ("records.jsonl", "{\"text\":\"a\"}\n", "0\n", ""),
        ("open.jsonl", "{\"text\":\"a\"}\n", "{\n", ""),
        ("texts.jsonl", "", "{\"text\":\"a\"}\n", ""),
        ("triples.jsonl", "{\"text\":\"ab\",\"label\":[", "[0,1,\"a\"],", "[0,1,\"a\"]]}"),
        ("zeros.jsonl", "{\"text\":\"ab\",\"label\":[", "0,", "0]}"),
        ("nested.jsonl", "{\"text\":\"a\",\"label\":", "[", ""),
        ("tasks.json", "[{\"data\":{\"text\":\"a\"}}", ",{\"data\":{\"text\":\"a\"}}", "]"),
        (
            "regions.json",
            "[{\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[",
            "{\"value\":{\"start\":0,\"end\":1,\"labels\":[\"a\"]}},",
            "0]}]}]",
        ),
        (
            "labels.json",
            "[{\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[{\"value\":{\"start\":0,\"end\":1,\"labels\":[\"a\"",
            ",\"a\"",
            "]}}]}]}]",
        ),
        ("bioc.json", "{\"documents\":[{\"passages\":[{\"text\":\"a\"}", ",{\"text\":\"a\"}", "]}]}"),
        (
            "pieces.json",
            "{\"documents\":[{\"passages\":[{\"text\":\"a\",\"annotations\":[{\"locations\":[{\"offset\":0,\"length\":1}",
            ",{\"offset\":0,\"length\":1}",
            "]}]}]}]}",
        ),
        ("elements.xml", "<collection><document><passage><text>a</text></passage></document>", "<a>", ""),
        ("passages.xml", "<collection><document>", "<passage><text>a</text></passage>", "</document></collection>"),
        (
            "annotations.xml",
            "<collection><document><passage><text>a</text>",
            "<annotation><location offset='0' length='1'/></annotation>",
            "</passage></document></collection>",
        ),
        ("titles.pubtator", "", "1|t|a\n", ""),
        ("entities.pubtator", "1|t|a\n", "1\t0\t1\ta\tb\n", ""),
        ("strays.pubtator", "1|t|a\n", "2\t0\t1\ta\tb\n", ""),
        ("marks.txt", "", "\u{1f48a}\r\n", ""),
        ("piped.conll", "", "a|B-X ", ""),
        ("columns.conll", "", "a\tB-X\tB-Y\n", ""),
        ("documents.tsv", "", "a\t1\tb\tB-X\n", ""),
        ("keys.conllu", "1\ta\tT=B-X\n", "1\ta\tT=B-X|\n", ""),
        ("rows.csv", "text,b\n", "a,\n", ""),
        ("spans.csv", "text,start,end,label\n", "ab,0,1,X\n", ""),
        (
            "denotations.json",
            "{\"text\":\"ab\",\"denotations\":[",
            "{\"span\":{\"begin\":0,\"end\":1},\"obj\":\"a\"},",
            "0]}",
        ),
        ("tokens.tsv", "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.N|value\n\n#Text=a\n", "1-1\t0-1\ta\tX[1]\n", ""),
        ("sentences.tsv", "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.N|value\n", "#Text=a\n1-1\t0-1\ta\tX\n", ""),
        ("words.jsonl", "", "{\"tokens\":[\"a\"],\"tags\":[\"B-X\"]}\n", ""),
    ];
    for (name, head, piece, tail) in cases {
        let content = format!("{head}{}{tail}", piece.repeat(WORST_BYTES / piece.len()));
        let files = [InputFile { name, bytes: content.as_bytes() }];
        // That it is refused or taken in is tested elsewhere.
        let _ = within_limits(&files, || read(&files, &ReadOptions::default()));
        CASE.fetch_add(1, Ordering::Relaxed);
    }
    let annotations = "T1\tX 0 1\n".repeat(WORST_BYTES / 9);
    let pieces = format!("T1\tX 0 1{}\n", ";0 1".repeat(WORST_BYTES / 4));
    for annotations in [annotations, pieces] {
        let files =
            [InputFile { name: "a.txt", bytes: b"ab" }, InputFile { name: "a.ann", bytes: annotations.as_bytes() }];
        let _ = within_limits(&files, || read(&files, &ReadOptions::default()));
    }
    let concepts = "c=\"a\" 1:0 1:0||t=\"X\"\n".repeat(WORST_BYTES / 24);
    let files = [InputFile { name: "a.txt", bytes: b"a" }, InputFile { name: "a.con", bytes: concepts.as_bytes() }];
    let _ = within_limits(&files, || read(&files, &ReadOptions::default()));
    println!("worst cases: memory at most {:.1} times the bytes", highest());
}
