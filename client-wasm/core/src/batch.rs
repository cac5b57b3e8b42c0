//! Sentences as numbers, and batches of sentences of similar length.

use fedner_protocol::{ModelSpec, WORD_VECTOR_STEP};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{features::FeatureHasher, labels::Tag};

/// Batches whose sentences are sorted by length together; a larger pool pads less but shuffles less.
const POOL_BATCHES: usize = 16;

/// One sentence, ready for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Embedding rows, features × hashes for each token.
    pub rows: Vec<i32>,
    /// Gold tags, one for each token.
    pub tags: Vec<Tag>,
    /// A pretrained encoder's vector of each token, in steps of [`WORD_VECTOR_STEP`]; empty without one.
    pub vectors: Vec<i8>,
}

/// Sentences padded to the longest one.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Tokens of each sentence.
    pub lengths: Vec<usize>,
    /// Embedding rows, `[sentences, width, rows a token]`; row 0 for padding.
    pub rows: Vec<i32>,
    /// Gold tags of each sentence.
    pub tags: Vec<Vec<Tag>>,
    /// The tokens' vectors, `[sentences, width, vector width]`; 0 for padding, empty without any.
    pub vectors: Vec<f32>,
}

impl Batch {
    /// Pads some sentences to a batch.
    pub fn new<'a>(examples: impl IntoIterator<Item = &'a Example>, rows_per_token: usize) -> Self {
        let examples: Vec<&Example> = examples.into_iter().collect();
        let width = examples.iter().map(|e| e.tags.len()).max().unwrap_or(0);
        let mut rows = vec![0; examples.len() * width * rows_per_token];
        for (example, padded) in examples.iter().zip(rows.chunks_mut((width * rows_per_token).max(1))) {
            padded[..example.rows.len()].copy_from_slice(&example.rows);
        }
        let vectors = padded_vectors(&examples, width);
        let tags: Vec<_> = examples.iter().map(|e| e.tags.clone()).collect();
        Self { width, lengths: tags.iter().map(Vec::len).collect(), rows, tags, vectors }
    }

    /// Tokens without padding.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Hides the word form of a share of all tokens (word dropout), so that a model learns to use
    /// affixes, shape and context for words it has never seen.
    pub fn hide_forms(&mut self, hasher: &FeatureHasher, share: f32, rng: &mut impl Rng) {
        let per_token = hasher.rows_per_token();
        for (sentence, length) in self.lengths.iter().enumerate() {
            for token in 0..*length {
                if rng.random::<f32>() < share {
                    let start = (sentence * self.width + token) * per_token;
                    hasher.hide_form(&mut self.rows[start..start + per_token]);
                }
            }
        }
    }
}

fn padded_vectors(examples: &[&Example], width: usize) -> Vec<f32> {
    let per_token = examples.iter().map(|e| e.vectors.len() / e.tags.len().max(1)).max().unwrap_or(0);
    let mut vectors = vec![0.0; examples.len() * width * per_token];
    for (example, padded) in examples.iter().zip(vectors.chunks_mut((width * per_token).max(1))) {
        padded.iter_mut().zip(&example.vectors).for_each(|(to, step)| *to = f32::from(*step) * WORD_VECTOR_STEP);
    }
    vectors
}

/// The order of one epoch: lists of indices into `lengths`, each a batch of similar lengths. The
/// same seed gives the same order.
pub fn epoch_order(lengths: &[usize], batch_size: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut indices: Vec<usize> = (0..lengths.len()).collect();
    indices.shuffle(&mut rng);
    let mut batches = Vec::with_capacity(lengths.len().div_ceil(batch_size));
    for pool in indices.chunks_mut(batch_size * POOL_BATCHES) {
        pool.sort_by_key(|i| lengths[*i]);
        batches.extend(pool.chunks(batch_size).map(<[usize]>::to_vec));
    }
    batches.shuffle(&mut rng);
    batches
}

/// Dropout masks for a batch: 0, or `1 / (1 − share)`, one value a sentence, block and channel, then one for each of the
/// private LSTM's outputs, where there is one.
pub fn dropout_masks(spec: &ModelSpec, sentences: usize, share: f32, rng: &mut impl Rng) -> Vec<f32> {
    let channels = spec.blocks() * spec.encoder_width + spec.private_lstm().map_or(0, |hidden| 2 * hidden);
    let scale = 1.0 / (1.0 - share);
    (0..sentences * channels).map(|_| if rng.random::<f32>() < share { 0.0 } else { scale }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_every_sentence_once_in_batches_of_similar_length() {
        let lengths: Vec<usize> = (0..1000).map(|i| 1 + i * 7919 % 60).collect();
        let order = epoch_order(&lengths, 16, 3);
        let mut seen: Vec<usize> = order.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
        let tokens: usize = lengths.iter().sum();
        let padded: usize = order.iter().map(|b| b.len() * b.iter().map(|i| lengths[*i]).max().unwrap()).sum();
        assert!((padded - tokens) * 10 < padded, "{padded} places for {tokens} tokens");
        assert_eq!(order, epoch_order(&lengths, 16, 3));
        assert_ne!(order, epoch_order(&lengths, 16, 4));
    }

    #[test]
    fn padding_is_row_zero_behind_each_sentence() {
        let example = |n: usize| Example { rows: vec![7; n * 2], tags: vec![Tag::OUTSIDE; n], vectors: vec![28; n] };
        let batch = Batch::new([&example(1), &example(3)], 2);
        assert_eq!((batch.width, batch.tokens()), (3, 4));
        assert_eq!(batch.rows, [7, 7, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7]);
        assert_eq!(batch.vectors, [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    }
}
