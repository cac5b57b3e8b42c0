//! The leak test: which words of a site's notes an update gives away to somebody who reads it with a dictionary.
//!
//! A word is taken for one of the site's if all rows of its form have moved by more than weight decay moves every row.

use std::collections::BTreeSet;

use fedner_protocol::{
    CodecError, FederationId, Manifest, ModelSpec, decode_masked_update, decode_update, unpack_numbers,
};
use serde::Serialize;

use crate::{features::FeatureHasher, participant::Protection};

/// So many times as far as weight decay alone moves a row.
const MOVED: f32 = 3.0;
/// Made-up words in the dictionary for each of the site's own.
const OTHERS_PER_WORD: usize = 4;
/// Fewest of them.
const OTHERS_MIN: usize = 5000;
/// Words of a report.
const NAMED_MAX: usize = 500;

/// An update as a server has it, and what of the model before it is public to the federation.
#[derive(Debug, Clone, PartialEq)]
pub struct SentUpdate {
    /// The federation.
    pub federation: FederationId,
    /// The round.
    pub round: u32,
    /// What keeps the server from reading it.
    pub protection: Protection,
    /// The very bytes that were sent.
    pub bytes: Vec<u8>,
    /// The federation's model.
    pub model: ModelSpec,
    /// Length of each row of the embedding table before training.
    pub row_norms: Vec<f32>,
}

/// What came of a leak test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "LeakReport"))]
pub struct LeakReport {
    /// The federation that the update was for.
    pub federation: String,
    /// The round.
    pub round: u32,
    /// What kept the server from reading it.
    pub protection: Protection,
    /// Different words of the site's notes in the attacker's dictionary.
    pub words: usize,
    /// Made-up words in it.
    pub others: usize,
    /// Of the site's words, those that the attacker names.
    pub named_words: usize,
    /// Of the made-up words, those that the attacker names.
    pub named_others: usize,
    /// Words of the site that are named, those first whose rows have moved most; at most 500 of them.
    pub named: Vec<String>,
}

/// Attacks an update with a dictionary of the site's own words and made-up ones.
///
/// # Errors
/// When the bytes are no update of the model.
pub fn leak_test(sent: &SentUpdate, words: &BTreeSet<String>) -> Result<LeakReport, CodecError> {
    let moves = Moves::new(&sent.model, &sent.row_norms, &read(sent)?);
    let mut named: Vec<(f32, &String)> = words.iter().map(|word| (moves.of_word(word), word)).collect();
    named.retain(|(moved, _)| *moved > MOVED);
    named.sort_by(|a, b| b.0.total_cmp(&a.0));
    let others = OTHERS_MIN.max(OTHERS_PER_WORD * words.len());
    // A hash function treats a made-up word as any other; a space keeps it from being somebody's.
    let named_others = (0..others).filter(|number| moves.of_word(&format!("word {number}")) > MOVED).count();
    Ok(LeakReport {
        federation: sent.federation.to_string(),
        round: sent.round,
        protection: sent.protection,
        words: words.len(),
        others,
        named_words: named.len(),
        named_others,
        named: named.into_iter().take(NAMED_MAX).map(|(_, word)| word.clone()).collect(),
    })
}

/// Length of each row of the embedding table in a shared module.
pub fn row_norms(model: &ModelSpec, shared: &[f32]) -> Vec<f32> {
    let rows = shared.chunks(model.embedding_width).take(model.rows_total());
    rows.map(|row| row.iter().map(|value| value * value).sum::<f32>().sqrt()).collect()
}

/// How far rows of the embedding table have moved, in units of what weight decay alone does.
pub struct Moves {
    hasher: FeatureHasher,
    hashes: usize,
    rows: Vec<f32>,
}

impl Moves {
    /// Of an update, given the rows' lengths before it.
    pub fn new(model: &ModelSpec, row_norms_before: &[f32], update: &[f32]) -> Self {
        let moved = row_norms(model, update);
        let pairs = row_norms_before.iter().zip(moved);
        let ratios: Vec<f32> = pairs.map(|(before, moved)| moved / before.max(f32::MIN_POSITIVE)).collect();
        // Weight decay moves all rows by one factor, and no update moves a row by less: a low quantile is that factor.
        let mut sorted = ratios.clone();
        sorted.sort_by(f32::total_cmp);
        let decay = sorted.get(sorted.len() / 20).copied().unwrap_or(1.0).max(f32::MIN_POSITIVE);
        let rows = ratios.into_iter().map(|ratio| ratio / decay).collect();
        Self { hasher: FeatureHasher::new(model), hashes: model.hashes, rows }
    }

    /// Of the rows of a word's form, that which has moved least: others may have moved for other words.
    pub fn of_word(&self, word: &str) -> f32 {
        // The first table is that of word forms.
        let rows = self.hasher.rows(std::iter::once(word)).into_iter().take(self.hashes);
        rows.map(|row| self.rows[row as usize]).fold(f32::INFINITY, f32::min)
    }

    /// Whether it is named.
    pub fn names(&self, word: &str) -> bool {
        self.of_word(word) > MOVED
    }
}

/// The update's values as an attacker takes them: of a masked one, each number for a value.
fn read(sent: &SentUpdate) -> Result<Vec<f32>, CodecError> {
    let manifest = Manifest::of(&sent.model);
    if sent.protection == Protection::None {
        return Ok(decode_update(&manifest, &sent.bytes)?.1);
    }
    let (header, packed) = decode_masked_update(&manifest, &sent.bytes)?;
    let wrong = || CodecError::Format("the masked numbers are not whole".to_owned());
    let numbers = unpack_numbers(&packed, manifest.parameters(), header.bits).ok_or_else(wrong)?;
    let half = 1_i64 << (header.bits - 1);
    let centred = |number: u32| {
        let number = i64::from(number);
        (if number >= half { number - 2 * half } else { number }) as f32
    };
    Ok(numbers.into_iter().map(centred).collect())
}

#[cfg(test)]
mod tests {
    use fedner_protocol::{Digest, MaskedHeader, UpdateHeader, encode_masked_update, encode_update, pack_numbers};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A few words' rows have moved, all others by weight decay.
    fn update(model: &ModelSpec, before: &[f32], words: &BTreeSet<String>) -> Vec<f32> {
        let mut update: Vec<f32> = before.iter().map(|value| value * 1e-3).collect();
        let hasher = FeatureHasher::new(model);
        for word in words {
            for row in hasher.rows(std::iter::once(word.as_str())) {
                let row = row as usize * model.embedding_width;
                update[row..row + model.embedding_width].iter_mut().for_each(|value| *value += 0.05);
            }
        }
        update
    }

    fn sent(model: &ModelSpec, before: &[f32], bytes: Vec<u8>, protection: Protection) -> SentUpdate {
        let (federation, model) = ("demo".parse().unwrap(), model.clone());
        SentUpdate { federation, round: 3, protection, bytes, row_norms: row_norms(&model, before), model }
    }

    #[test]
    fn a_plain_update_gives_its_words_away_and_a_masked_one_does_not() {
        let model = ModelSpec::default();
        let manifest = Manifest::of(&model);
        let before = manifest.draw(7);
        let words: BTreeSet<String> = (0..60).map(|n| format!("substance{n}")).collect();
        let header = UpdateHeader {
            federation: "demo".parse().unwrap(),
            round: 3,
            base_version: 2,
            base_model: Some(Digest::of(b"")),
            samples: 1,
            manifest: manifest.digest.clone(),
        };
        let bytes = encode_update(&manifest, &header, &update(&model, &before, &words)).unwrap();
        let plain = leak_test(&sent(&model, &before, bytes, Protection::None), &words).unwrap();
        assert_eq!((plain.named_words, plain.words, plain.others), (60, 60, 5000));
        assert!(plain.named_others < 10, "{plain:?}");

        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let numbers: Vec<u32> = (0..manifest.parameters()).map(|_| rng.random::<u32>() >> 21).collect();
        let header = MaskedHeader { update: header, attempt: 1, bits: 11 };
        let bytes = encode_masked_update(&header, &pack_numbers(&numbers, 11)).unwrap();
        let masked = Protection::Masked { sites_min: 3, sites: 3 };
        let masked = leak_test(&sent(&model, &before, bytes, masked), &words).unwrap();
        let rate = |named: usize, of: usize| named as f64 / of as f64;
        let (own, others) = (rate(masked.named_words, masked.words), rate(masked.named_others, masked.others));
        assert!((own - others).abs() < 0.1, "own words are named as often as made-up ones: {masked:?}");
    }
}
