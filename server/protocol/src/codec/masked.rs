//! Masked updates: one tensor of packed numbers, whose meaning only the sum of all has.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::read::header;
use super::{CodecError, UpdateHeader, check_digest, serialize};
use crate::Manifest;

/// The one tensor of the file.
const MASKED: &str = "masked";

/// What a masked update says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedHeader {
    /// As for any update.
    pub update: UpdateHeader,
    /// The attempt whose masks it has.
    pub attempt: u32,
    /// Bits of a number.
    pub bits: u32,
}

/// Writes a masked update; `numbers` are packed.
///
/// # Errors
/// When the file can't be made.
pub fn encode_masked_update(header: &MaskedHeader, numbers: &[u8]) -> Result<Vec<u8>, CodecError> {
    let view = TensorView::new(Dtype::U8, vec![numbers.len()], numbers).map(|view| (MASKED.to_owned(), view));
    serialize(header, std::iter::once(view))
}

/// Reads a masked update; returns its header and packed numbers.
///
/// # Errors
/// When the bytes are not a masked update of this manifest.
pub fn decode_masked_update(manifest: &Manifest, bytes: &[u8]) -> Result<(MaskedHeader, Vec<u8>), CodecError> {
    let max = manifest.file_bytes_max();
    if bytes.len() > max {
        return Err(CodecError::TooLarge { bytes: bytes.len(), max });
    }
    let header: MaskedHeader = header(bytes)?;
    check_digest(manifest, header.update.manifest.clone())?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| CodecError::Format(e.to_string()))?;
    if let Some(name) = file.names().iter().find(|name| **name != MASKED) {
        return Err(CodecError::Unknown((*name).to_string()));
    }
    let tensor = file.tensor(MASKED).map_err(|_| CodecError::Missing(MASKED.to_owned()))?;
    let expected = (manifest.parameters() * header.bits.min(32) as usize).div_ceil(8);
    if tensor.dtype() != Dtype::U8 || tensor.shape() != [expected] {
        return Err(CodecError::Shape {
            name: MASKED.to_owned(),
            found: format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
            expected: format!("U8 [{expected}]"),
        });
    }
    Ok((header, tensor.data().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, ModelSpec};

    #[test]
    fn masked_updates_survive_the_round_trip_and_what_does_not_fit_is_named() {
        let manifest = Manifest::of(&ModelSpec::small());
        let update = UpdateHeader {
            federation: "demo".parse().unwrap(),
            round: 3,
            base_version: 2,
            base_model: Some(Digest::of(b"version 2")),
            samples: 1,
            manifest: manifest.digest.clone(),
        };
        let header = MaskedHeader { update, attempt: 4, bits: 11 };
        let numbers: Vec<u8> = (0..(manifest.parameters() * 11).div_ceil(8)).map(|i| i as u8).collect();
        let bytes = encode_masked_update(&header, &numbers).unwrap();
        assert_eq!(decode_masked_update(&manifest, &bytes).unwrap(), (header.clone(), numbers.clone()));
        let short = encode_masked_update(&header, &numbers[1..]).unwrap();
        assert!(matches!(decode_masked_update(&manifest, &short), Err(CodecError::Shape { .. })));
        let other = Manifest::of(&ModelSpec { hash_seed: 1, ..ModelSpec::small() });
        assert!(matches!(decode_masked_update(&other, &bytes), Err(CodecError::Manifest { .. })));
    }
}
