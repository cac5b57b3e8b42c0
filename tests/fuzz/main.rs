//! The decoders' targets over their corpus and over inputs made of it by chance: the same in every run.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod targets;

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::targets::{TARGETS, Target};

/// Random inputs for each target; another number is taken from [`INPUTS_VARIABLE`].
const INPUTS: u64 = 4000;
const INPUTS_VARIABLE: &str = "FEDNER_FUZZ_INPUTS";
/// Changes that make a random input of a known one, at most.
const CHANGES_MAX: usize = 6;
/// Longest piece that is copied or inserted.
const PIECE_MAX: usize = 64;
/// Bytes that mean something to one decoder or another.
const TELLING: &[u8] = b"\0\x01\x7f\x80\xff\"\\,;=[]{}:.PK\n";

/// What is known to reach far: the seeds, and what libFuzzer found.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target.name);
    let mut inputs = (target.seeds)();
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect();
    files.sort();
    inputs.extend(files.into_iter().map(|file| std::fs::read(file).unwrap()));
    inputs
}

fn changed(corpus: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut input = corpus[rng.random_range(0..corpus.len())].clone();
    for _ in 0..rng.random_range(1..=CHANGES_MAX) {
        let at = rng.random_range(0..=input.len());
        match rng.random_range(0..6) {
            0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
            1 if at < input.len() => input[at] = TELLING[rng.random_range(0..TELLING.len())],
            2 => input.insert(at, TELLING[rng.random_range(0..TELLING.len())]),
            3 => input.truncate(at),
            4 => {
                let end = (at + rng.random_range(0..PIECE_MAX)).min(input.len());
                input.drain(at..end);
            }
            _ => {
                let other = &corpus[rng.random_range(0..corpus.len())];
                let from = rng.random_range(0..=other.len());
                let piece = &other[from..(from + rng.random_range(0..PIECE_MAX)).min(other.len())];
                input.splice(at..at, piece.iter().copied());
            }
        }
    }
    input
}

#[test]
fn no_input_breaks_a_decoder() {
    let inputs = std::env::var(INPUTS_VARIABLE).map_or(INPUTS, |inputs| inputs.parse().expect("a number of inputs"));
    for target in TARGETS {
        let corpus = corpus(target);
        corpus.iter().for_each(|input| (target.run)(input));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for number in 0..inputs {
            let input = changed(&corpus, &mut rng);
            let outcome = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(outcome.is_ok(), "{}, input {number}: {:?}", target.name, String::from_utf8_lossy(&input));
        }
    }
}
