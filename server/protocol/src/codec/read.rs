//! Reading a file back: every tensor that the manifest names and no other, in whichever way its values are written.

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use serde::Deserialize;

use super::{CodecError, INDEX, METADATA_KEY, SCALE, VALUE, int8};
use crate::{Manifest, TensorSpec, bytes_to_values, check_keys_are_unique};

/// Bytes of the number at a file's start, which says how long its header (JSON) is.
const LENGTH_BYTES: usize = 8;

/// How a file's values may be written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Written {
    AsFloats,
    AnyWay,
}

/// A file's header and its values in the manifest's order.
pub(super) fn decode<H: for<'a> Deserialize<'a>>(
    manifest: &Manifest,
    bytes: &[u8],
    written: Written,
) -> Result<(H, Vec<f32>), CodecError> {
    let max = manifest.file_bytes_max();
    if bytes.len() > max {
        return Err(CodecError::TooLarge { bytes: bytes.len(), max });
    }
    let header = header(bytes)?;
    let file = SafeTensors::deserialize(bytes).map_err(format)?;
    if let Some(name) = file.names().iter().find(|name| !is_named(manifest, &file, name, written)) {
        return Err(CodecError::Unknown((*name).to_string()));
    }
    let mut values = Vec::with_capacity(manifest.parameters());
    for tensor in &manifest.tensors {
        let start = values.len();
        append(&file, tensor, written, &mut values)?;
        if let Some(element) = values[start..].iter().position(|v: &f32| !v.is_finite()) {
            return Err(CodecError::NotFinite { name: tensor.name.clone(), element });
        }
    }
    Ok((header, values))
}

/// What a file says about itself.
pub(super) fn header<H: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<H, CodecError> {
    let (length, metadata) = SafeTensors::read_metadata(bytes).map_err(format)?;
    // Of two tensors or fields of one name, other readers may take the other one.
    let json = bytes.get(LENGTH_BYTES..LENGTH_BYTES + length).unwrap_or_default();
    check_keys_are_unique(json).map_err(|e| CodecError::Format(e.to_string()))?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
    let text = text.ok_or_else(|| CodecError::Header("it is missing".to_owned()))?;
    check_keys_are_unique(text.as_bytes()).map_err(|e| CodecError::Header(e.to_string()))?;
    serde_json::from_str(text).map_err(|e| CodecError::Header(e.to_string()))
}

fn format(error: SafeTensorError) -> CodecError {
    CodecError::Format(error.to_string())
}

/// Whether the manifest has this tensor, or it is a part of one that is written in another way.
fn is_named(manifest: &Manifest, file: &SafeTensors<'_>, name: &str, written: Written) -> bool {
    let has = |name: &str| manifest.tensors.iter().any(|tensor| tensor.name == name);
    let part = |end: &str| name.strip_suffix(end).filter(|of| written == Written::AnyWay && has(of));
    has(name)
        || part(SCALE).is_some_and(|of| file.tensor(of).is_ok_and(|levels| levels.dtype() == Dtype::I8))
        || part(INDEX).or_else(|| part(VALUE)).is_some_and(|of| file.tensor(of).is_err())
}

fn append(
    file: &SafeTensors<'_>,
    tensor: &TensorSpec,
    written: Written,
    values: &mut Vec<f32>,
) -> Result<(), CodecError> {
    if written == Written::AnyWay && file.tensor(&format!("{}{INDEX}", tensor.name)).is_ok() {
        return append_some(file, tensor, values);
    }
    let view = view(file, &tensor.name)?;
    if view.dtype() == Dtype::I8 && written == Written::AnyWay {
        check_shape(&tensor.name, &view, Dtype::I8, &tensor.shape)?;
        return append_bytes(file, tensor, view.data(), values);
    }
    check_shape(&tensor.name, &view, Dtype::F32, &tensor.shape)?;
    values.extend(bytes_to_values(view.data()));
    Ok(())
}

/// Appends what a tensor's bytes stand for.
fn append_bytes(
    file: &SafeTensors<'_>,
    tensor: &TensorSpec,
    levels: &[u8],
    values: &mut Vec<f32>,
) -> Result<(), CodecError> {
    let row = int8::row_len(tensor);
    let name = format!("{}{SCALE}", tensor.name);
    let scales = view(file, &name)?;
    check_shape(&name, &scales, Dtype::F32, &[tensor.len() / row])?;
    for (levels, scale) in levels.chunks(row).zip(bytes_to_values(scales.data())) {
        values.extend(levels.iter().map(|level| f32::from(level.cast_signed()) * scale));
    }
    Ok(())
}

/// Appends a tensor of which some values are in the file, and all others 0.
fn append_some(file: &SafeTensors<'_>, tensor: &TensorSpec, values: &mut Vec<f32>) -> Result<(), CodecError> {
    let (at, value) = (format!("{}{INDEX}", tensor.name), format!("{}{VALUE}", tensor.name));
    let (places, kept) = (view(file, &at)?, view(file, &value)?);
    let count = places.shape().first().copied().unwrap_or(0);
    check_shape(&at, &places, Dtype::U32, &[count])?;
    check_shape(&value, &kept, Dtype::F32, &[count])?;
    let start = values.len();
    values.resize(start + tensor.len(), 0.0);
    let mut next = 0;
    for (place, kept) in places.data().as_chunks::<4>().0.iter().zip(bytes_to_values(kept.data())) {
        let place = u32::from_le_bytes(*place) as usize;
        if place < next || place >= tensor.len() {
            return Err(CodecError::Place { name: at, place, elements: tensor.len() });
        }
        values[start + place] = kept;
        next = place + 1;
    }
    Ok(())
}

fn view<'a>(file: &SafeTensors<'a>, name: &str) -> Result<TensorView<'a>, CodecError> {
    file.tensor(name).map_err(|_| CodecError::Missing(name.to_owned()))
}

fn check_shape(name: &str, view: &TensorView<'_>, dtype: Dtype, shape: &[usize]) -> Result<(), CodecError> {
    if view.dtype() == dtype && view.shape() == shape {
        return Ok(());
    }
    Err(CodecError::Shape {
        name: name.to_owned(),
        found: format!("{:?} {:?}", view.dtype(), view.shape()),
        expected: format!("{dtype:?} {shape:?}"),
    })
}
