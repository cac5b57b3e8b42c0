//! Dropout masks.

use cubecl::prelude::*;

use super::workspace::Dims;

/// The mask of a layer above the input layer for a channel of a sentence. A sentence's number counts from 1, as it does in
/// the list of the packed rows' sentences; the LSTM's masks lie where those of a block above the last one would.
#[cube]
pub(super) fn dropout_mask(
    batch: &[u32],
    masks_start: usize,
    sentence: usize,
    layer: usize,
    channel: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let sentence_start = masks_start + (sentence - 1) * comptime!(dims.masked());
    f32::reinterpret(batch[sentence_start + (layer - 1) * dims.channels + channel])
}
