//! Hashed embeddings. A unit gathers an element of the activations; in the backward pass a unit sums some elements of a row
//! of the table. The host lists where each row of the table is used, so that no two units add to the same element.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::arguments::launch_arguments;
use super::device::buffer;
use super::pass::{Pass, groups, units};
use super::workspace::Dims;

/// Writes the summed embeddings, and behind them the tokens' vectors.
pub(super) fn forward(pass: &Pass<'_>) {
    gather::launch(
        pass.gpu.next(),
        groups(pass.rows() * pass.dims.inputs()),
        units(),
        buffer(&pass.parameters),
        buffer(&pass.batch),
        buffer(&pass.workspace),
        table(pass),
        pass.dims,
    );
}

/// Writes the gradient of the table, from that by the summed embeddings.
pub(super) fn backward(pass: &Pass<'_>, gradient: &CubeTensor) {
    scatter::launch(
        pass.gpu.next(),
        groups(pass.layout.sizes().embedding_rows * units_per_row(pass.dims)),
        units(),
        buffer(&pass.workspace),
        buffer(&pass.batch),
        buffer(gradient),
        table(pass),
        pass.dims,
    );
}

fn table(pass: &Pass<'_>) -> EmbeddingTableLaunch {
    let (start, table_rows) = (pass.layout.embedding().start, pass.layout.sizes().embedding_rows);
    EmbeddingTable {
        packed_rows: pass.rows(),
        start,
        table_rows,
        uses_start: pass.words.uses_start,
        vectors_start: pass.words.vectors_start,
    }
    .argument()
}

launch_arguments! {
    /// The table, and the batch that reads it.
    struct EmbeddingTable, EmbeddingTableLaunch {
        /// Packed rows of the batch.
        pub packed_rows,
        /// Where the table begins among the parameters.
        pub start,
        /// Rows of the table.
        pub table_rows,
        /// Where the list of the rows' uses begins in the batch.
        pub uses_start,
        /// Where the tokens' vectors begin in the batch.
        pub vectors_start,
    }
}

/// Writes the sum of each feature's rows, then the token's vector; zero in empty rows.
#[cube(launch)]
fn gather(parameters: &[f32], batch: &[u32], work: &mut [f32], table: EmbeddingTable, #[comptime] dims: Dims) {
    let inputs = comptime!(dims.inputs());
    let mut element = ABSOLUTE_POS;
    while element < table.packed_rows * inputs {
        let row = element / inputs;
        let input = element % inputs;
        let mut sum = 0.0f32;
        if batch[row] != 0 {
            if input < comptime!(dims.embedded()) {
                let feature = input / dims.embedding;
                let first = table.packed_rows * 2 + (row * dims.features + feature) * dims.hashes;
                for hash in 0..dims.hashes {
                    let index = batch[first + hash] as usize;
                    sum += parameters[table.start + index * dims.embedding + input % dims.embedding];
                }
            } else {
                let at = row * dims.vectors + input - comptime!(dims.embedded());
                sum = f32::reinterpret(batch[table.vectors_start + at]);
            }
        }
        work[element] = sum;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}

/// Columns of a unit in [`scatter`]. Few units, since most rows of the table are not used in a batch, and to find that out
/// takes longer than the rest.
const UNIT_COLUMNS: usize = 4;

/// Units of [`scatter`] that share a row of the table.
fn units_per_row(dims: Dims) -> usize {
    dims.embedding.div_ceil(UNIT_COLUMNS)
}

/// Writes the gradient of every element of the table.
///
/// The list of uses: where each row's uses begin in it, where the last row's end, and then the uses, each a token's packed
/// row times features, plus the feature.
#[cube(launch)]
fn scatter(work: &[f32], batch: &[u32], gradient: &mut [f32], table: EmbeddingTable, #[comptime] dims: Dims) {
    let from = table.packed_rows * comptime!(dims.d_embedded());
    let uses = table.uses_start + table.table_rows + 1;
    let across = comptime!(units_per_row(dims));
    let mut task = ABSOLUTE_POS;
    while task < table.table_rows * across {
        let row = task / across;
        let first_column = task % across;
        let first = batch[table.uses_start + row] as usize;
        let end = batch[table.uses_start + row + 1] as usize;
        let mut sums = Array::<f32>::new(UNIT_COLUMNS);
        #[unroll]
        for part in 0..UNIT_COLUMNS {
            sums[part] = 0.0f32;
        }
        for at in first..end {
            let element = from + batch[uses + at] as usize * dims.embedding + first_column;
            #[unroll]
            for part in 0..UNIT_COLUMNS {
                if first_column + part * across < dims.embedding {
                    sums[part] += work[element + part * across];
                }
            }
        }
        #[unroll]
        for part in 0..UNIT_COLUMNS {
            if first_column + part * across < dims.embedding {
                gradient[table.start + row * dims.embedding + first_column + part * across] = sums[part];
            }
        }
        task += CUBE_COUNT * CUBE_DIM as usize;
    }
}
