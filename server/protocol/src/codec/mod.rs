//! Models and updates as safetensors files, checked name by name and shape by shape.
//!
//! Python reads them with `safetensors.numpy.load`. In memory a module is one flat `f32` buffer in
//! the manifest's order.

mod int8;
mod masked;
mod read;
mod top_k;

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensorError, TensorView};
use serde::{Deserialize, Serialize};

pub use int8::Int8Update;
pub use masked::{MaskedHeader, decode_masked_update, encode_masked_update};
use read::{Written, decode, header};
pub use top_k::TopKUpdate;

use crate::{Digest, FederationId, Manifest, values_to_bytes};

/// Largest header a file of ours can have, in bytes; allows for long tensor names.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// Ends the name of the tensor with the scales of one that is written as bytes.
const SCALE: &str = ".scale";
/// End the names of the two tensors that say where the values of one are that are not 0, and what they are.
const INDEX: &str = ".index";
const VALUE: &str = ".value";
/// The one metadata key; its value is JSON.
const METADATA_KEY: &str = "fedner";

/// What an update says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateHeader {
    /// The federation.
    pub federation: FederationId,
    /// The round it is for.
    pub round: u32,
    /// The version it started from: `round − 1`.
    pub base_version: u32,
    /// Digest of the bytes of the version it started from; updates of earlier programs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_model: Option<Digest>,
    /// Training sentences of the site; its weight where the policy weights by samples.
    pub samples: u32,
    /// The manifest it follows.
    pub manifest: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelHeader {
    version: u32,
    manifest: Digest,
}

/// Why bytes are not a valid model or update.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CodecError {
    /// More bytes than the manifest's tensors can take.
    #[error("{bytes} bytes are more than the {max} this manifest allows")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not a safetensors file.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// The header is missing or can't be read.
    #[error("metadata field \"fedner\": {0}")]
    Header(String),
    /// Made for another manifest.
    #[error("made for manifest {found}, this federation has {expected}")]
    Manifest {
        /// The digest in the file.
        found: Digest,
        /// The federation's.
        expected: Digest,
    },
    /// A tensor is missing.
    #[error("tensor {0:?} is missing")]
    Missing(String),
    /// A tensor that the manifest does not name.
    #[error("tensor {0:?} is not in the manifest")]
    Unknown(String),
    /// A tensor of another shape or element type.
    #[error("tensor {name:?} is {found}, the manifest says {expected}")]
    Shape {
        /// Which tensor.
        name: String,
        /// What the file has.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A value that is NaN or infinite.
    #[error("tensor {name:?} has a value that is not finite at element {element}")]
    NotFinite {
        /// Which tensor.
        name: String,
        /// Index in the flat tensor.
        element: usize,
    },
    /// Places that don't rise, or lie beyond the tensor.
    #[error("tensor {name:?}: place {place} must come after the one before it and be one of {elements} elements")]
    Place {
        /// The tensor with the places.
        name: String,
        /// The place.
        place: usize,
        /// Elements that there are.
        elements: usize,
    },
    /// The flat buffer does not fit the manifest.
    #[error("{found} values, the manifest has {expected}")]
    Length {
        /// Values given.
        found: usize,
        /// Values expected.
        expected: usize,
    },
}

impl Manifest {
    /// Most bytes a model or update of this manifest can take.
    pub fn file_bytes_max(&self) -> usize {
        self.parameters() * 4 + HEADER_BYTES_MAX
    }
}

/// Writes a global shared module.
///
/// # Errors
/// When `values` does not fit the manifest.
pub fn encode_model(manifest: &Manifest, version: u32, values: &[f32]) -> Result<Vec<u8>, CodecError> {
    encode(manifest, &ModelHeader { version, manifest: manifest.digest.clone() }, values)
}

/// Reads a global shared module; returns its version and values.
///
/// # Errors
/// When the bytes are not a model of this manifest with finite values.
pub fn decode_model(manifest: &Manifest, bytes: &[u8]) -> Result<(u32, Vec<f32>), CodecError> {
    let (header, values): (ModelHeader, _) = decode(manifest, bytes, Written::AsFloats)?;
    check_digest(manifest, header.manifest)?;
    Ok((header.version, values))
}

/// Whether bytes say of themselves that they are a global shared module, of whatever manifest.
pub fn is_model(bytes: &[u8]) -> bool {
    header::<ModelHeader>(bytes).is_ok()
}

/// Names of the tensors that stand in a model's or an update's bytes; none where they are neither.
pub fn tensor_names(bytes: &[u8]) -> Vec<String> {
    safetensors::SafeTensors::read_metadata(bytes).map_or_else(|_| Vec::new(), |(_, metadata)| metadata.offset_keys())
}

/// Writes an update.
///
/// # Errors
/// When `values` does not fit the manifest.
pub fn encode_update(manifest: &Manifest, header: &UpdateHeader, values: &[f32]) -> Result<Vec<u8>, CodecError> {
    encode(manifest, header, values)
}

/// Writes an update as bytes with scales: tensors of type `I8`, and for each of them one of its rows' scales, named
/// after it with `.scale` behind.
///
/// # Errors
/// When the update does not fit the manifest.
pub fn encode_int8_update(
    manifest: &Manifest,
    header: &UpdateHeader,
    update: &Int8Update,
) -> Result<Vec<u8>, CodecError> {
    let (found, expected) = (update.levels.len(), manifest.parameters());
    if found != expected {
        return Err(CodecError::Length { found, expected });
    }
    let levels: Vec<u8> = update.levels.iter().map(|level| level.cast_unsigned()).collect();
    let scales = values_to_bytes(&update.scales);
    let mut views = Vec::with_capacity(2 * manifest.tensors.len());
    let mut row = 0;
    for (tensor, range) in manifest.ranges() {
        let rows = range.len() / int8::row_len(tensor);
        let view = TensorView::new(Dtype::I8, tensor.shape.clone(), &levels[range]);
        views.push((tensor.name.clone(), view));
        let view = TensorView::new(Dtype::F32, vec![rows], &scales[row * 4..(row + rows) * 4]);
        views.push((format!("{}{SCALE}", tensor.name), view));
        row += rows;
    }
    let views = views.into_iter().map(|(name, view)| view.map(|view| (name, view)));
    serialize(header, views)
}

/// Writes the values of an update that count most: for each tensor one of type `U32` with their places in it, rising,
/// and one with the values, named after it with `.index` and `.value` behind.
///
/// # Errors
/// When the update does not fit the manifest.
pub fn encode_top_k_update(
    manifest: &Manifest,
    header: &UpdateHeader,
    update: &TopKUpdate,
) -> Result<Vec<u8>, CodecError> {
    let parts = update.parts(manifest)?;
    let views = parts.iter().flat_map(|part| {
        let tensor = |dtype, end, bytes| {
            let name = format!("{}{end}", part.name);
            TensorView::new(dtype, vec![part.count], bytes).map(|view| (name, view))
        };
        [tensor(Dtype::U32, INDEX, &part.places), tensor(Dtype::F32, VALUE, &part.values)]
    });
    serialize(header, views)
}

/// Reads an update, in whichever way its values are written.
///
/// # Errors
/// When the bytes are not an update of this manifest with finite values.
pub fn decode_update(manifest: &Manifest, bytes: &[u8]) -> Result<(UpdateHeader, Vec<f32>), CodecError> {
    let (header, values): (UpdateHeader, _) = decode(manifest, bytes, Written::AnyWay)?;
    check_digest(manifest, header.manifest.clone())?;
    Ok((header, values))
}

fn check_digest(manifest: &Manifest, found: Digest) -> Result<(), CodecError> {
    if found == manifest.digest {
        return Ok(());
    }
    Err(CodecError::Manifest { found, expected: manifest.digest.clone() })
}

fn encode(manifest: &Manifest, header: &impl Serialize, values: &[f32]) -> Result<Vec<u8>, CodecError> {
    let expected = manifest.parameters();
    if values.len() != expected {
        return Err(CodecError::Length { found: values.len(), expected });
    }
    let bytes = values_to_bytes(values);
    let views = manifest.ranges().map(|(tensor, range)| {
        TensorView::new(Dtype::F32, tensor.shape.clone(), &bytes[range.start * 4..range.end * 4])
            .map(|view| (tensor.name.clone(), view))
    });
    serialize(header, views)
}

fn serialize<'a>(
    header: &impl Serialize,
    views: impl Iterator<Item = Result<(String, TensorView<'a>), SafeTensorError>>,
) -> Result<Vec<u8>, CodecError> {
    let header = serde_json::to_string(header).map_err(|e| CodecError::Header(e.to_string()))?;
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|e| CodecError::Format(e.to_string()))?;
    safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_owned(), header)])))
        .map_err(|e| CodecError::Format(e.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use safetensors::SafeTensors;

    use super::*;
    use crate::ModelSpec;

    fn header(manifest: &Manifest) -> UpdateHeader {
        let federation = "demo".parse().unwrap();
        let base_model = Some(Digest::of(b"version 2"));
        UpdateHeader {
            federation,
            round: 3,
            base_version: 2,
            base_model,
            samples: 17,
            manifest: manifest.digest.clone(),
        }
    }

    #[test]
    fn models_and_updates_survive_the_round_trip() {
        let manifest = Manifest::of(&ModelSpec::small());
        let values = manifest.draw(7);
        let bytes = encode_model(&manifest, 9, &values).unwrap();
        assert_eq!(decode_model(&manifest, &bytes).unwrap(), (9, values.clone()));
        let bytes = encode_update(&manifest, &header(&manifest), &values).unwrap();
        assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), values));
        assert!(bytes.len() <= manifest.file_bytes_max());
    }

    #[test]
    fn updates_as_bytes_are_read_as_what_the_bytes_stand_for() {
        let manifest = Manifest::of(&ModelSpec::small());
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let update = Int8Update::of(&manifest, &manifest.draw(7), &mut rng).unwrap();
        let bytes = encode_int8_update(&manifest, &header(&manifest), &update).unwrap();
        assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), update.values(&manifest)));
        let floats = encode_update(&manifest, &header(&manifest), &manifest.draw(7)).unwrap();
        assert!(bytes.len() * 3 < floats.len(), "{} bytes instead of {}", bytes.len(), floats.len());

        let sick = Int8Update { scales: vec![f32::INFINITY; update.scales.len()], ..update.clone() };
        let bytes = encode_int8_update(&manifest, &header(&manifest), &sick).unwrap();
        assert!(matches!(decode_update(&manifest, &bytes), Err(CodecError::NotFinite { .. })));
        let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
        assert!(matches!(encode_int8_update(&other, &header(&other), &update), Err(CodecError::Length { .. })));
    }

    #[test]
    fn scales_without_their_bytes_and_bytes_without_their_scales_are_refused() {
        let manifest = Manifest::of(&ModelSpec::small());
        let update = Int8Update::of(&manifest, &manifest.draw(7), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let bytes = encode_int8_update(&manifest, &header(&manifest), &update).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let without = |left_out: &str| {
            let views = file.tensors().into_iter().filter(|(name, _)| name != left_out);
            safetensors::serialize(views, metadata.metadata().clone()).unwrap()
        };
        let error = decode_update(&manifest, &without("input.bias.scale")).unwrap_err();
        assert_eq!(error, CodecError::Missing("input.bias.scale".into()));
        let error = decode_update(&manifest, &without("input.bias")).unwrap_err();
        assert_eq!(error, CodecError::Unknown("input.bias.scale".into()));
        // A shared module is never rounded.
        assert!(decode(&manifest, &bytes, Written::AsFloats).map(|(header, _): (UpdateHeader, _)| header).is_err());
    }

    #[test]
    fn the_values_that_count_most_are_read_where_they_belong() {
        let manifest = Manifest::of(&ModelSpec::small());
        let values = manifest.draw(7);
        let update = TopKUpdate::of(&manifest, &values, 10).unwrap();
        let bytes = encode_top_k_update(&manifest, &header(&manifest), &update).unwrap();
        assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), update.values(&manifest)));
        assert!(bytes.len() * 4 < encode_update(&manifest, &header(&manifest), &values).unwrap().len());
        let half = TopKUpdate::of(&manifest, &values, TopKUpdate::PERCENT_MAX).unwrap();
        assert!(encode_top_k_update(&manifest, &header(&manifest), &half).unwrap().len() <= manifest.file_bytes_max());
        let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
        assert!(matches!(encode_top_k_update(&other, &header(&other), &update), Err(CodecError::Length { .. })));
    }

    #[test]
    fn places_that_are_none_are_refused() {
        let manifest = Manifest::of(&ModelSpec::small());
        let update = TopKUpdate::of(&manifest, &manifest.draw(7), 10).unwrap();
        let bytes = encode_top_k_update(&manifest, &header(&manifest), &update).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let elements = manifest.tensors[0].len() as u32;
        let refusal = |places: &[u32], more: Option<(String, Vec<u8>)>| {
            let places: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
            let values = vec![0; places.len()];
            let mut tensors = Vec::new();
            for (name, view) in file.tensors() {
                let (shape, data) = match name.as_str() {
                    "embedding.weight.index" => (vec![places.len() / 4], &places[..]),
                    "embedding.weight.value" => (vec![places.len() / 4], &values[..]),
                    _ => (view.shape().to_vec(), view.data()),
                };
                tensors.push((name, TensorView::new(view.dtype(), shape, data).unwrap()));
            }
            if let Some((name, data)) = &more {
                tensors.push((name.clone(), TensorView::new(Dtype::F32, vec![data.len() / 4], data).unwrap()));
            }
            let bytes = safetensors::serialize(tensors, metadata.metadata().clone()).unwrap();
            decode_update(&manifest, &bytes).err()
        };
        assert_eq!(refusal(&[0, 5, elements - 1], None), None);
        for places in [[5, 5, 6], [5, 4, 6], [5, 6, elements], [5, 6, u32::MAX]] {
            assert!(matches!(refusal(&places, None), Some(CodecError::Place { .. })), "{places:?}");
        }
        let twice = refusal(&[1], Some(("embedding.weight".into(), vec![0; 4])));
        assert!(matches!(twice, Some(CodecError::Unknown(_))), "a tensor is there in one way only: {twice:?}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let manifest = Manifest::of(&ModelSpec::small());
        let mut values = manifest.draw(7);
        values[700] = f32::NAN;
        let bytes = encode_model(&manifest, 0, &values).unwrap();
        let error = decode_model(&manifest, &bytes).unwrap_err();
        assert_eq!(error, CodecError::NotFinite { name: "embedding.weight".into(), element: 700 });

        let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
        let bytes = encode_model(&other, 0, &other.draw(7)).unwrap();
        assert!(matches!(decode_model(&manifest, &bytes), Err(CodecError::Shape { .. })));
        let deeper = Manifest::of(&ModelSpec { encoder_blocks: 2, ..ModelSpec::small() });
        let bytes = encode_model(&deeper, 0, &deeper.draw(7)).unwrap();
        assert!(matches!(decode_model(&manifest, &bytes), Err(CodecError::Unknown(_))));
        let bytes = encode_model(&manifest, 0, &manifest.draw(7)).unwrap();
        assert!(matches!(decode_model(&deeper, &bytes), Err(CodecError::Missing(_))));
        assert!(matches!(decode_update(&manifest, &bytes), Err(CodecError::Header(_))));
        let seeded = Manifest::of(&ModelSpec { hash_seed: 1, ..ModelSpec::small() });
        assert!(matches!(decode_model(&seeded, &bytes), Err(CodecError::Manifest { .. })));
    }

    proptest! {
        #[test]
        fn damaged_files_are_refused_without_panic(cut in 0usize..4000, flip in 0usize..4000, bit in 0u8..8) {
            let manifest = Manifest::of(&ModelSpec::small());
            let mut bytes = encode_model(&manifest, 1, &manifest.draw(7)).unwrap();
            let at = flip % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = decode_model(&manifest, &bytes);
            bytes.truncate(cut % bytes.len());
            prop_assert!(decode_model(&manifest, &bytes).is_err());
        }
    }
}
