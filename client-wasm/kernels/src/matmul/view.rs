//! A matrix in a slice.

/// A matrix in a slice. Rows may overlap, so that neighbouring rows are a window without a copy. All of its elements lie
/// within the slice.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    /// One of the two strides is 1.
    pub(super) column_stride: usize,
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

    /// The element in a row and column.
    #[inline(always)]
    pub(super) fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.row_stride + column * self.column_stride]
    }
}
