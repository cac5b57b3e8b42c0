//! Products of a few rows with a matrix that stays the same from step to step: it is packed once, and a product neither
//! allocates nor copies.

use pulp::{Simd, WithSimd};

use crate::math::wide;

/// Columns of a panel: two of the widest vectors.
const PANEL: usize = 32;
/// Rows that are multiplied together: enough sums to hide that each addition waits for the one before.
const ROWS: usize = 4;

/// A matrix, cut into panels of neighbouring columns that lie row after row. What fills up the last panel is never
/// seen.
#[derive(Default)]
pub(super) struct Panels {
    values: Vec<f32>,
    inner: usize,
    columns: usize,
}

impl Panels {
    /// Packs the matrix `[inner, columns]` whose rows lie one after the other.
    pub fn pack(&mut self, matrix: &[f32], columns: usize) {
        self.cut(matrix.len() / columns, columns, |row, column| matrix[row * columns + column]);
    }

    /// Packs a matrix's transpose; `rows` are those of the matrix as it lies there.
    pub fn pack_transposed(&mut self, matrix: &[f32], rows: usize) {
        let columns = matrix.len() / rows;
        self.cut(columns, rows, |row, column| matrix[column * columns + row]);
    }

    fn cut(&mut self, inner: usize, columns: usize, element: impl Fn(usize, usize) -> f32) {
        (self.inner, self.columns) = (inner, columns);
        self.values.resize(columns.div_ceil(PANEL) * inner * PANEL, 0.0);
        wide(
            #[inline(always)]
            || {
                for (panel, values) in self.values.chunks_exact_mut(inner * PANEL).enumerate() {
                    let within = PANEL.min(columns - panel * PANEL);
                    for (row, values) in values.chunks_exact_mut(PANEL).enumerate() {
                        let elements = values[..within].iter_mut().enumerate();
                        elements.for_each(|(column, value)| *value = element(row, panel * PANEL + column));
                    }
                }
            },
        );
    }

    /// Adds the product of each row of `lhs` with the matrix to a row of `out`; `lhs_at` and `out_at` say where the rows begin.
    pub fn multiply_add(&self, out: &mut [f32], out_at: &[usize], lhs: &[f32], lhs_at: &[usize]) {
        assert_eq!(out_at.len(), lhs_at.len(), "a row of the result for each on the left");
        pulp::Arch::new().dispatch(Product { panels: self, out, out_at, lhs, lhs_at });
    }
}

struct Product<'a> {
    panels: &'a Panels,
    out: &'a mut [f32],
    out_at: &'a [usize],
    lhs: &'a [f32],
    lhs_at: &'a [usize],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { panels, out, out_at, lhs, lhs_at } = self;
        // A panel is narrower than two vectors on no processor that there is.
        let width = (2 * S::F32_LANES).min(PANEL);
        for (panel, values) in panels.values.chunks_exact((panels.inner * PANEL).max(1)).enumerate() {
            for within in (0..PANEL).step_by(width) {
                let start = panel * PANEL + within;
                let columns = width.min(panels.columns.saturating_sub(start));
                if columns == 0 {
                    break;
                }
                let block = Block { simd, values: &values[within..], start, columns, inner: panels.inner };
                for (out_at, lhs_at) in out_at.chunks(ROWS).zip(lhs_at.chunks(ROWS)) {
                    match out_at.len() {
                        4 => block.add::<4>(out, out_at, lhs, lhs_at),
                        3 => block.add::<3>(out, out_at, lhs, lhs_at),
                        2 => block.add::<2>(out, out_at, lhs, lhs_at),
                        _ => block.add::<1>(out, out_at, lhs, lhs_at),
                    }
                }
            }
        }
    }
}

/// Two vectors' columns of a panel.
struct Block<'a, S: Simd> {
    simd: S,
    values: &'a [f32],
    start: usize,
    columns: usize,
    inner: usize,
}

impl<S: Simd> Block<'_, S> {
    #[inline(always)]
    fn add<const R: usize>(&self, out: &mut [f32], out_at: &[usize], lhs: &[f32], lhs_at: &[usize]) {
        let (simd, lanes) = (self.simd, S::F32_LANES);
        let rows: [&[f32]; R] = std::array::from_fn(|row| &lhs[lhs_at[row]..lhs_at[row] + self.inner]);
        let mut sums = [[simd.splat_f32s(0.0); 2]; R];
        for (k, values) in self.values.chunks(PANEL).enumerate().take(self.inner) {
            let (values, _) = S::as_simd_f32s(&values[..2 * lanes]);
            for (row, sums) in rows.iter().zip(&mut sums) {
                let x = simd.splat_f32s(row[k]);
                sums[0] = simd.mul_add_e_f32s(x, values[0], sums[0]);
                sums[1] = simd.mul_add_e_f32s(x, values[1], sums[1]);
            }
        }
        for (sums, at) in sums.iter().zip(out_at) {
            let out = &mut out[at + self.start..at + self.start + self.columns];
            let (first, second) = out.split_at_mut(lanes.min(self.columns));
            for (sum, out) in sums.iter().zip([first, second]) {
                let before = simd.partial_load_f32s(out);
                simd.partial_store_f32s(out, simd.add_f32s(before, *sum));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_those_of_the_plain_sum(
            (rows, inner, columns, transposed) in (0usize..11, 1usize..40, 1usize..100, any::<bool>()),
            values in proptest::collection::vec(-2.0f32..2.0, 11 * 40 + 40 * 100),
        ) {
            let (lhs, matrix) = values.split_at(11 * 40);
            let matrix = &matrix[..inner * columns];
            // What an earlier, larger matrix left there must not be seen.
            let mut panels = Panels { values: vec![f32::NAN; 8000], inner: 0, columns: 0 };
            let at = |row: usize, column: usize| {
                if transposed { matrix[column * inner + row] } else { matrix[row * columns + column] }
            };
            if transposed { panels.pack_transposed(matrix, columns) } else { panels.pack(matrix, columns) }
            // Rows of the result in reverse order, one value between them.
            let out_at: Vec<usize> = (0..rows).rev().map(|row| row * (columns + 1)).collect();
            let lhs_at: Vec<usize> = (0..rows).map(|row| row * 40).collect();
            let mut out = vec![1.0; rows * (columns + 1)];
            panels.multiply_add(&mut out, &out_at, lhs, &lhs_at);
            for row in 0..rows {
                for column in 0..columns {
                    let sum: f32 = (0..inner).map(|k| lhs[row * 40 + k] * at(k, column)).sum();
                    prop_assert!((out[out_at[row] + column] - 1.0 - sum).abs() < 1e-3);
                }
                prop_assert_eq!(out[out_at[row] + columns], 1.0, "what lies between the rows stays");
            }
        }
    }
}
