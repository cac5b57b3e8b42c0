//! Hashed embeddings: the rows of each feature summed, and their gradients added to every row that took part.

use std::ops::Range;

use super::math::{add_to, vectorised};
use super::packed::PackedSentences;

/// Which rows of the table each token's features sum.
#[derive(Clone, Copy)]
pub(super) struct EmbeddingLookup<'a> {
    /// Features of a token.
    pub features: usize,
    /// Rows summed for each feature.
    pub hashes: usize,
    /// Columns of the table.
    pub columns: usize,
    /// From one token's activations to the next one's.
    pub stride: usize,
    /// Rows of the table, `[sentences, width, features · hashes]`.
    pub rows: &'a [i32],
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Where the tokens lie.
    pub sentences: &'a PackedSentences,
}

/// Adds the rows of every token's features to the first columns of `out`, `[packed rows, stride]`.
pub(super) fn gather(out: &mut [f32], table: &[f32], lookup: &EmbeddingLookup<'_>) {
    for_each_row(lookup, |feature, row| add_to(&mut out[feature], &table[row]));
}

/// Adds the gradient of every token's features to each row of `d_table` that was summed.
pub(super) fn scatter(d_table: &mut [f32], d_out: &[f32], lookup: &EmbeddingLookup<'_>) {
    for_each_row(lookup, |feature, row| add_to(&mut d_table[row], &d_out[feature]));
}

/// Copies every token's vector behind its features. `vectors` is `[sentences, width, size]`.
pub(super) fn place_vectors(out: &mut [f32], vectors: &[f32], size: usize, lookup: &EmbeddingLookup<'_>) {
    let sentence_vectors = vectors.chunks((lookup.width * size).max(1));
    for (tokens, vectors) in lookup.sentences.token_rows().zip(sentence_vectors) {
        for (token, vector) in tokens.zip(vectors.chunks_exact(size)) {
            let end = (token + 1) * lookup.stride;
            out[end - size..end].copy_from_slice(vector);
        }
    }
}

/// Calls with where a feature lies in the activations and where a row of it lies in the table, for all of a batch.
#[inline(always)]
fn for_each_row(lookup: &EmbeddingLookup<'_>, mut pair: impl FnMut(Range<usize>, Range<usize>)) {
    let EmbeddingLookup { features, hashes, columns, stride, .. } = *lookup;
    let per_token = features * hashes;
    let sentence_rows = lookup.rows.chunks((lookup.width * per_token).max(1));
    vectorised(
        #[inline(always)]
        || {
            for (tokens, rows) in lookup.sentences.token_rows().zip(sentence_rows) {
                for (token, rows) in tokens.zip(rows.chunks_exact(per_token)) {
                    for (feature, rows) in rows.chunks_exact(hashes).enumerate() {
                        let start = token * stride + feature * columns;
                        for row in rows {
                            let row = *row as usize * columns;
                            pair(start..start + columns, row..row + columns);
                        }
                    }
                }
            }
        },
    );
}
