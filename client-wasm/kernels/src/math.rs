//! Functions of many values, written so that the compiler vectorises them: no branches, no calls, sums in lanes.

/// Partial sums a loop keeps; a power of two no narrower than the widest vector.
const LANES: usize = 16;

/// Runs a closure with the widest instructions that the processor has.
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    arch().dispatch(work)
}

/// The widest instructions that the processor has; in a browser, those that the module was built for.
pub(super) fn arch() -> pulp::Arch {
    #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
    pulp::wasm::enable_relaxed_simd();
    pulp::Arch::new()
}

/// `eˣ` to about one unit in the last place; `x` is clamped to ±87.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = x - whole * LN2_HIGH - whole * LN2_LOW;
    // Cephes' expf.
    let series = 1.987_569_1e-4 * rest + 1.398_199_9e-3;
    let series = series * rest + 8.333_452e-3;
    let series = series * rest + 4.166_579_6e-2;
    let series = series * rest + 1.666_666_5e-1;
    let series = series * rest + 0.5;
    let power = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    (series * rest * rest + rest + 1.0) * f32::from_bits(((power + 127) << 23) as u32)
}

/// GELU and its slope (Hendrycks and Gimpel 2016), with the normal distribution of Abramowitz and Stegun's 7.1.26,
/// which is exact to 1e-7. NaN stays NaN.
#[inline(always)]
pub fn gelu(x: f32) -> (f32, f32) {
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.231_641_89 * x.abs());
    let series = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * series * bell;
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (x * below, below + x * bell * 0.398_942_3)
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, exact to 2e-7.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exp(2.0 * x))
}

/// `Σ aᵢ`.
#[inline(always)]
pub fn sum(a: &[f32]) -> f32 {
    lanes(a, a, |x, _| x)
}

/// `Σ aᵢ bᵢ`.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    lanes(a, b, |x, y| x * y)
}

#[inline(always)]
fn lanes(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f32 = rest.map(|(x, y)| term(*x, *y)).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += term(x[lane], y[lane]);
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `a += b`.
#[inline(always)]
pub(super) fn add_to(a: &mut [f32], b: &[f32]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_exact_enough() {
        for i in -8000..=8000 {
            let x = i as f32 * 0.01;
            let (exact, near) = (f64::from(x).exp(), f64::from(exp(x)));
            assert!((near - exact).abs() <= 3e-7 * exact, "exp({x}) is {exact}, not {near}");
        }
        assert!(exp(f32::NAN).is_nan() && exp(-1e9) < 1e-37 && exp(1e9).is_finite());
    }

    #[test]
    fn gelu_has_the_slope_it_says() {
        for i in -2000..=2000 {
            let x = f64::from(i) * 0.01;
            let step = 1e-3;
            let value = |x: f64| f64::from(gelu(x as f32).0);
            let slope = (value(x + step) - value(x - step)) / (2.0 * step);
            let (y, given) = gelu(x as f32);
            assert!((slope - f64::from(given)).abs() < 2e-3, "gelu'({x}) is {slope}, not {given}");
            assert!(y.is_finite() && (x > -6.0 || y.abs() < 1e-5) && (x < 6.0 || (f64::from(y) - x).abs() < 1e-5));
        }
        let known = [(1.0, 0.841_344_7), (-1.0, -0.158_655_25), (0.0, 0.0), (2.5, 2.484_475_8)];
        known.iter().for_each(|(x, y)| assert!((gelu(*x).0 - y).abs() < 1e-6, "gelu({x})"));
        assert!(gelu(f32::NAN).0.is_nan() && gelu(f32::NAN).1.is_nan());
    }

    #[test]
    fn the_squashing_functions_are_exact_enough_everywhere() {
        for i in -10_000..=10_000 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x);
            assert!((f64::from(sigmoid(x)) - 1.0 / (1.0 + (-exact).exp())).abs() < 2e-7, "sigmoid({x})");
            assert!((f64::from(tanh(x)) - exact.tanh()).abs() < 2e-7, "tanh({x})");
        }
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
    }

    #[test]
    fn sums_have_every_element_once() {
        for n in [0, 1, 15, 16, 17, 95, 96, 384] {
            let a: Vec<f32> = (0..n).map(|i| (i + 1) as f32).collect();
            assert_eq!(sum(&a), (n * (n + 1) / 2) as f32);
            assert_eq!(dot(&a, &vec![2.0; n]), (n * (n + 1)) as f32);
        }
    }
}
