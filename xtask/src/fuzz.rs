//! The decoders of bytes from outside under libFuzzer: `tests/fuzz/targets.rs`, built by the nightly toolchain with
//! counters of what is reached.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{self, clean};
use crate::workspace::Workspace;

/// Where the package and the corpora are.
const FOLDER: &str = "tests/fuzz";
/// Counters at every edge, and bounds checked by AddressSanitizer.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Zsanitizer=address --cfg fuzzing";
/// Flags may differ for build scripts only where a target is named.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Largest input, in bytes; the largest valid update of the small model has about as many.
const INPUT_BYTES_MAX: u32 = 64 << 10;

/// Looks for inputs that break a decoder, for so many minutes. What reaches new code is added to its corpus in the
/// target folder; an input that breaks it is left there and named.
pub fn decoder(workspace: &Workspace, name: &str, minutes: u64) -> Result<()> {
    let known = workspace.root.join(FOLDER).join("corpus").join(name);
    let work = workspace.target.join("fuzz").join(name);
    fs::create_dir_all(&work).with_context(|| format!("can't make {}", work.display()))?;
    let manifest = workspace.root.join(FOLDER).join("libfuzzer/Cargo.toml");
    let built = workspace.target.join("fuzz/build");
    let mut cargo = clean("cargo");
    cargo.args(["+nightly", "run", "--release", "--target", TARGET, "--manifest-path"]).arg(manifest);
    cargo.arg("--target-dir").arg(built).env("RUSTFLAGS", RUSTFLAGS);
    cargo.env("FEDNER_FUZZ_TARGET", name).env("FEDNER_FUZZ_SEEDS", &work).arg("--").arg(&work);
    if Path::new(&known).is_dir() {
        cargo.arg(&known);
    }
    cargo.arg(format!("-max_total_time={}", minutes * 60)).arg(format!("-max_len={INPUT_BYTES_MAX}"));
    cargo.arg(format!("-artifact_prefix={}/", work.display()));
    process::run(&mut cargo).with_context(|| format!("the decoder {name} broke, or there is none: {}", work.display()))
}
