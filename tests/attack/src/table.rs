//! All attacks, with and without each protection.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use fedner_core::corpus::Corpus;
use fedner_core::leak::{Moves, row_norms};
use fedner_core::text::sentences;
use fedner_protocol::ModelSpec;
use fedner_tests::participant::NotesFile;
use std::path::Path;

use crate::dictionary::{Success, read_words};
use crate::membership::area;
use crate::neighbour::relative_error;
use crate::observation::{Site, Tables, as_int8, as_masked, first_version, mean, train};

/// The demo hospitals of the page's sample notes.
pub const HOSPITALS: [&str; 3] = ["north", "riverside", "lakeside"];
/// Seed of version 0; see [`train`].
const FIRST_SEED: u64 = 2020;

/// What an attacker has of a site's update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// The update, a byte a value.
    Nothing,
    /// The masked update, and no answer of the others: what the server has of one site.
    Masked,
    /// The sum of three sites: what the server has in the end of a round with secure aggregation.
    Sum,
}

/// One line of the table.
#[derive(Debug)]
pub struct Line {
    /// The model's tables.
    pub tables: Tables,
    /// What the attacker has.
    pub protection: Protection,
    /// Attack (a).
    pub words: Success,
    /// Attack (c): area under the curve; 0.5 is chance.
    pub membership: f64,
}

/// A hospital's notes as an attack needs them.
pub struct Hospital {
    /// For training.
    pub corpus: Corpus,
    /// Lower-cased words of each sentence, of those trained on and of those held out.
    trained: Vec<Vec<String>>,
    held_out: Vec<Vec<String>>,
}

impl Hospital {
    /// The page's sample notes of a hospital.
    ///
    /// # Panics
    /// When they are not there.
    pub fn of_the_demo(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/samples").join(name);
        let words = |file: &str| -> Vec<Vec<String>> {
            let notes = NotesFile::read(&folder.join(file), file == "held-out.conll", usize::MAX).notes;
            notes.iter().flat_map(|note| words_of(&note.text)).collect()
        };
        let (trained, held_out) = (words("train.conll"), words("held-out.conll"));
        Self { corpus: fedner_tests::participant::sample_corpus(name), trained, held_out }
    }
}

fn words_of(text: &str) -> Vec<Vec<String>> {
    let words = |sentence: &fedner_core::text::Sentence| {
        sentence.tokens.iter().map(|token| token.text(text).to_lowercase()).collect()
    };
    sentences(text).iter().map(words).collect()
}

/// Attacks (a) and (c) on the update of the first hospital, trained on so many sentences.
///
/// # Errors
/// When training fails.
pub fn lines(tables: Tables, hospitals: &[Hospital], sentences: usize, seed: u64) -> Result<Vec<Line>> {
    ensure!(hospitals.len() >= 3, "three hospitals are needed");
    let (model, victim) = (tables.model(), &hospitals[0]);
    let sites = hospitals.iter().zip(seed..).map(|(hospital, seed)| train(&model, &hospital.corpus, sentences, seed));
    let sites = sites.collect::<Result<Vec<Site>>>()?;
    let update = &sites[0].update;
    let all: Vec<&Site> = sites.iter().collect();
    let seen = [
        (Protection::Nothing, as_int8(&model, update, seed)?),
        (Protection::Masked, as_masked(&model, update, seed as u8)?),
        (Protection::Sum, mean(&all)),
    ];
    Ok(seen
        .into_iter()
        .map(|(protection, seen)| line((tables, protection), &model, hospitals, (victim, sentences), &seen))
        .collect())
}

fn line(
    (tables, protection): (Tables, Protection),
    model: &ModelSpec,
    hospitals: &[Hospital],
    (victim, sentences): (&Hospital, usize),
    seen: &[f32],
) -> Line {
    let trained = &victim.trained[..sentences.min(victim.trained.len())];
    let mut own = BTreeMap::new();
    for word in trained.iter().flatten() {
        *own.entry(word.clone()).or_insert(0) += 1;
    }
    let everything = hospitals.iter().flat_map(|hospital| hospital.trained.iter().chain(&hospital.held_out).flatten());
    let dictionary: BTreeSet<String> = everything.cloned().chain(decoys()).collect();
    let before = first_version(model, FIRST_SEED);
    let words = read_words(model, &before, seen, &dictionary, &own);
    let membership = area(&Moves::new(model, &row_norms(model, &before), seen), trained, &victim.held_out);
    Line { tables, protection, words, membership }
}

/// Word forms that stand in nobody's notes, so that a dictionary is mostly of words that are not there.
fn decoys() -> impl Iterator<Item = String> {
    (0..5000).map(|number| format!("decoy{number}"))
}

/// Attack (d) for rounds of two and of three sites: how far off the guess of a neighbour's update is.
///
/// # Errors
/// When training fails.
pub fn neighbours(tables: Tables, hospitals: &[Hospital], sentences: usize, seed: u64) -> Result<(f64, f64)> {
    let model = tables.model();
    let sites = hospitals.iter().zip(seed..).map(|(hospital, seed)| train(&model, &hospital.corpus, sentences, seed));
    let sites = sites.collect::<Result<Vec<Site>>>()?;
    let all: Vec<&Site> = sites.iter().collect();
    let before = first_version(&model, FIRST_SEED);
    Ok((relative_error(&before, &all[..2]), relative_error(&before, &all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_succeed_without_protection_and_masks_bring_them_to_chance() {
        let hospitals = HOSPITALS.map(Hospital::of_the_demo);
        let lines = lines(Tables::Whole, &hospitals, 48, 1).unwrap();
        let of = |protection| lines.iter().find(|line| line.protection == protection).unwrap();
        let plain = of(Protection::Nothing);
        assert!(plain.words.recall > 0.9, "{plain:?}");
        assert!(plain.words.precision > 3.0 * plain.words.chance, "{plain:?}");
        let masked = of(Protection::Masked);
        assert!((masked.words.precision - masked.words.chance).abs() < 0.1, "{masked:?}");
        assert!((masked.membership - 0.5).abs() < 0.1, "{masked:?}");
        assert!(masked.words.counts.abs() < 0.25, "{masked:?}");
    }

    #[test]
    fn a_neighbour_is_read_exactly_in_a_round_of_two_and_not_in_one_of_three() {
        let hospitals = HOSPITALS.map(Hospital::of_the_demo);
        let (two, three) = neighbours(Tables::Tenth, &hospitals, 32, 1).unwrap();
        assert!(two < 1e-3, "{two}");
        assert!(three > 0.3, "{three}");
    }
}
