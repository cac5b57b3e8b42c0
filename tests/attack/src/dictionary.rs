//! Which words stand in an update, as the page's leak test reads them.

use std::collections::{BTreeMap, BTreeSet};

use fedner_core::leak::{Moves, row_norms};
use fedner_protocol::ModelSpec;

/// How well words are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Success {
    /// Share of the words named that are the site's.
    pub precision: f64,
    /// Share of the site's words that are named.
    pub recall: f64,
    /// Precision of naming words blindly.
    pub chance: f64,
    /// How well the size of a row's move tells how often its word stands in the notes (Spearman's rank correlation).
    pub counts: f64,
}

/// Reads words from an update.
pub fn read_words(
    model: &ModelSpec,
    before: &[f32],
    update: &[f32],
    dictionary: &BTreeSet<String>,
    own: &BTreeMap<String, usize>,
) -> Success {
    let moves = Moves::new(model, &row_norms(model, before), update);
    let named: BTreeSet<&String> = dictionary.iter().filter(|word| moves.names(word)).collect();
    let right = named.iter().filter(|word| own.contains_key(**word)).count() as f64;
    let known = dictionary.iter().filter(|word| own.contains_key(*word)).count() as f64;
    let pairs: Vec<(f64, f64)> =
        own.iter().map(|(word, count)| (f64::from(moves.of_word(word)), *count as f64)).collect();
    Success {
        precision: if named.is_empty() { 0.0 } else { right / named.len() as f64 },
        recall: right / known.max(1.0),
        chance: known / dictionary.len().max(1) as f64,
        counts: spearman(&pairs),
    }
}

fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let (x, y) = (ranks(pairs.iter().map(|pair| pair.0)), ranks(pairs.iter().map(|pair| pair.1)));
    let mean = (pairs.len() as f64 - 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let scale = (sum(&x, &x) * sum(&y, &y)).sqrt();
    if scale == 0.0 { 0.0 } else { sum(&x, &y) / scale }
}

/// Places in order; equal values share the mean of theirs.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let first = order.iter().position(|at| *at == group[0]).unwrap_or(0) as f64;
        for at in group {
            ranks[*at] = first + (group.len() as f64 - 1.0) / 2.0;
        }
    }
    ranks
}
