//! The right matrix of a product, laid out as the product reads it. A matrix that is used for several products is packed
//! once; the products then neither allocate nor copy.

use pulp::{Simd, WithSimd};

use super::tiles::{LeftRows, OutRows, Product, RightPanels, VECTORS};
use super::view::View;
use crate::math::arch;

/// A matrix, cut into panels of neighbouring columns, each as wide as [`VECTORS`] of this processor's widest vectors and
/// stored row after row. The filling of the last panel never reaches a result.
#[derive(Default)]
pub(crate) struct Panels {
    values: Vec<f32>,
    /// Rows of the matrix.
    inner: usize,
    columns: usize,
}

impl Panels {
    /// Packs a matrix.
    pub fn pack(&mut self, matrix: View<'_>) {
        (self.inner, self.columns) = (matrix.rows, matrix.columns);
        arch().dispatch(Pack { values: &mut self.values, matrix });
    }

    /// Adds the product of each row on the left with the matrix to a row of `out`. `lhs_starts` and `out_starts` say where
    /// the rows begin.
    pub fn multiply_add(&self, out: &mut [f32], out_starts: &[usize], lhs: &[f32], lhs_starts: &[usize]) {
        let left = LeftRows { values: lhs, starts: lhs_starts, stride: 1 };
        self.product(OutRows { values: out, starts: out_starts, add: true }, left);
    }

    pub(super) fn product(&self, out: OutRows<'_>, left: LeftRows<'_>) {
        assert_eq!(out.starts.len(), left.starts.len(), "a row of the result for each on the left");
        let right = RightPanels { values: &self.values, inner: self.inner, columns: self.columns };
        arch().dispatch(Product { out, left, right });
    }
}

struct Pack<'a> {
    values: &'a mut Vec<f32>,
    matrix: View<'a>,
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (matrix, width) = (self.matrix, VECTORS * S::F32_LANES);
        let size = matrix.rows * width;
        self.values.resize(matrix.columns.div_ceil(width) * size, 0.0);
        for (panel, values) in self.values.chunks_exact_mut(size.max(1)).enumerate() {
            let first = panel * width;
            let columns = width.min(matrix.columns - first);
            if matrix.column_stride == 1 {
                for (row, values) in values.chunks_exact_mut(width).enumerate() {
                    let start = row * matrix.row_stride + first;
                    values[..columns].copy_from_slice(&matrix.values[start..start + columns]);
                }
            } else {
                for column in 0..columns {
                    let elements = values[column..].iter_mut().step_by(width);
                    elements.enumerate().for_each(|(row, value)| *value = matrix.at(row, first + column));
                }
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
        fn rows_are_added_where_they_belong(
            (rows, inner, columns) in (0usize..21, 1usize..40, 1usize..100),
            values in proptest::collection::vec(-2.0f32..2.0, 21 * 40 + 40 * 100),
        ) {
            let (lhs, matrix) = values.split_at(21 * 40);
            let matrix = View::new(&matrix[..inner * columns], columns);
            // What an earlier, larger matrix left there must not be seen.
            let mut panels = Panels { values: vec![f32::NAN; 8000], inner: 0, columns: 0 };
            panels.pack(matrix);
            // Rows of the result in reverse order, one value between them.
            let out_starts: Vec<usize> = (0..rows).rev().map(|row| row * (columns + 1)).collect();
            let lhs_starts: Vec<usize> = (0..rows).map(|row| row * 40).collect();
            let mut out = vec![1.0; rows * (columns + 1)];
            panels.multiply_add(&mut out, &out_starts, lhs, &lhs_starts);
            for row in 0..rows {
                for column in 0..columns {
                    let sum: f32 = (0..inner).map(|k| lhs[row * 40 + k] * matrix.at(k, column)).sum();
                    prop_assert!((out[out_starts[row] + column] - 1.0 - sum).abs() < 1e-3);
                }
                prop_assert_eq!(out[out_starts[row] + columns], 1.0, "what lies between the rows stays");
            }
        }
    }
}
