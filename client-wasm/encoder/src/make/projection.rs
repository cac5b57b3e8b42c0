//! Principal components.

use nalgebra::{DMatrix, SymmetricEigen};

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
    let centred = DMatrix::from_fn(rows.len() / width, width, |row, column| {
        (f64::from(rows[row * width + column]) - centre[column]) as f32
    });
    let covariance = centred.tr_mul(&centred).map(|value| f64::from(value) / count);
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    order.truncate(components);
    let kept: f64 = order.iter().map(|at| eigen.eigenvalues[*at].max(0.0)).sum();
    let all: f64 = eigen.eigenvalues.iter().map(|value| value.max(0.0)).sum();
    let scale = rms / (kept / components as f64).sqrt().max(f64::MIN_POSITIVE);
    let rows = order.iter().flat_map(|at| {
        let vector = eigen.eigenvectors.column(*at);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_of_the_most_variance_is_kept() {
        let rows: Vec<f32> = (0..100).flat_map(|at| [at as f32 + 3.0, 0.5 * at as f32, (at % 2) as f32 * 0.1]).collect();
        let fitted = fit(&rows, 3, 1, 0.5);
        assert!(fitted.kept_variance > 0.99);
        let [x, y, z] = fitted.components[..] else { panic!("one component of three elements") };
        assert!((y / x - 0.5).abs() < 0.01 && z.abs() < 0.01 * x && x > 0.0, "{:?}", fitted.components);
        let squares = rows.chunks(3).map(|row| {
            let value: f32 = row.iter().zip(&fitted.centre).zip(&fitted.components).map(|((v, c), p)| (v - c) * p).sum();
            value * value
        });
        assert!((squares.sum::<f32>() / 100.0 - 0.25).abs() < 1e-3);
    }
}
