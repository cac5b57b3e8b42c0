//! Matrix products over strided views.

mod panels;
mod tiles;
mod view;

use std::cell::RefCell;

pub(crate) use panels::Panels;
use tiles::{LeftRows, OutRows};
pub(crate) use view::View;

thread_local! {
    /// The last product's right matrix and the starts of its rows: the next product uses their memory.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    panels: Panels,
    out_starts: Vec<usize>,
    lhs_starts: Vec<usize>,
}

/// `out = lhs · rhs`, row after row.
pub(crate) fn multiply(out: &mut [f32], lhs: View<'_>, rhs: View<'_>) {
    product(out, lhs, rhs, false);
}

/// `out += lhs · rhs`, row after row.
pub(crate) fn multiply_add(out: &mut [f32], lhs: View<'_>, rhs: View<'_>) {
    product(out, lhs, rhs, true);
}

fn product(out: &mut [f32], lhs: View<'_>, rhs: View<'_>, add: bool) {
    assert_eq!(lhs.columns, rhs.rows, "columns of the left matrix are rows of the right one");
    assert_eq!(out.len(), lhs.rows * rhs.columns, "the result has the left one's rows and the right one's columns");
    if lhs.columns == 0 && !add {
        out.fill(0.0);
    }
    SCRATCH.with_borrow_mut(|Scratch { panels, out_starts, lhs_starts }| {
        panels.pack(rhs);
        out_starts.clear();
        out_starts.extend((0..lhs.rows).map(|row| row * rhs.columns));
        lhs_starts.clear();
        lhs_starts.extend((0..lhs.rows).map(|row| row * lhs.row_stride));
        let left = LeftRows { values: lhs.values, starts: lhs_starts, stride: lhs.column_stride };
        panels.product(OutRows { values: out, starts: out_starts, add }, left);
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(lhs: View<'_>, rhs: View<'_>) {
        let mut out = vec![f32::NAN; lhs.rows * rhs.columns];
        multiply(&mut out, lhs, rhs);
        let mut twice = out.clone();
        multiply_add(&mut twice, lhs, rhs);
        for row in 0..lhs.rows {
            for column in 0..rhs.columns {
                let expected: f32 = (0..lhs.columns).map(|k| lhs.at(row, k) * rhs.at(k, column)).sum();
                let place = row * rhs.columns + column;
                assert!((out[place] - expected).abs() < 1e-3, "{row}, {column}: {} and {expected}", out[place]);
                assert!((twice[place] - 2.0 * expected).abs() < 2e-3);
            }
        }
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_plain_sum(
            (rows, inner, columns) in (0usize..40, 1usize..20, 1usize..70),
            values in proptest::collection::vec(-2.0f32..2.0, 40 * 20 + 20 * 70),
        ) {
            let (lhs, rest) = values.split_at(rows * inner);
            let lhs = View::new(lhs, inner);
            check(lhs, View::new(&rest[..inner * columns], columns));
            check(lhs, View::new(&rest[..inner * columns], inner).transposed());
        }

        #[test]
        fn windows_and_columns_are_multiplied_without_a_copy(
            (rows, columns, width) in (0usize..30, 1usize..9, 1usize..9),
            values in proptest::collection::vec(-2.0f32..2.0, 32 * 9 + 3 * 9 * 9),
        ) {
            let (lhs, rest) = values.split_at(32 * 9);
            check(View::windows(&lhs[..rows * columns], columns), View::new(&rest[..3 * columns * width], width));
            let windows = View::windows(&lhs[..(rows + 2) * columns], columns);
            check(windows.transposed(), View::new(&rest[..rows * 5], 5));
            let some = View::new(&lhs[..rows * columns], columns).columns(columns / 2, columns.div_ceil(2));
            check(some.transposed(), View::new(&rest[..rows * 5], 5));
        }
    }

    #[test]
    fn sums_of_many_terms_are_taken_in_pieces() {
        let values: Vec<f32> = (0..2000).map(|i| (i % 7) as f32 - 3.0).collect();
        check(View::new(&values, 1000), View::new(&values, 2));
        check(View::new(&values, 2).transposed(), View::new(&values, 2));
        // Whole tiles and panels, and what is left beside them.
        let many: Vec<f32> = (0..600 * 70).map(|i| (i % 11) as f32 / 8.0 - 0.5).collect();
        check(View::new(&many[..17 * 600], 600), View::new(&many, 70));
        check(View::new(&many[..17 * 600], 17).transposed(), View::new(&many, 70));
    }

    #[test]
    #[should_panic(expected = "columns of the left")]
    fn matrices_that_do_not_fit_are_refused() {
        multiply(&mut [0.0; 4], View::new(&[1.0; 4], 2), View::new(&[1.0; 3], 1));
    }
}
