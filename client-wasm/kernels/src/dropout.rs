//! Dropout masks.

/// Scaled dropout masks of one layer: as many values a sentence as the layer has channels, the sentences `stride` apart.
#[derive(Clone, Copy)]
pub struct DropoutMasks<'a> {
    /// Begins with the first sentence's mask.
    pub masks: &'a [f32],
    /// From one sentence to the next.
    pub stride: usize,
}

impl<'a> DropoutMasks<'a> {
    #[inline(always)]
    pub(crate) fn of(self, sentence: usize, channels: usize) -> &'a [f32] {
        &self.masks[sentence * self.stride..sentence * self.stride + channels]
    }
}
