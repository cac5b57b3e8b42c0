//! Matrix products over strided views: the one place that hands pointers to the library that multiplies.

/// A matrix in a slice. Rows may overlap, so that neighbouring rows are a window without a copy.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// Row after row, `[rows, columns]`.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, rows: values.len() / columns, columns, row_stride: columns, column_stride: 1 }
    }

    /// Every three neighbouring rows of `[rows, columns]` side by side: `[rows − 2, 3 · columns]`.
    pub fn windows(values: &'a [f32], columns: usize) -> Self {
        let rows = (values.len() / columns).saturating_sub(2);
        Self { values, rows, columns: 3 * columns, row_stride: columns, column_stride: 1 }
    }

    /// Some neighbouring columns, from `first`.
    pub fn columns(self, first: usize, columns: usize) -> Self {
        assert!(first + columns <= self.columns, "the columns are among the matrix's");
        // An empty matrix may have no element to begin at.
        let values = self.values.get(first * self.column_stride..).unwrap_or_default();
        Self { values, columns, ..self }
    }

    /// Rows as columns.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Whether the last element lies within the slice.
    fn fits(&self) -> bool {
        let last = |count: usize, stride: usize| count.saturating_sub(1) * stride;
        let end = last(self.rows, self.row_stride) + last(self.columns, self.column_stride) + 1;
        self.rows * self.columns == 0 || end <= self.values.len()
    }
}

/// `out = lhs · rhs`, row after row.
pub(super) fn multiply(out: &mut [f32], lhs: View<'_>, rhs: View<'_>) {
    product(out, lhs, rhs, false);
}

/// `out += lhs · rhs`, row after row.
pub(super) fn multiply_add(out: &mut [f32], lhs: View<'_>, rhs: View<'_>) {
    product(out, lhs, rhs, true);
}

#[allow(unsafe_code)] // The library takes pointers and strides; the bounds are checked here.
fn product(out: &mut [f32], lhs: View<'_>, rhs: View<'_>, add: bool) {
    let (rows, inner, columns) = (lhs.rows, lhs.columns, rhs.columns);
    assert_eq!(inner, rhs.rows, "columns of the left matrix are rows of the right one");
    assert_eq!(out.len(), rows * columns, "the result has the left one's rows and the right one's columns");
    assert!(lhs.fits() && rhs.fits(), "a matrix lies within its slice");
    if out.is_empty() {
        return;
    }
    if inner == 0 {
        if !add {
            out.fill(0.0);
        }
        return;
    }
    // SAFETY: every element of the three matrices lies within its slice, as checked above; `out` is borrowed
    // exclusively, so it overlaps neither input; the strides are far below isize::MAX, since slices are.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            add,
            lhs.values.as_ptr(),
            lhs.column_stride as isize,
            lhs.row_stride as isize,
            rhs.values.as_ptr(),
            rhs.column_stride as isize,
            rhs.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(view: &View<'_>, row: usize, column: usize) -> f32 {
        view.values[row * view.row_stride + column * view.column_stride]
    }

    fn check(lhs: View<'_>, rhs: View<'_>) {
        let mut out = vec![f32::NAN; lhs.rows * rhs.columns];
        multiply(&mut out, lhs, rhs);
        let mut twice = out.clone();
        multiply_add(&mut twice, lhs, rhs);
        for row in 0..lhs.rows {
            for column in 0..rhs.columns {
                let expected: f32 = (0..lhs.columns).map(|k| at(&lhs, row, k) * at(&rhs, k, column)).sum();
                let place = row * rhs.columns + column;
                assert!((out[place] - expected).abs() < 1e-3, "{row}, {column}: {} and {expected}", out[place]);
                assert!((twice[place] - 2.0 * expected).abs() < 2e-3);
            }
        }
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_plain_sum(
            (rows, inner, columns) in (0usize..9, 1usize..20, 1usize..9),
            values in proptest::collection::vec(-2.0f32..2.0, 9 * 20 + 20 * 9),
        ) {
            let (lhs, rest) = values.split_at(rows * inner);
            let lhs = View::new(lhs, inner);
            check(lhs, View::new(&rest[..inner * columns], columns));
            check(lhs, View::new(&rest[..inner * columns], inner).transposed());
            check(View::windows(&values[..rows * columns], columns), View::new(&values[..3 * columns * 4], 4));
            let windows = View::windows(&values[..(rows + 2) * columns], columns);
            check(windows.transposed(), View::new(&values[..rows * 5], 5));
        }
    }

    #[test]
    #[should_panic(expected = "columns of the left")]
    fn matrices_that_do_not_fit_are_refused() {
        multiply(&mut [0.0; 4], View::new(&[1.0; 4], 2), View::new(&[1.0; 3], 1));
    }
}
