//! Hashed embeddings: the rows of each feature summed, and their gradients added to every row that took part.

use super::math::{add_to, wide};
use super::network::{Input, Plan};

/// Adds the rows of every token's features to `out`, `[packed rows, features · width]`.
pub(super) fn gather(out: &mut [f32], table: &[f32], plan: &Plan, input: &Input<'_>) {
    each(plan, input, |place, row| add_to(&mut out[place], &table[row]));
}

/// Adds the gradient of every token's features to each row of `d_table` that was summed.
pub(super) fn scatter(d_table: &mut [f32], d_out: &[f32], plan: &Plan, input: &Input<'_>) {
    each(plan, input, |place, row| add_to(&mut d_table[row], &d_out[place]));
}

/// Calls with a feature's place in the activations and a row's place in the table, for all of a batch.
#[inline(always)]
fn each(plan: &Plan, input: &Input<'_>, mut pair: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>)) {
    let (width, per_token) = (plan.sizes().embedding, plan.sizes().features * plan.sizes().hashes);
    let sentence_rows = input.rows.chunks((input.width * per_token).max(1));
    wide(
        #[inline(always)]
        || {
            for (tokens, indices) in input.packed.sentences().zip(sentence_rows) {
                for (token, indices) in tokens.zip(indices.chunks_exact(per_token)) {
                    for (feature, indices) in indices.chunks_exact(plan.sizes().hashes).enumerate() {
                        let start = (token * plan.sizes().features + feature) * width;
                        for index in indices {
                            let row = *index as usize * width;
                            pair(start..start + width, row..row + width);
                        }
                    }
                }
            }
        },
    );
}
