//! The innermost loops: a few rows by a few vectors of columns, whose sums stay in registers.

use pulp::{Simd, WithSimd};

const WASM: bool = cfg!(target_arch = "wasm32");
/// Vectors side by side in a panel.
pub(super) const VECTORS: usize = if WASM { 4 } else { 2 };
/// Rows that are multiplied together where there are 16 registers. Browsers count on no more, whatever the processor has;
/// of the shapes whose sums fit into so many, this was the fastest in Chromium.
const ROWS: usize = if WASM { 2 } else { 4 };
/// Terms that are added up in one go: so much of a panel stays in the nearest cache.
const TERMS: usize = 256;

/// The rows of a result.
pub(super) struct OutRows<'a> {
    pub values: &'a mut [f32],
    /// Where the rows begin.
    pub starts: &'a [usize],
    /// Whether the product is added to what is there.
    pub add: bool,
}

/// The rows of the left matrix.
#[derive(Clone, Copy)]
pub(super) struct LeftRows<'a> {
    pub values: &'a [f32],
    /// Where the rows begin.
    pub starts: &'a [usize],
    /// From one element of a row to the next; unless it is 1, neighbouring rows begin at neighbouring elements.
    pub stride: usize,
}

/// The right matrix in panels of [`VECTORS`] vectors.
#[derive(Clone, Copy)]
pub(super) struct RightPanels<'a> {
    pub values: &'a [f32],
    /// Rows of the matrix.
    pub inner: usize,
    pub columns: usize,
}

/// `out = left · right`, or added to what is there.
pub(super) struct Product<'a> {
    pub out: OutRows<'a>,
    pub left: LeftRows<'a>,
    pub right: RightPanels<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { out, left, right } = self;
        let width = VECTORS * S::F32_LANES;
        for terms in (0..right.inner).step_by(TERMS) {
            let count = TERMS.min(right.inner - terms);
            for (panel, values) in right.values.chunks_exact(right.inner * width).enumerate() {
                let start = panel * width;
                let tiles = Tiles {
                    simd,
                    values: &values[terms * width..(terms + count) * width],
                    start,
                    columns: width.min(right.columns - start),
                    terms,
                    lhs: left.values,
                    stride: left.stride,
                    add: out.add || terms > 0,
                };
                tiles.all(out.values, out.starts, left.starts);
            }
        }
    }
}

/// Some rows of a panel, and the left matrix that they are multiplied with.
struct Tiles<'a, S: Simd> {
    simd: S,
    values: &'a [f32],
    /// The panel's first column.
    start: usize,
    columns: usize,
    /// The first of the rows.
    terms: usize,
    lhs: &'a [f32],
    stride: usize,
    add: bool,
}

impl<S: Simd> Tiles<'_, S> {
    /// All rows of the result, as many together as there are registers for their sums.
    #[inline(always)]
    fn all(&self, out: &mut [f32], out_starts: &[usize], lhs_starts: &[usize]) {
        let mut done = 0;
        if S::REGISTER_COUNT >= 32 && !WASM {
            done = self.by::<8>(done, out, out_starts, lhs_starts);
        }
        done = self.by::<ROWS>(done, out, out_starts, lhs_starts);
        self.by::<1>(done, out, out_starts, lhs_starts);
    }

    /// The rows from `row` on, so many together, while there are so many; returns the first that is left.
    #[inline(always)]
    fn by<const R: usize>(&self, mut row: usize, out: &mut [f32], out_starts: &[usize], lhs_starts: &[usize]) -> usize {
        while out_starts.len() - row >= R {
            self.first::<R>(out, &out_starts[row..], &lhs_starts[row..]);
            row += R;
        }
        row
    }

    /// The first `R` of these rows: their sums, then written or added.
    #[inline(always)]
    fn first<const R: usize>(&self, out: &mut [f32], out_starts: &[usize], lhs_starts: &[usize]) {
        let sums = if self.stride == 1 { self.along::<R>(lhs_starts) } else { self.across::<R>(lhs_starts[0]) };
        let (simd, lanes) = (self.simd, S::F32_LANES);
        for (sums, at) in sums.iter().zip(out_starts) {
            let out = &mut out[at + self.start..at + self.start + self.columns];
            if self.columns == VECTORS * lanes {
                let (out, _) = S::as_mut_simd_f32s(out);
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = if self.add { simd.add_f32s(*out, *sum) } else { *sum };
                }
            } else {
                for (out, sum) in out.chunks_mut(lanes).zip(sums) {
                    let sum = if self.add { simd.add_f32s(simd.partial_load_f32s(out), *sum) } else { *sum };
                    simd.partial_store_f32s(out, sum);
                }
            }
        }
    }

    /// The sums for left rows whose elements are adjacent.
    #[inline(always)]
    fn along<const R: usize>(&self, lhs_starts: &[usize]) -> [[S::f32s; VECTORS]; R] {
        let width = VECTORS * S::F32_LANES;
        let count = self.values.len() / width;
        let rows: [&[f32]; R] = std::array::from_fn(|row| &self.lhs[lhs_starts[row] + self.terms..][..count]);
        let mut sums = [[self.simd.splat_f32s(0.0); VECTORS]; R];
        for (k, values) in self.values.chunks_exact(width).enumerate() {
            self.term(&mut sums, values, |row| rows[row][k]);
        }
        sums
    }

    /// The sums for left rows that begin at neighbouring elements, from `first`.
    #[inline(always)]
    fn across<const R: usize>(&self, first: usize) -> [[S::f32s; VECTORS]; R] {
        let width = VECTORS * S::F32_LANES;
        let mut sums = [[self.simd.splat_f32s(0.0); VECTORS]; R];
        for (k, values) in self.values.chunks_exact(width).enumerate() {
            let column = &self.lhs[first + (self.terms + k) * self.stride..][..R];
            self.term(&mut sums, values, |row| column[row]);
        }
        sums
    }

    #[inline(always)]
    fn term<const R: usize>(&self, sums: &mut [[S::f32s; VECTORS]; R], values: &[f32], element: impl Fn(usize) -> f32) {
        let (values, _) = S::as_simd_f32s(values);
        for (row, sums) in sums.iter_mut().enumerate() {
            let x = self.simd.splat_f32s(element(row));
            for (sum, values) in sums.iter_mut().zip(values) {
                *sum = self.simd.mul_add_e_f32s(x, *values, *sum);
            }
        }
    }
}
