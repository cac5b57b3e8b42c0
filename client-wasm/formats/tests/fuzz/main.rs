//! Fuzzes every reader with damaged files: none may panic, hang, take more memory than is stated, or give back what breaks
//! a document's rules; and what was taken in can be written in every format and read again.
//!
//! A few seconds by default; `FEDNER_FUZZ_MINUTES=10` for as long, `FEDNER_FUZZ_SEED` for other damage. A file that fails
//! is kept in `tests/testdata/formats`, which is tried first.

mod memory;
mod mutate;
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fedner_formats::limits::{LABELS_READ_MAX, PROBLEMS_TOTAL_MAX};
use fedner_formats::{Format, Imported, InputFile, OutputFile, archive, read, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many damaged files are tried where no time is given: a few seconds in an unoptimised build.
const CASES: u64 = 6_000;

/// After so long on one file the program is ended: something hangs. Far more than any takes on a busy machine.
const HANG: Duration = Duration::from_secs(300);

/// A file or a few that belong together.
pub type Case = Vec<OutputFile>;

/// How many cases were tried, so that a watcher can see when one takes too long.
static CASE: AtomicU64 = AtomicU64::new(0);

/// The case that is tried.
static CURRENT: Mutex<Case> = Mutex::new(Vec::new());

fn main() {
    let minutes = number("FEDNER_FUZZ_MINUTES");
    let seed = number("FEDNER_FUZZ_SEED").unwrap_or(1);
    watch();
    let kept = seeds::kept(&folder());
    println!("{} kept files", kept.len());
    for case in &kept {
        try_case(case, None);
    }
    memory::check_worst_cases();
    let seeds = seeds::all();
    let (mut random, begun, mut done, mut bytes) = (ChaCha8Rng::seed_from_u64(seed), Instant::now(), 0, 0);
    let mut slowest = (Duration::ZERO, 0);
    while minutes.map_or(done < CASES, |minutes| begun.elapsed() < Duration::from_secs(60 * minutes)) {
        let mut case = seeds[random.random_range(0..seeds.len())].clone();
        mutate::mutate(&mut case, &seeds, &mut random);
        // Asked for as a format, a file is read by readers that would not have recognised it.
        let format = (random.random_range(0..3) == 0).then(|| Format::ALL[random.random_range(0..Format::ALL.len())]);
        let start = Instant::now();
        try_case(&case, format);
        let size: usize = case.iter().map(|file| file.bytes.len()).sum();
        slowest = slowest.max((start.elapsed(), size));
        (done, bytes) = (done + 1, bytes + size);
    }
    println!(
        "seed {seed}: {done} damaged files of {bytes} bytes in all, {:.0} s; the slowest took {:.0} ms for {} bytes; memory at \
         most {:.1} times the bytes (of files over 64 KiB)",
        begun.elapsed().as_secs_f64(),
        slowest.0.as_secs_f64() * 1000.0,
        slowest.1,
        memory::highest()
    );
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not {value:?}")))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/formats")
}

/// Ends the program when one case takes too long.
fn watch() {
    std::thread::spawn(|| {
        loop {
            let before = CASE.load(Ordering::Relaxed);
            std::thread::sleep(HANG);
            if CASE.load(Ordering::Relaxed) == before {
                eprintln!("case {before} takes longer than {HANG:?}; {}", keep());
                std::process::exit(1);
            }
        }
    });
}

/// Tries a case; one that fails is kept, and ends the program.
fn try_case(case: &Case, format: Option<Format>) {
    *current() = case.clone();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(case, format))) {
        eprintln!("read as {format:?}; {}", keep());
        std::panic::resume_unwind(panic);
    }
    CASE.fetch_add(1, Ordering::Relaxed);
}

fn current() -> MutexGuard<'static, Case> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Saves the case that is tried as an archive.
fn keep() -> String {
    let path = folder().join(format!("found-{}.zip", CASE.load(Ordering::Relaxed)));
    let saved = archive::pack(&current()).map_err(|error| error.to_string());
    match saved.and_then(|bytes| std::fs::write(&path, bytes).map_err(|error| error.to_string())) {
        Ok(()) => format!("kept in {}", path.display()),
        Err(error) => format!("it could not be kept in {}: {error}", path.display()),
    }
}

fn check(case: &Case, format: Option<Format>) {
    let files: Vec<InputFile<'_>> =
        case.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    let Ok(imported) = memory::within_limits(&files, || read(&files, &format.into())) else { return };
    check_rules(&imported);
    // Every format in turn, chosen by the content so that a case always does the same.
    let writable: Vec<Format> = Format::ALL.iter().copied().filter(|format| format.can_write()).collect();
    let to = writable[imported.documents[0].text.len() % writable.len()];
    let written = write(to, &imported.documents);
    let files: Vec<InputFile<'_>> =
        written.files.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    if let Ok(again) = read(&files, &Some(to).into()) {
        check_rules(&again);
    }
}

/// What must hold of whatever was taken in.
fn check_rules(imported: &Imported) {
    assert!(!imported.documents.is_empty(), "no document");
    assert!(imported.problems.len() <= PROBLEMS_TOTAL_MAX + 1, "{} problems", imported.problems.len());
    assert!(imported.labels.len() <= LABELS_READ_MAX, "{} labels", imported.labels.len());
    let counted: usize = imported.files.iter().map(|file| file.documents).sum();
    assert_eq!(counted, imported.documents.len(), "documents by file");
    for document in &imported.documents {
        assert!(!document.text.trim().is_empty() && !document.name.is_empty(), "{document:?}");
        let chars = document.text.chars().count();
        for span in &document.spans {
            assert!(span.start < span.end && span.end <= chars, "{span:?} of {chars} chars");
            assert!(imported.labels.contains(&span.label), "{span:?}");
        }
        let key = |at: usize| (document.spans[at].start, document.spans[at].end, &document.spans[at].label);
        assert!((1..document.spans.len()).all(|at| key(at - 1) < key(at)), "order of {:?}", document.spans);
    }
}
