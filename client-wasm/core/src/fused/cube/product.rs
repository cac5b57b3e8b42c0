//! A tile of a matrix product: a workgroup of [`ACROSS`] × [`DOWN`] units computes [`TILE_ROWS`] rows of it, each unit
//! [`UNIT_ROWS`] rows of every [`ACROSS`]th column, in registers; both factors come through workgroup memory in parts.

use cubecl::prelude::*;

/// Units of a workgroup across the columns.
pub(super) const ACROSS: usize = 16;
/// Units of a workgroup down the rows.
pub(super) const DOWN: usize = 4;
/// Rows of a unit.
pub(super) const UNIT_ROWS: usize = 8;
/// Rows of a workgroup.
pub(super) const TILE_ROWS: usize = DOWN * UNIT_ROWS;
/// Units of a workgroup.
pub(super) const UNITS: usize = ACROSS * DOWN;

/// How the left factor lies in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Left {
    /// Row after row.
    Rows,
    /// Transposed: the product's inner dimension goes over the buffer's rows.
    Columns,
}

/// How the right factor lies in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Right {
    /// Row after row.
    Plain,
    /// Transposed.
    Transposed,
    /// The three matrices of a window, each transposed, in reverse order: the way back through a convolution.
    Turned,
}

/// A product as its kernel is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    pub left: Left,
    pub right: Right,
    /// From one row of the left buffer to the next.
    pub stride: usize,
    /// Columns that a row of the left factor begins before its own row: a window begins with the row before.
    pub before: usize,
    /// Columns of the whole product.
    pub columns: usize,
    /// From one row of a plain right buffer to the next.
    pub right_stride: usize,
    /// Columns of a workgroup, a multiple of [`ACROSS`].
    pub width: usize,
}

impl Tile {
    /// Columns of a unit.
    pub fn unit_columns(self) -> usize {
        self.width / ACROSS
    }

    /// Inner elements that are in workgroup memory at once: 16 KiB is all that every device has.
    pub fn depth(self) -> usize {
        if self.width > 128 { 8 } else { 16 }
    }
}

/// Adds the product's elements to a unit's sums, the first row's columns first.
///
/// Of the left buffer's `rows` rows, the first and the last are taken as zero, as empty rows are; `inner` elements are
/// summed. All units of a workgroup must call this together.
#[cube]
#[allow(clippy::too_many_arguments)]
pub(super) fn accumulate(
    sums: &mut Array<f32>,
    left: &[f32],
    left_at: usize,
    right: &[f32],
    right_at: usize,
    first_row: usize,
    first_column: usize,
    rows: usize,
    inner: usize,
    #[comptime] tile: Tile,
) {
    let depth = comptime!(tile.depth());
    let mut lefts = Shared::<[f32]>::new_slice(comptime!(TILE_ROWS * (tile.depth() + 1)));
    let mut rights = Shared::<[f32]>::new_slice(comptime!(tile.depth() * tile.width));
    let unit = UNIT_POS as usize;
    let across = UNIT_POS_X as usize;
    let down = UNIT_POS_Y as usize;
    let mut begin = 0usize;
    while begin < inner {
        #[unroll]
        for part in 0..comptime!(TILE_ROWS * tile.depth() / UNITS) {
            let element = unit + part * UNITS;
            if comptime!(tile.left == Left::Rows) {
                let row = element / depth;
                let k = element % depth;
                lefts[row * (depth + 1) + k] = left_row(left, left_at, first_row + row, begin + k, rows, inner, tile);
            } else {
                let row = element % TILE_ROWS;
                let k = element / TILE_ROWS;
                lefts[row * (depth + 1) + k] = left_column(left, left_at, first_row + row, begin + k, rows, tile);
            }
        }
        #[unroll]
        for part in 0..comptime!(tile.depth() * tile.width / UNITS) {
            let element = unit + part * UNITS;
            if comptime!(tile.right == Right::Plain) {
                let k = element / tile.width;
                let column = element % tile.width;
                rights[element] = right_value(right, right_at, begin + k, first_column + column, inner, tile);
            } else {
                // Units beside each other read the buffer along its rows.
                let k = element % depth;
                let column = element / depth;
                rights[k * tile.width + column] =
                    right_value(right, right_at, begin + k, first_column + column, inner, tile);
            }
        }
        sync_cube();
        for k in 0..depth {
            #[unroll]
            for j in 0..comptime!(tile.unit_columns()) {
                let factor = rights[k * tile.width + across + j * ACROSS];
                #[unroll]
                for i in 0..UNIT_ROWS {
                    sums[i * comptime!(tile.unit_columns()) + j] += lefts[(down + i * DOWN) * (depth + 1) + k] * factor;
                }
            }
        }
        sync_cube();
        begin += depth;
    }
}

/// Writes a unit's sums to a buffer of the whole product, of which there are `rows` rows.
#[cube]
pub(super) fn store(
    sums: &Array<f32>,
    to: &mut [f32],
    to_at: usize,
    first_row: usize,
    first_column: usize,
    rows: usize,
    #[comptime] tile: Tile,
) {
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        #[unroll]
        for j in 0..comptime!(tile.unit_columns()) {
            let column = first_column + UNIT_POS_X as usize + j * ACROSS;
            if row < rows && column < tile.columns {
                to[to_at + row * tile.columns + column] = sums[i * comptime!(tile.unit_columns()) + j];
            }
        }
    }
}

#[cube]
fn left_row(
    left: &[f32],
    left_at: usize,
    row: usize,
    k: usize,
    rows: usize,
    inner: usize,
    #[comptime] tile: Tile,
) -> f32 {
    let mut value = 0.0f32;
    if row > 0 && row + 1 < rows && k < inner {
        value = left[left_at + row * tile.stride + k - tile.before];
    }
    value
}

#[cube]
fn left_column(left: &[f32], left_at: usize, column: usize, row: usize, rows: usize, #[comptime] tile: Tile) -> f32 {
    let mut value = 0.0f32;
    if row > 0 && row + 1 < rows && column < comptime!(if tile.before > 0 { 3 * tile.stride } else { tile.stride }) {
        value = left[left_at + row * tile.stride + column - tile.before];
    }
    value
}

#[cube]
fn right_value(right: &[f32], right_at: usize, k: usize, column: usize, inner: usize, #[comptime] tile: Tile) -> f32 {
    let mut value = 0.0f32;
    if k < inner && column < tile.columns {
        let place = if comptime!(tile.right == Right::Plain) {
            k * tile.right_stride + column
        } else if comptime!(tile.right == Right::Transposed) {
            column * inner + k
        } else {
            let neighbour = k / tile.columns;
            ((2 - neighbour) * tile.columns + column) * tile.columns + k % tile.columns
        };
        value = right[right_at + place];
    }
    value
}
