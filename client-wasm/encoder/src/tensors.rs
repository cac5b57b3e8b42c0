//! Tensors of a safetensors file, by name.

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::EncoderError;

/// The tensors of a file, with the names its architecture gives them.
pub struct Tensors<'b> {
    file: SafeTensors<'b>,
}

/// Rows that are looked up, as bytes with a scale a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// `[rows, width]`.
    pub values: Vec<i8>,
    /// `[rows]`.
    pub scales: Vec<f32>,
}

impl Table {
    /// Adds a row to `to`.
    pub(crate) fn add_row(&self, row: usize, to: &mut [f32]) {
        let values = &self.values[row * to.len()..(row + 1) * to.len()];
        to.iter_mut().zip(values).for_each(|(to, value)| *to += f32::from(*value) * self.scales[row]);
    }
}

impl<'b> Tensors<'b> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no safetensors file, or is damaged.
    pub fn open(bytes: &'b [u8]) -> Result<Self, EncoderError> {
        let file =
            SafeTensors::deserialize(bytes).map_err(|error| EncoderError(format!("no safetensors file: {error}")))?;
        Ok(Self { file })
    }

    /// The texts beside the tensors.
    ///
    /// # Errors
    /// When the header is damaged.
    pub fn metadata(bytes: &[u8]) -> Result<HashMap<String, String>, EncoderError> {
        let (_, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| EncoderError(format!("no safetensors file: {error}")))?;
        Ok(metadata.metadata().clone().unwrap_or_default())
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.file.tensor(name).is_ok()
    }

    fn view(&self, name: &str, shape: &[usize]) -> Result<TensorView<'_>, EncoderError> {
        let view = self.file.tensor(name).map_err(|_| EncoderError(format!("the tensor {name} is missing")))?;
        if view.shape() != shape {
            let message = format!("the tensor {name} has the shape {:?}, {shape:?} is expected", view.shape());
            return Err(EncoderError(message));
        }
        Ok(view)
    }

    /// A tensor's values, whichever floating-point numbers it has; all finite.
    ///
    /// # Errors
    /// When it is missing, has another shape or type, or has a value that is not finite.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let view = self.view(name, shape)?;
        let data = view.data();
        let half = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes[1]]);
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Dtype::BF16 => data.chunks_exact(2).map(|b| f32::from_bits(u32::from(half(b)) << 16)).collect(),
            Dtype::F16 => data.chunks_exact(2).map(|b| from_half(half(b))).collect(),
            other => {
                return Err(EncoderError(format!(
                    "the tensor {name} has the type {other:?}; F32, F16 or BF16 is read"
                )));
            }
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(EncoderError(format!("the tensor {name} has a value that is not finite")))
        }
    }

    /// A tensor of bytes.
    ///
    /// # Errors
    /// When it is missing, or has another shape or type.
    pub fn bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, EncoderError> {
        let view = self.view(name, shape)?;
        if view.dtype() != Dtype::I8 {
            return Err(EncoderError(format!("the tensor {name} has the type {:?}, not I8", view.dtype())));
        }
        Ok(view.data().iter().map(|byte| *byte as i8).collect())
    }

    /// A text.
    ///
    /// # Errors
    /// When it is missing or not UTF-8.
    pub fn text(&self, name: &str) -> Result<String, EncoderError> {
        let view = self.file.tensor(name).map_err(|_| EncoderError(format!("the tensor {name} is missing")))?;
        String::from_utf8(view.data().to_vec()).map_err(|_| EncoderError(format!("{name} is not UTF-8")))
    }

    /// A matrix's bytes and the scales of its rows.
    ///
    /// # Errors
    /// As [`Tensors::bytes`] and [`Tensors::floats`].
    pub fn table(&self, name: &str, [rows, width]: [usize; 2]) -> Result<Table, EncoderError> {
        let scales = self.floats(&format!("{name}.scale"), &[rows])?;
        Ok(Table { values: self.bytes(name, &[rows, width])?, scales })
    }
}

/// IEEE 754's half precision.
fn from_half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 => {
            if fraction == 0.0 {
                f32::INFINITY
            } else {
                f32::NAN
            }
        }
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_read() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)];
        known.iter().for_each(|(bits, value)| assert_eq!(from_half(*bits), *value, "{bits:x}"));
        assert!(from_half(0x7c00).is_infinite() && from_half(0x7e00).is_nan());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        assert!(Tensors::open(b"abc").is_err() && Tensors::metadata(&[255; 64]).is_err());
    }
}
