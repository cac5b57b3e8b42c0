//! The model specification: everything that two sites must agree on to share a module.

use serde::{Deserialize, Serialize};

/// Most parameters a shared module may have; bounds every buffer on both sides.
const PARAMETERS_MAX: usize = 16 << 20;
/// Most rows in one feature's table.
const ROWS_MAX: usize = 1 << 20;
/// Widest embedding or encoder.
const WIDTH_MAX: usize = 1024;
/// Most residual blocks in an encoder.
const BLOCKS_MAX: usize = 16;
/// Most hash functions a feature.
const HASHES_MAX: usize = 8;

/// A property of one token. Each is hashed with fixed public functions; no vocabulary exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// The lower-cased token.
    Form,
    /// Its first 3 characters, lower-cased.
    Prefix3,
    /// Its first 4 characters, lower-cased.
    Prefix4,
    /// Its last 2 characters, lower-cased.
    Suffix2,
    /// Its last 3 characters, lower-cased.
    Suffix3,
    /// Its last 4 characters, lower-cased.
    Suffix4,
    /// Its last 5 characters, lower-cased.
    Suffix5,
    /// Its shape: upper, lower, digit and other, runs cut at four.
    Shape,
}

/// One feature's embedding table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureTable {
    /// What is looked up.
    pub feature: Feature,
    /// Rows of its table.
    pub rows: usize,
}

/// Sizes of the model. The shared module follows from it entirely; label sets are no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// The features and their tables, in order.
    pub features: Vec<FeatureTable>,
    /// Hash functions a feature; the rows they name are summed.
    pub hashes: usize,
    /// Seed of the hash functions.
    pub hash_seed: u32,
    /// Width of an embedding row.
    pub embedding_width: usize,
    /// Width of the context encoder.
    pub encoder_width: usize,
    /// Residual window-3 convolution blocks in the shared encoder.
    pub encoder_blocks: usize,
    /// Blocks of the same kind in each site's private encoder. Never part of the shared module.
    pub private_blocks: usize,
}

/// What is wrong with a model specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model specification: {field} is {value}, it must lie between {min} and {max}")]
pub struct SpecError {
    field: &'static str,
    value: usize,
    min: usize,
    max: usize,
}

impl Default for ModelSpec {
    /// The product's model: about one million shared parameters.
    fn default() -> Self {
        use Feature::*;
        let rows = [
            (Form, 5000),
            (Prefix3, 1500),
            (Prefix4, 2500),
            (Suffix2, 500),
            (Suffix3, 2500),
            (Suffix4, 2500),
            (Suffix5, 2500),
            (Shape, 1500),
        ];
        Self {
            features: rows.map(|(feature, rows)| FeatureTable { feature, rows }).to_vec(),
            hashes: 4,
            hash_seed: 2020,
            embedding_width: 48,
            encoder_width: 96,
            encoder_blocks: 3,
            private_blocks: 1,
        }
    }
}

impl ModelSpec {
    /// A model of a few thousand parameters, for slow devices and quick tests.
    pub fn small() -> Self {
        use Feature::*;
        Self {
            features: [(Form, 512), (Suffix3, 128), (Shape, 64)]
                .map(|(feature, rows)| FeatureTable { feature, rows })
                .to_vec(),
            hashes: 2,
            hash_seed: 2020,
            embedding_width: 16,
            encoder_width: 24,
            encoder_blocks: 1,
            private_blocks: 0,
        }
    }

    /// Checks every size against its limit.
    ///
    /// # Errors
    /// Names the first field that is out of bounds.
    pub fn validate(&self) -> Result<(), SpecError> {
        let check = |field, value, min, max| {
            if (min..=max).contains(&value) { Ok(()) } else { Err(SpecError { field, value, min, max }) }
        };
        check("number of features", self.features.len(), 1, 8)?;
        for (i, table) in self.features.iter().enumerate() {
            check("rows of a feature", table.rows, 1, ROWS_MAX)?;
            let repeats = self.features[..i].iter().filter(|t| t.feature == table.feature).count();
            check("repeats of a feature", repeats, 0, 0)?;
        }
        check("hashes", self.hashes, 1, HASHES_MAX)?;
        check("embedding_width", self.embedding_width, 1, WIDTH_MAX)?;
        check("encoder_width", self.encoder_width, 1, WIDTH_MAX)?;
        check("encoder_blocks", self.encoder_blocks, 0, BLOCKS_MAX)?;
        check("private_blocks", self.private_blocks, 0, BLOCKS_MAX)?;
        check("parameters of the shared module", self.shared_parameters(), 1, PARAMETERS_MAX)
    }

    /// Rows of all feature tables together.
    pub fn rows_total(&self) -> usize {
        self.features.iter().map(|t| t.rows).sum()
    }

    fn shared_parameters(&self) -> usize {
        let w = self.encoder_width;
        let input = self.features.len() * self.embedding_width * w + 3 * w;
        self.rows_total() * self.embedding_width + input + self.encoder_blocks * (3 * w * w + 3 * w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_specifications_are_valid() {
        ModelSpec::default().validate().unwrap();
        ModelSpec::small().validate().unwrap();
    }

    #[test]
    fn out_of_bounds_sizes_are_named() {
        let wide = ModelSpec { encoder_width: 5000, ..ModelSpec::default() };
        assert!(wide.validate().unwrap_err().to_string().contains("encoder_width is 5000"));
        let mut twice = ModelSpec::small();
        twice.features.push(twice.features[0]);
        assert!(twice.validate().is_err());
    }
}
