//! Models and updates as safetensors files, checked name by name and shape by shape.
//!
//! Python reads them with `safetensors.numpy.load`. In memory a module is one flat `f32` buffer in
//! the manifest's order.

mod error;
mod int8;
mod masked;
mod packed;
mod read;
mod top_k;

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensorError, TensorView};
use serde::{Deserialize, Serialize};

pub use error::CodecError;
pub use int8::Int8Update;
pub use masked::{MaskedHeader, decode_masked_update, encode_masked_update};
pub use packed::{pack_numbers, unpack_numbers};
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
mod tests;
