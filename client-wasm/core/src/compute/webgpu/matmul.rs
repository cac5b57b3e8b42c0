//! A tile of a matrix product: a workgroup of [`ACROSS`] × [`DOWN`] units computes [`TILE_ROWS`] rows of it, each unit
//! [`UNIT_ROWS`] rows of every [`ACROSS`]th column, in registers. Both factors are read straight from their buffers: a unit
//! uses each element many times, and a software adapter, on which barriers are costly, is twice as fast without them.

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

/// Up to so many columns a unit adds two terms in one iteration; with more the kernel would take long to compile.
const TWO_TERMS_MAX: usize = 8;

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
    /// The three matrices of a window, each transposed, in reverse order: the backward pass of a convolution.
    ReversedWindow,
}

/// A product that a kernel is compiled for.
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
    /// Columns that a row of the left buffer has for a product over its rows.
    fn left_columns(self) -> usize {
        if self.before > 0 { 3 * self.stride } else { self.stride }
    }

    /// Columns of a unit.
    pub fn unit_columns(self) -> usize {
        self.width / ACROSS
    }
}

/// A workgroup's tile, and where the factors lie.
#[derive(CubeType, Clone, Copy)]
pub(super) struct TilePlace {
    /// Where the left factor begins in its buffer.
    pub left_start: usize,
    /// Where the right factor begins in its buffer.
    pub right_start: usize,
    /// The tile's first row of the product.
    pub first_row: usize,
    /// The tile's first column of the product.
    pub first_column: usize,
    /// Rows of the left buffer; the first and the last are empty.
    pub rows: usize,
    /// Elements that are summed.
    pub inner: usize,
}

/// Where a product is written.
#[derive(CubeType, Clone, Copy)]
pub(super) struct ProductPlace {
    /// Where it begins in its buffer.
    pub start: usize,
    /// Its rows.
    pub rows: usize,
}

/// Writes the product's elements as a unit's sums, the first row's columns first. Sums of rows and columns that the product
/// does not have mean nothing, nor do those of the left buffer's first and last row. Where the sum is over these rows, the
/// first and the last are left out.
#[cube]
pub(super) fn accumulate(
    sums: &mut Array<f32>,
    left: &[f32],
    right: &[f32],
    place: &TilePlace,
    #[comptime] tile: Tile,
) {
    let mut lefts = Array::<usize>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        lefts[i] = left_place(place, place.first_row + UNIT_POS_Y as usize + i * DOWN, tile);
    }
    let mut rights = Array::<usize>::new(comptime!(tile.unit_columns()));
    #[unroll]
    for j in 0..comptime!(tile.unit_columns()) {
        rights[j] = right_place(place, place.first_column + UNIT_POS_X as usize + j * ACROSS, tile);
    }
    #[unroll]
    for i in 0..comptime!(UNIT_ROWS * tile.unit_columns()) {
        sums[i] = 0.0f32;
    }
    let mut k = 0usize.runtime();
    let mut end = place.inner;
    if comptime!(tile.left == Left::Columns) {
        k = 1usize.runtime();
        end = place.rows - 1;
    }
    if comptime!(tile.unit_columns() <= TWO_TERMS_MAX) {
        while k + 1 < end {
            add_term(sums, left, &lefts, right, &rights, k, tile);
            add_term(sums, left, &lefts, right, &rights, k + 1, tile);
            k += 2;
        }
    }
    while k < end {
        add_term(sums, left, &lefts, right, &rights, k, tile);
        k += 1;
    }
}

/// Adds the products of one inner element.
#[cube]
fn add_term(
    sums: &mut Array<f32>,
    left: &[f32],
    lefts: &Array<usize>,
    right: &[f32],
    rights: &Array<usize>,
    k: usize,
    #[comptime] tile: Tile,
) {
    let columns = comptime!(tile.unit_columns());
    let right_k = right_step(k, tile);
    let mut factors = Array::<f32>::new(columns);
    #[unroll]
    for j in 0..columns {
        factors[j] = right[rights[j] + right_k];
    }
    let mut left_k = k;
    if comptime!(tile.left == Left::Columns) {
        left_k = k * tile.stride;
    }
    #[unroll]
    for i in 0..UNIT_ROWS {
        let value = left[lefts[i] + left_k];
        #[unroll]
        for j in 0..columns {
            sums[i * columns + j] += value * factors[j];
        }
    }
}

/// Writes a unit's sums of the tile at `place` to the whole product's buffer.
#[cube]
pub(super) fn store(
    sums: &Array<f32>,
    to: &mut [f32],
    product: &ProductPlace,
    place: &TilePlace,
    #[comptime] tile: Tile,
) {
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = place.first_row + UNIT_POS_Y as usize + i * DOWN;
        #[unroll]
        for j in 0..comptime!(tile.unit_columns()) {
            let column = place.first_column + UNIT_POS_X as usize + j * ACROSS;
            if row < product.rows && column < tile.columns {
                to[product.start + row * tile.columns + column] = sums[i * comptime!(tile.unit_columns()) + j];
            }
        }
    }
}

/// Where a row of the left factor begins.
#[cube]
fn left_place(place: &TilePlace, row: usize, #[comptime] tile: Tile) -> usize {
    if comptime!(tile.left == Left::Rows) {
        let mut inner = at_most(row, place.rows - 2);
        if inner < 1 {
            inner = 1usize.runtime();
        }
        place.left_start + inner * tile.stride - tile.before
    } else {
        place.left_start + at_most(row, comptime!(tile.left_columns() - 1).runtime()) - tile.before
    }
}

/// Where a column of the right factor begins.
#[cube]
fn right_place(place: &TilePlace, column: usize, #[comptime] tile: Tile) -> usize {
    let column = at_most(column, comptime!(tile.columns - 1).runtime());
    if comptime!(tile.right == Right::Plain) {
        place.right_start + column
    } else if comptime!(tile.right == Right::Transposed) {
        place.right_start + column * place.inner
    } else {
        place.right_start + column * tile.columns
    }
}

/// How far an element of such a column is from the column's beginning.
#[cube]
fn right_step(k: usize, #[comptime] tile: Tile) -> usize {
    if comptime!(tile.right == Right::Plain) {
        k * tile.right_stride
    } else if comptime!(tile.right == Right::Transposed) {
        k
    } else {
        (2 - k / tile.columns) * tile.columns * tile.columns + k % tile.columns
    }
}

#[cube]
fn at_most(value: usize, most: usize) -> usize {
    let mut clamped = value;
    if value > most {
        clamped = most;
    }
    clamped
}
