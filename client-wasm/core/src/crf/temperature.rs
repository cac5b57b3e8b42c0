//! Temperature scaling (Guo et al. 2017, arXiv 1706.04599) of a CRF.

use serde::{Deserialize, Serialize};

/// What all scores are divided by before they become probabilities: `p(y) ∝ e^(score(y) / T)`. Above 1 the model is less
/// sure of everything, below 1 surer; the best tag sequence is the same at all.
///
/// It holds for the parameters that it was chosen for, and only for those.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Temperature(f32);

impl Temperature {
    /// The model's own probabilities.
    pub const NEUTRAL: Self = Self(1.0);
    /// The lowest.
    pub const LOWEST: Self = Self(0.5);
    /// The highest.
    pub const HIGHEST: Self = Self(5.0);

    /// The temperature with this logarithm, or the nearest bound; the neutral one for NaN.
    pub fn from_ln(ln: f64) -> Self {
        if ln.is_nan() {
            return Self::NEUTRAL;
        }
        Self((ln.exp() as f32).clamp(Self::LOWEST.0, Self::HIGHEST.0))
    }

    /// Its natural logarithm.
    pub fn ln(self) -> f64 {
        f64::from(self.0).ln()
    }

    /// What scores are multiplied by.
    pub(super) fn factor(self) -> f64 {
        1.0 / f64::from(self.0)
    }

    /// Whether it changes nothing.
    pub fn is_neutral(&self) -> bool {
        *self == Self::NEUTRAL
    }
}

impl Default for Temperature {
    fn default() -> Self {
        Self::NEUTRAL
    }
}

impl std::fmt::Display for Temperature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Temperature> for f32 {
    fn from(temperature: Temperature) -> Self {
        temperature.0
    }
}

impl TryFrom<f32> for Temperature {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, Self::Error> {
        let (low, high) = (Self::LOWEST.0, Self::HIGHEST.0);
        // NaN is not in the range either.
        if (low..=high).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("a temperature is from {low} to {high}, not {value}"))
        }
    }
}
