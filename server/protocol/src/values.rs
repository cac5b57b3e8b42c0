//! Values as bytes, as they stand in every file and message: little-endian `f32`, one after the other.

/// The bytes of values, four each.
pub fn values_to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values that bytes stand for; up to three bytes too many at the end are left out.
pub fn bytes_to_values(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value))
}
