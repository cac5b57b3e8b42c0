//! The innermost loop over integers: a few rows by a panel of outputs, whose sums stay in registers.

/// Outputs of a vector of sums.
pub const LANES: usize = if cfg!(target_arch = "wasm32") { 4 } else { 8 };
/// Vectors of sums side by side.
pub const VECTORS: usize = 2;
/// Outputs of a panel.
pub const PANEL: usize = LANES * VECTORS;
/// Rows that are multiplied together.
const ROWS: usize = 4;

/// A vector of sums, and how one kind of processor adds to it.
pub trait IntegerLanes {
    /// [`LANES`] sums.
    type Sums: Copy;

    /// Zeros.
    fn zero() -> Self::Sums;

    /// Adds to each sum four weights times four activations. `weights` has 4 · [`LANES`] elements.
    fn add(sums: Self::Sums, weights: &[i8], activations: [u8; 4]) -> Self::Sums;

    /// Takes the sums out.
    fn store(sums: Self::Sums, to: &mut [i32]);
}

/// The products of all panels with all rows, `[rows, inputs]`; `write` takes a row's number, its first output, and the sums
/// from there on.
#[inline(always)]
pub fn product<L: IntegerLanes>(
    panels: &[i8],
    rows: &[u8],
    inputs: usize,
    mut write: impl FnMut(usize, usize, &[i32]),
) {
    let count = rows.len() / inputs;
    for (number, panel) in panels.chunks_exact(PANEL * inputs).enumerate() {
        let mut row = 0;
        while count - row >= ROWS {
            tile::<L, ROWS>(panel, rows, inputs, row, number * PANEL, &mut write);
            row += ROWS;
        }
        while row < count {
            tile::<L, 1>(panel, rows, inputs, row, number * PANEL, &mut write);
            row += 1;
        }
    }
}

#[inline(always)]
fn tile<L: IntegerLanes, const R: usize>(
    panel: &[i8],
    rows: &[u8],
    inputs: usize,
    first: usize,
    output: usize,
    write: &mut impl FnMut(usize, usize, &[i32]),
) {
    let mut sums = [[L::zero(); VECTORS]; R];
    let rows: [&[u8]; R] = std::array::from_fn(|row| &rows[(first + row) * inputs..(first + row + 1) * inputs]);
    for (group, weights) in panel.chunks_exact(PANEL * 4).enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let activations = &row[group * 4..group * 4 + 4];
            let activations = [activations[0], activations[1], activations[2], activations[3]];
            for (vector, sums) in sums.iter_mut().enumerate() {
                *sums = L::add(*sums, &weights[vector * LANES * 4..(vector + 1) * LANES * 4], activations);
            }
        }
    }
    let mut out = [0; PANEL];
    for (row, sums) in sums.iter().enumerate() {
        for (vector, sums) in sums.iter().enumerate() {
            L::store(*sums, &mut out[vector * LANES..(vector + 1) * LANES]);
        }
        write(first + row, output, &out);
    }
}
