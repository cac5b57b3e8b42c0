//! A batch on its way through a model on the GPU: its buffers, and the sizes of launches.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use fedner_kernels::ParameterLayout;

use super::batch_words::BatchWords;
use super::device::{Gpu, contiguous};
use super::matmul::{ACROSS, DOWN, TILE_ROWS, UNITS};
use super::sentences::{Sentences, SentencesLaunch};
use super::workspace::Dims;
use crate::compute::backend::StepInput;

/// The most workgroups of a kernel whose units each take several elements: every device takes 65 535.
const GROUPS_MAX: usize = 1024;

/// A batch on its way through a model.
pub(super) struct Pass<'a> {
    pub gpu: Gpu,
    pub layout: &'a ParameterLayout,
    pub dims: Dims,
    pub words: BatchWords,
    pub parameters: CubeTensor,
    /// The batch's words.
    pub batch: CubeTensor,
    /// Activations and gradients.
    pub workspace: CubeTensor,
}

impl<'a> Pass<'a> {
    /// Copies a batch to the device; with what the backward pass needs, if asked for.
    pub fn new(parameters: CubeTensor, input: &'a StepInput, with_backward: bool) -> Self {
        let (gpu, layout, dims) = (Gpu::of(&parameters), &*input.layout, Dims::of(&input.layout));
        let mut words = BatchWords::new(input, dims, with_backward.then(|| layout.sizes().embedding_rows));
        let batch = gpu.words(std::mem::take(&mut words.words));
        let workspace = gpu.empty([dims.workspace(words.rows, words.sentences)]);
        Self { gpu, layout, dims, words, parameters: contiguous(parameters), batch, workspace }
    }

    /// Packed rows.
    pub fn rows(&self) -> usize {
        self.words.rows
    }

    /// Whether channels are dropped.
    pub fn dropped(&self) -> bool {
        self.words.masks_start.is_some()
    }

    /// Where the dropout masks begin; where nothing is dropped no kernel reads it.
    pub fn masks_start(&self) -> usize {
        self.words.masks_start.unwrap_or(0)
    }

    /// The sizes of the batch.
    pub fn sentences(&self) -> SentencesLaunch {
        Sentences { rows: self.words.rows, count: self.words.sentences, width: self.words.width }.argument()
    }

    /// A workgroup for each tile of rows, and as many across.
    pub fn tiles(&self, across: usize) -> CubeCount {
        CubeCount::new_2d(self.words.rows.div_ceil(TILE_ROWS) as u32, across as u32)
    }
}

/// Workgroups for so many elements.
pub(super) fn groups(elements: usize) -> CubeCount {
    CubeCount::new_1d(elements.div_ceil(UNITS).min(GROUPS_MAX) as u32)
}

/// The units of a workgroup in a row.
pub(super) fn units() -> CubeDim {
    CubeDim::new_1d(UNITS as u32)
}

/// The units of a workgroup as a tile of a matrix product has them.
pub(super) fn tile_units() -> CubeDim {
    CubeDim::new_2d(ACROSS as u32, DOWN as u32)
}
