//! Hashed embeddings: gathered by a unit an element of the activations, their gradient by a unit some elements of a
//! row of the table. A row's places are listed by the host, so that no two units add to the same element.

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

/// Columns of a unit in [`scatter`]: most rows have no place in a batch, and to find that out takes longer than the rest.
const UNIT_COLUMNS: usize = 4;

/// Units of [`scatter`] that share a row of the table.
pub(super) fn units_a_row(dims: Dims) -> usize {
    dims.embedding.div_ceil(UNIT_COLUMNS)
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
    let across = comptime!(units_a_row(dims));
    let mut task = ABSOLUTE_POS;
    while task < table_rows * across {
        let row = task / across;
        let first_column = task % across;
        let first = batch[segments_at + row] as usize;
        let end = batch[segments_at + row + 1] as usize;
        let mut sums = Array::<f32>::new(UNIT_COLUMNS);
        #[unroll]
        for part in 0..UNIT_COLUMNS {
            sums[part] = 0.0f32;
        }
        for at in first..end {
            let place = from + batch[places + at] as usize * dims.embedding + first_column;
            #[unroll]
            for part in 0..UNIT_COLUMNS {
                if first_column + part * across < dims.embedding {
                    sums[part] += work[place + part * across];
                }
            }
        }
        #[unroll]
        for part in 0..UNIT_COLUMNS {
            if first_column + part * across < dims.embedding {
                gradient[table_at + row * dims.embedding + first_column + part * across] = sums[part];
            }
        }
        task += CUBE_COUNT * CUBE_DIM as usize;
    }
}
