//! Principal components.

use fedner_kernels::math::{dot, vectorised};

/// Rotations of every pair of components, at most; about eight are enough.
const SWEEPS_MAX: usize = 30;
/// What is left beside the diagonal, as a share of the whole, when it is done.
const PRECISION: f64 = 1e-10;

/// A projection on principal components.
pub struct Fitted {
    /// `[components, width]`, scaled.
    pub components: Vec<f32>,
    /// The mean, `[width]`.
    pub centre: Vec<f32>,
    /// The share of the variance that it keeps.
    pub kept_variance: f64,
}

/// Fits a projection on so many components of `[rows, width]`; what it projects has `rms` as the root of the mean square of
/// all its elements.
pub fn fit(rows: &[f32], width: usize, components: usize, rms: f64) -> Fitted {
    let count = (rows.len() / width).max(1) as f64;
    let mut centre = vec![0f64; width];
    for row in rows.chunks_exact(width) {
        centre.iter_mut().zip(row).for_each(|(centre, value)| *centre += f64::from(*value) / count);
    }
    let (values, vectors) = eigen(covariance(rows, &centre, width), width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order.truncate(components);
    let kept: f64 = order.iter().map(|at| values[*at].max(0.0)).sum();
    let all: f64 = values.iter().map(|value| value.max(0.0)).sum();
    let scale = rms / (kept / components as f64).sqrt().max(f64::MIN_POSITIVE);
    let rows = order.iter().flat_map(|at| {
        let vector = &vectors[at * width..(at + 1) * width];
        // A component's sign means nothing: the largest element is made positive, so that it is the same everywhere.
        let largest = vector.iter().copied().fold(0f64, |a, b| if b.abs() > a.abs() { b } else { a });
        let sign = if largest < 0.0 { -scale } else { scale };
        vector.iter().map(move |value| (value * sign) as f32).collect::<Vec<_>>()
    });
    Fitted {
        components: rows.collect(),
        centre: centre.iter().map(|value| *value as f32).collect(),
        kept_variance: if all > 0.0 { kept / all } else { 1.0 },
    }
}

/// `[width, width]`.
fn covariance(rows: &[f32], centre: &[f64], width: usize) -> Vec<f64> {
    let count = rows.len() / width;
    // Column after column, so that each pair is a sum over neighbours.
    let mut columns = vec![0f32; rows.len()];
    for (at, row) in rows.chunks_exact(width).enumerate() {
        row.iter().enumerate().for_each(|(j, value)| columns[j * count + at] = (f64::from(*value) - centre[j]) as f32);
    }
    let column = |j: usize| &columns[j * count..(j + 1) * count];
    let mut covariance = vec![0.0; width * width];
    vectorised(|| {
        for i in 0..width {
            for j in i..width {
                let sum = f64::from(dot(column(i), column(j))) / count as f64;
                covariance[i * width + j] = sum;
                covariance[j * width + i] = sum;
            }
        }
    });
    covariance
}

/// Eigenvalues and eigenvectors, `[width, width]`, a vector a row, of a symmetric matrix: Jacobi's rotations, row by row.
fn eigen(mut matrix: Vec<f64>, width: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors: Vec<f64> = (0..width * width).map(|at| if at / width == at % width { 1.0 } else { 0.0 }).collect();
    let whole: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS_MAX {
        let pairs = (0..width).flat_map(|p| (p + 1..width).map(move |q| (p, q)));
        let beside: f64 = pairs.clone().map(|(p, q)| matrix[p * width + q].powi(2)).sum();
        if beside <= PRECISION * PRECISION * whole {
            break;
        }
        for (p, q) in pairs {
            let off = matrix[p * width + q];
            if off == 0.0 {
                continue;
            }
            let theta = (matrix[q * width + q] - matrix[p * width + p]) / (2.0 * off);
            let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
            rotate(&mut matrix, &mut vectors, width, [p, q], [cosine, tangent * cosine]);
        }
    }
    ((0..width).map(|at| matrix[at * width + at]).collect(), vectors)
}

/// Rotates rows and columns p and q of the matrix, and the vectors with them.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], width: usize, [p, q]: [usize; 2], [cosine, sine]: [f64; 2]) {
    let turn = |a: &mut f64, b: &mut f64| (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    for rows in [&mut *matrix, vectors] {
        let (above, below) = rows.split_at_mut(q * width);
        above[p * width..(p + 1) * width].iter_mut().zip(&mut below[..width]).for_each(|(a, b)| turn(a, b));
    }
    for row in matrix.chunks_exact_mut(width) {
        let (left, right) = row.split_at_mut(q);
        turn(&mut left[p], &mut right[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_of_the_most_variance_is_kept() {
        let rows: Vec<f32> =
            (0..100).flat_map(|at| [at as f32 + 3.0, 0.5 * at as f32, (at % 2) as f32 * 0.1]).collect();
        let fitted = fit(&rows, 3, 1, 0.5);
        assert!(fitted.kept_variance > 0.99);
        let [x, y, z] = fitted.components[..] else { panic!("one component of three elements") };
        assert!((y / x - 0.5).abs() < 0.01 && z.abs() < 0.01 * x && x > 0.0, "{:?}", fitted.components);
        let squares = rows.chunks(3).map(|row| {
            let value: f32 =
                row.iter().zip(&fitted.centre).zip(&fitted.components).map(|((v, c), p)| (v - c) * p).sum();
            value * value
        });
        assert!((squares.sum::<f32>() / 100.0 - 0.25).abs() < 1e-3);
    }
}
