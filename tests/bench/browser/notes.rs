//! Random notes with entities.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Words that are no entities.
pub const WORDS: [&str; 24] = [
    "patient",
    "reports",
    "since",
    "the",
    "last",
    "visit",
    "no",
    "daily",
    "dose",
    "of",
    "was",
    "stopped",
    "after",
    "severe",
    "both",
    "arms",
    "today",
    "continued",
    "examination",
    "unremarkable",
    "and",
    "with",
    "blood",
    "pressure",
];
const DRUGS: [&str; 4] = ["aspirin", "metformin", "ibuprofen", "ramipril"];
const EFFECTS: [&str; 4] = ["nausea", "headache", "rash", "dizziness"];

/// A note in CoNLL form; about every twelfth word is an entity, the others are as common as Zipf's law has them.
pub fn note(random: &mut ChaCha8Rng, words: &[impl AsRef<str>], name: &str, characters: usize) -> String {
    let mut text = format!("#doc {name}\n");
    let (mut written, mut count) = (0, 0);
    while written < characters {
        let (word, tag) = match random.random_range(0..24) {
            0 => (DRUGS[random.random_range(0..DRUGS.len())], "B-DRUG"),
            1 => (EFFECTS[random.random_range(0..EFFECTS.len())], "B-ADR"),
            _ => (words[(words.len() as f64).powf(random.random()) as usize - 1].as_ref(), "O"),
        };
        text.push_str(&format!("{word}\t{tag}\n"));
        written += word.len() + 1;
        count += 1;
        if count % 14 == 0 {
            text.push_str(".\tO\n\n");
        }
    }
    text + "\n"
}
