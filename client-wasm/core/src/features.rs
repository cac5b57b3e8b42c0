//! Token features, hashed with fixed public functions: every site addresses the same rows, and no
//! vocabulary is ever built or exchanged.

use fedner_protocol::{Feature, ModelSpec};
use twox_hash::XxHash3_64;

/// Runs of the same character class in a shape are cut at this length.
pub(crate) const SHAPE_RUN_MAX: usize = 4;
/// Hashed instead of the word form where it is hidden; no token contains white space.
const HIDDEN_FORM: &str = " ";

/// Maps tokens to rows of the embedding table.
#[derive(Debug, Clone)]
pub struct FeatureHasher {
    tables: Vec<Table>,
    hashes: usize,
    hash_seed: u32,
}

#[derive(Debug, Clone)]
struct Table {
    feature: Feature,
    first_row: usize,
    rows: usize,
}

impl FeatureHasher {
    /// The hasher of a model specification.
    pub fn new(spec: &ModelSpec) -> Self {
        let mut first_row = 0;
        let tables = spec.features.iter().map(|t| {
            let table = Table { feature: t.feature, first_row, rows: t.rows };
            first_row += t.rows;
            table
        });
        Self { tables: tables.collect(), hashes: spec.hashes, hash_seed: spec.hash_seed }
    }

    /// Rows a token takes: features × hash functions.
    pub fn rows_per_token(&self) -> usize {
        self.tables.len() * self.hashes
    }

    /// The rows of a sentence's tokens, one token after the other.
    pub fn rows<'a>(&self, tokens: impl ExactSizeIterator<Item = &'a str>) -> Vec<i32> {
        let mut rows = Vec::with_capacity(tokens.len() * self.rows_per_token());
        tokens.for_each(|token| self.append_rows(token, &mut rows));
        rows
    }

    /// Appends the token's rows: feature by feature, hash function by hash function.
    fn append_rows(&self, token: &str, rows: &mut Vec<i32>) {
        let lower = token.to_lowercase();
        for table in &self.tables {
            let value = value_of(table.feature, token, &lower);
            self.append_hashes(table, &value, rows);
        }
    }

    /// Replaces the word form's rows of one token by those of a hidden form (word dropout).
    pub fn hide_form(&self, token_rows: &mut [i32]) {
        for (index, table) in self.tables.iter().enumerate().filter(|(_, t)| t.feature == Feature::Form) {
            let mut hidden = Vec::with_capacity(self.hashes);
            self.append_hashes(table, HIDDEN_FORM, &mut hidden);
            token_rows[index * self.hashes..(index + 1) * self.hashes].copy_from_slice(&hidden);
        }
    }

    fn append_hashes(&self, table: &Table, value: &str, rows: &mut Vec<i32>) {
        for k in 0..self.hashes {
            let seed = (u64::from(self.hash_seed) << 32) | ((table.feature as u64) << 8) | k as u64;
            let row = XxHash3_64::oneshot_with_seed(seed, value.as_bytes()) % table.rows as u64;
            rows.push((table.first_row as u64 + row) as i32);
        }
    }
}

fn value_of(feature: Feature, token: &str, lower: &str) -> String {
    match feature {
        Feature::Form => lower.to_owned(),
        Feature::Prefix3 => lower.chars().take(3).collect(),
        Feature::Prefix4 => lower.chars().take(4).collect(),
        Feature::Suffix2 => suffix(lower, 2),
        Feature::Suffix3 => suffix(lower, 3),
        Feature::Suffix4 => suffix(lower, 4),
        Feature::Suffix5 => suffix(lower, 5),
        Feature::Shape => shape(token),
    }
}

fn suffix(text: &str, chars: usize) -> String {
    let start = text.char_indices().rev().nth(chars - 1).map_or(0, |(at, _)| at);
    text[start..].to_owned()
}

fn shape(token: &str) -> String {
    let mut shape = String::with_capacity(token.len());
    let (mut last, mut run) = ('\0', 0);
    for c in token.chars() {
        let class = match c {
            _ if c.is_uppercase() => 'X',
            _ if c.is_alphabetic() => 'x',
            _ if c.is_numeric() => 'd',
            _ => c,
        };
        run = if class == last { run + 1 } else { 1 };
        last = class;
        if run <= SHAPE_RUN_MAX {
            shape.push(class);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes_and_affixes_are_the_usual_ones() {
        assert_eq!(shape("Aspirin100mg"), "Xxxxxdddxx");
        assert_eq!(shape("β-2"), "x-d");
        assert_eq!(suffix("über", 3), "ber");
        assert_eq!(suffix("ab", 5), "ab");
    }

    #[test]
    fn the_hash_is_fixed_for_ever() {
        // A change here makes every trained shared module worthless.
        let mut rows = Vec::new();
        FeatureHasher::new(&ModelSpec::small()).append_rows("Ibuprofen", &mut rows);
        assert_eq!(rows, [95, 134, 548, 532, 685, 684]);
    }

    #[test]
    fn hiding_a_form_changes_only_the_form() {
        let hasher = FeatureHasher::new(&ModelSpec::default());
        let mut rows = Vec::new();
        hasher.append_rows("Ibuprofen", &mut rows);
        let before = rows.clone();
        hasher.hide_form(&mut rows);
        assert_ne!(rows[..4], before[..4]);
        assert_eq!(rows[4..], before[4..]);
    }

    proptest! {
        #[test]
        fn rows_stay_in_their_tables(token in "\\PC{1,20}") {
            let spec = ModelSpec::default();
            let hasher = FeatureHasher::new(&spec);
            let mut rows = Vec::new();
            hasher.append_rows(&token, &mut rows);
            prop_assert_eq!(rows.len(), hasher.rows_per_token());
            let mut first = 0;
            for (table, rows) in spec.features.iter().zip(rows.chunks(spec.hashes)) {
                prop_assert!(rows.iter().all(|r| (first..first + table.rows).contains(&(*r as usize))));
                first += table.rows;
            }
        }
    }
}
