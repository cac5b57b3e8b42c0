//! The linear layer from the encoder's output to the emission scores.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::arguments::launch_arguments;
use super::device::buffer;
use super::matmul::{ACROSS, DOWN, UNITS};
use super::pass::{Pass, groups, tile_units, units};
use super::reduction::column_total;
use super::sentences::{Sentences, first_rows_start};
use super::workspace::Dims;

/// Emission scores, `[sentences · width, tags]`.
pub(super) fn forward(pass: &Pass<'_>) -> CubeTensor {
    let tokens = pass.words.sentences * pass.words.width;
    let emissions = pass.gpu.empty([tokens, pass.dims.tags]);
    emit::launch(
        pass.gpu.next(),
        groups(tokens * pass.dims.tags),
        units(),
        buffer(&pass.parameters),
        buffer(&pass.batch),
        buffer(&pass.workspace),
        buffer(&emissions),
        pass.sentences(),
        pass.layout.output().start,
        pass.dims,
    );
    emissions
}

/// Writes the gradients of the layer's parameters, from that by the emissions.
pub(super) fn gradients(pass: &Pass<'_>, gradient: &CubeTensor) {
    let output = pass.layout.output();
    sum_gradients::launch(
        pass.gpu.next(),
        CubeCount::new_1d(output.len().div_ceil(ACROSS) as u32),
        tile_units(),
        buffer(&pass.workspace),
        buffer(gradient),
        OutputLayer { rows: pass.rows(), start: output.start }.argument(),
        pass.dims,
    );
}

launch_arguments! {
    /// The layer, and the batch whose gradient it sums.
    struct OutputLayer, OutputLayerLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// Where the layer's parameters begin.
        pub start,
    }
}

/// Writes the emission scores, `[sentences, width, tags]`; zero for padding.
#[cube(launch)]
fn emit(
    parameters: &[f32],
    batch: &[u32],
    work: &[f32],
    emissions: &mut [f32],
    sentences: Sentences,
    output_start: usize,
    #[comptime] dims: Dims,
) {
    let tags = dims.tags;
    let mut element = ABSOLUTE_POS;
    while element < sentences.count * sentences.width * tags {
        let token_place = element / tags;
        let tag = element % tags;
        let sentence = token_place / sentences.width;
        let token = token_place % sentences.width;
        let starts = first_rows_start(&sentences, dims);
        let mut score = 0.0f32;
        if token < batch[starts + sentences.count + sentence] as usize {
            let row = batch[starts + sentence] as usize + token;
            let from = sentences.rows * comptime!(dims.encoded_at()) + row * comptime!(dims.encoded());
            score = parameters[output_start + comptime!(dims.encoded() * dims.tags) + tag];
            for channel in 0..comptime!(dims.encoded()) {
                score += work[from + channel] * parameters[output_start + channel * tags + tag];
            }
        }
        emissions[element] = score;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}

/// Writes the gradients of the linear layer's matrix and, behind it, of its bias: a workgroup [`ACROSS`] elements.
#[cube(launch)]
fn sum_gradients(work: &[f32], gradient: &mut [f32], output: OutputLayer, #[comptime] dims: Dims) {
    let element = CUBE_POS_X as usize * ACROSS + UNIT_POS_X as usize;
    let channel = element / dims.tags;
    let tag = element % dims.tags;
    let encoded = output.rows * comptime!(dims.encoded_at());
    let scores = output.rows * comptime!(dims.d_emissions());
    let mut sum = 0.0f32;
    if channel <= comptime!(dims.encoded()) {
        let mut row = UNIT_POS_Y as usize;
        while row < output.rows {
            let d = work[scores + row * dims.tags + tag];
            if channel < comptime!(dims.encoded()) {
                sum += d * work[encoded + row * comptime!(dims.encoded()) + channel];
            } else {
                sum += d;
            }
            row += DOWN;
        }
    }
    let mut parts = Shared::<[f32]>::new_slice(UNITS);
    sum = column_total(sum, &mut parts);
    if channel <= comptime!(dims.encoded()) && UNIT_POS_Y == 0 {
        gradient[output.start + element] = sum;
    }
}
