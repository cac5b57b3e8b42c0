//! How a round's updates become one, and what a single update may be.

use serde::{Deserialize, Serialize};

use super::{PolicyError, ensure};

/// Most samples an update can be allowed to count for.
const SAMPLES_MAX: u32 = 1_000_000_000;
/// Fewest updates of which one can be cut at each end.
const ROBUST_QUORUM_MIN: u32 = 3;

/// How much each site's update counts in the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// By its number of training sentences (Ge et al. 2020), up to [`UpdateBounds::samples_max`].
    Samples,
    /// Every site the same.
    Uniform,
}

/// How a round's updates become one, parameter by parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Aggregation {
    /// The weighted mean. One site can move it as far as it likes.
    Mean {
        /// How updates are weighted.
        weighting: Weighting,
    },
    /// The mean of what is left when the largest and the smallest values are cut (Yin et al. 2018).
    /// Every site counts the same.
    TrimmedMean {
        /// Share of the updates cut at each end, in percent, rounded up to a whole update.
        trim_percent: u32,
    },
    /// The median (Yin et al. 2018). Every site counts the same.
    Median {},
}

impl Default for Aggregation {
    fn default() -> Self {
        Self::Mean { weighting: Weighting::Uniform }
    }
}

impl Aggregation {
    /// Checks every field, and that a round can have enough updates.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self, quorum: u32) -> Result<(), PolicyError> {
        if let Self::TrimmedMean { trim_percent } = self {
            ensure((1..=49).contains(trim_percent), "trim_percent", trim_percent, "use 1 to 49")?;
        }
        let enough = matches!(self, Self::Mean { .. }) || quorum >= ROBUST_QUORUM_MIN;
        ensure(enough, "quorum", quorum, "trimmed_mean and median need at least 3, or there is nothing to cut")
    }
}

/// What a single update may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateBounds {
    /// Euclidean norm beyond which an update is refused.
    pub norm_max: f32,
    /// Euclidean norm down to which a larger update is scaled before it is merged; none for no scaling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_clip: Option<f32>,
    /// Most training sentences that a site counts for, whatever it says.
    pub samples_max: u32,
}

impl Default for UpdateBounds {
    fn default() -> Self {
        Self { norm_max: 1000.0, norm_clip: None, samples_max: 10_000 }
    }
}

impl UpdateBounds {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let positive = |v: f32| v.is_finite() && v > 0.0;
        ensure(positive(self.norm_max), "norm_max", self.norm_max, "it must be above 0")?;
        if let Some(clip) = self.norm_clip {
            ensure(positive(clip), "norm_clip", clip, "it must be above 0; leave it out for no scaling")?;
            ensure(clip <= self.norm_max, "norm_clip", clip, "it can't exceed norm_max")?;
        }
        let samples = 1..=SAMPLES_MAX;
        ensure(samples.contains(&self.samples_max), "samples_max", self.samples_max, "use 1 to 1000000000")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_with_what_to_do() {
        let message = |aggregation: Aggregation, quorum| aggregation.validate(quorum).unwrap_err().to_string();
        Aggregation::default().validate(1).unwrap();
        Aggregation::TrimmedMean { trim_percent: 20 }.validate(3).unwrap();
        for trim_percent in [0, 50] {
            let found = message(Aggregation::TrimmedMean { trim_percent }, 3);
            assert_eq!(found, format!("trim_percent is {trim_percent}: use 1 to 49"));
        }
        let few = "quorum is 2: trimmed_mean and median need at least 3, or there is nothing to cut";
        assert_eq!(message(Aggregation::Median {}, 2), few);
        assert_eq!(message(Aggregation::TrimmedMean { trim_percent: 20 }, 2), few);

        let message = |bounds: UpdateBounds| bounds.validate().unwrap_err().to_string();
        let bounds = UpdateBounds::default();
        bounds.validate().unwrap();
        UpdateBounds { norm_clip: Some(1.0), ..bounds.clone() }.validate().unwrap();
        assert!(message(UpdateBounds { norm_max: f32::NAN, ..bounds.clone() }).starts_with("norm_max is NaN"));
        assert!(message(UpdateBounds { norm_clip: Some(0.0), ..bounds.clone() }).starts_with("norm_clip is 0"));
        let clip = message(UpdateBounds { norm_clip: Some(1001.0), ..bounds.clone() });
        assert_eq!(clip, "norm_clip is 1001: it can't exceed norm_max");
        assert!(message(UpdateBounds { samples_max: 0, ..bounds }).starts_with("samples_max is 0"));
    }

    #[test]
    fn names_are_those_of_the_field() {
        let trimmed = Aggregation::TrimmedMean { trim_percent: 20 };
        let json = serde_json::json!({ "kind": "trimmed_mean", "trim_percent": 20 });
        assert_eq!(serde_json::to_value(trimmed).unwrap(), json);
        let mean = serde_json::json!({ "kind": "mean", "weighting": "uniform" });
        assert_eq!(
            serde_json::from_value::<Aggregation>(mean).unwrap(),
            Aggregation::Mean { weighting: Weighting::Uniform }
        );
        let misplaced = serde_json::json!({ "kind": "median", "weighting": "uniform" });
        assert!(serde_json::from_value::<Aggregation>(misplaced).is_err());
    }
}
