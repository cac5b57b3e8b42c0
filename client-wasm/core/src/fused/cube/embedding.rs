//! Hashed embeddings: gathered by a unit an element of the activations, their gradient by a unit an element of the
//! table. A row's places are listed by the host, so that no two units add to the same element.

use cubecl::prelude::*;

use super::dims::Dims;

/// Writes the sum of each feature's rows; zero in empty rows.
#[cube(launch)]
pub(super) fn gather(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    rows: usize,
    table_at: usize,
    #[comptime] dims: Dims,
) {
    let inputs = comptime!(dims.inputs());
    let mut element = ABSOLUTE_POS;
    while element < rows * inputs {
        let row = element / inputs;
        let input = element % inputs;
        let mut sum = 0.0f32;
        if batch[row] != 0 {
            let feature = input / dims.embedding;
            let first = rows * 2 + (row * dims.features + feature) * dims.hashes;
            for hash in 0..dims.hashes {
                let index = batch[first + hash] as usize;
                sum += parameters[table_at + index * dims.embedding + input % dims.embedding];
            }
        }
        work[element] = sum;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}

/// Writes the gradient of every element of the table.
///
/// `segments_at` says where in the batch each of the `table_rows` rows' first place is, then the end of the last, then
/// the places: a token's row times features, plus the feature.
#[cube(launch)]
pub(super) fn scatter(
    work: &[f32],
    batch: &[u32],
    gradient: &mut [f32],
    rows: usize,
    table_at: usize,
    table_rows: usize,
    segments_at: usize,
    #[comptime] dims: Dims,
) {
    let from = rows * comptime!(dims.d_embedded());
    let places = segments_at + table_rows + 1;
    let count = table_rows * dims.embedding;
    let mut element = ABSOLUTE_POS;
    while element < count {
        let row = element / dims.embedding;
        let column = element % dims.embedding;
        let first = batch[segments_at + row] as usize;
        let end = batch[segments_at + row + 1] as usize;
        let mut sum = 0.0f32;
        for at in first..end {
            sum += work[from + batch[places + at] as usize * dims.embedding + column];
        }
        gradient[table_at + element] = sum;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}
