//! How updates are masked, so that the server learns only their sum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Aggregation, PolicyError, Weighting, ensure};
use crate::Manifest;

/// Fewest updates of a sum.
const QUORUM_MIN: u32 = 3;
/// Most sites of a round: each pair of them has keys.
const SITES_MAX: u32 = 64;
/// Longest wait for one step, in seconds.
const STEP_S_MAX: u32 = 24 * 3600;

/// Secure aggregation (Bonawitz et al. 2017). Values are sent as whole numbers of a fixed step, the same at every site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecureAggregation {
    /// Bits of a site's value, its sign among them. A sum takes some more.
    pub value_bits: u32,
    /// Largest magnitude of a value; what is beyond it comes with the site's next update.
    pub clip: f32,
    /// The same for tensors by name, where it differs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tensor_clips: BTreeMap<String, f32>,
    /// Longest wait for the keys and for the shares, each, in seconds.
    pub step_s: u32,
}

impl Default for SecureAggregation {
    fn default() -> Self {
        Self { value_bits: 9, clip: 0.1, tensor_clips: BTreeMap::new(), step_s: 60 }
    }
}

impl SecureAggregation {
    /// Largest whole number of a value.
    pub fn levels(&self) -> u32 {
        (1 << (self.value_bits - 1)) - 1
    }

    /// The step between two whole numbers, of each tensor in the manifest's order.
    pub fn steps<'m>(&'m self, manifest: &'m Manifest) -> impl Iterator<Item = f32> + 'm {
        let clip = |name: &str| self.tensor_clips.get(name).copied().unwrap_or(self.clip);
        manifest.tensors.iter().map(move |tensor| clip(&tensor.name) / self.levels() as f32)
    }

    /// Checks every field, and what else the policy says.
    ///
    /// # Errors
    /// Names the first field that can't work, or that excludes secure aggregation.
    pub fn validate(&self, aggregation: Aggregation, min_sites: u32, quorum: u32) -> Result<(), PolicyError> {
        let positive = |v: f32| v.is_finite() && v > 0.0;
        let bits = self.value_bits;
        ensure((2..=16).contains(&bits), "secure_aggregation.value_bits", bits, "use 2 to 16")?;
        ensure(positive(self.clip), "secure_aggregation.clip", self.clip, "it must be above 0")?;
        for clip in self.tensor_clips.values() {
            ensure(positive(*clip), "secure_aggregation.tensor_clips", clip, "each must be above 0")?;
        }
        let step = self.step_s;
        ensure((1..=STEP_S_MAX).contains(&step), "secure_aggregation.step_s", step, "use 1 to 86400")?;
        let (field, rule) = (
            "aggregation",
            "secure_aggregation needs kind = \"mean\", weighting = \"uniform\": the \
            server sees no single update, so it can neither weight it nor cut it",
        );
        let name = match aggregation {
            Aggregation::Mean { weighting: Weighting::Uniform } => None,
            Aggregation::Mean { weighting: Weighting::Samples } => Some("mean by samples"),
            Aggregation::TrimmedMean { .. } => Some("trimmed_mean"),
            Aggregation::Median {} => Some("median"),
        };
        ensure(name.is_none(), field, name.unwrap_or_default(), rule)?;
        ensure(quorum >= QUORUM_MIN, "quorum", quorum, "secure_aggregation needs at least 3")?;
        ensure(min_sites <= SITES_MAX, "min_sites", min_sites, "secure_aggregation takes at most 64 sites in a round")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excludes_it_is_refused_by_name() {
        let policy = SecureAggregation::default();
        let told = |aggregation, quorum| policy.validate(aggregation, 3, quorum).map_err(|e| e.to_string());
        told(Aggregation::default(), 3).unwrap();
        let samples = Aggregation::Mean { weighting: Weighting::Samples };
        for (aggregation, name) in [
            (Aggregation::Median {}, "median"),
            (Aggregation::TrimmedMean { trim_percent: 20 }, "trimmed_mean"),
            (samples, "mean by samples"),
        ] {
            let told = told(aggregation, 3).unwrap_err();
            assert!(told.starts_with(&format!("aggregation is {name}: secure_aggregation needs")), "{told}");
        }
        assert!(told(Aggregation::default(), 2).unwrap_err().starts_with("quorum is 2"));
        let wide = SecureAggregation { value_bits: 17, ..policy.clone() };
        assert!(wide.validate(Aggregation::default(), 3, 3).unwrap_err().to_string().contains("value_bits is 17"));
        let none = SecureAggregation { clip: f32::NAN, ..policy.clone() };
        assert!(none.validate(Aggregation::default(), 3, 3).is_err());
    }
}
