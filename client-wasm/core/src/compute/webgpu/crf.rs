//! The conditional random field over a batch in one launch: a workgroup a sentence, a unit a tag, the loop over tokens
//! inside. Forward and backward values are logarithms, normalised at each token by the sum of its forward values, so that
//! they stay small however long a sentence is.

mod backward;
mod forward;
mod places;

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::device::buffer;
use super::matmul::ACROSS;
use super::pass::{Pass, groups, units};
use super::sentences::Sentences;
use super::workspace::Dims;
use places::{clear, log_sum, sentence_places};

/// Writes the gradients by the emissions and of the CRF's scores, and the loss.
pub(super) fn backward(pass: &Pass<'_>, emissions: &CubeTensor, gradient: &CubeTensor, loss: &CubeTensor) {
    let (dims, sentences, crf_start) = (pass.dims, pass.words.sentences, pass.layout.crf().start);
    gradients::launch(
        pass.gpu.next(),
        CubeCount::new_1d(sentences as u32),
        CubeDim::new_1d(dims.tags.next_multiple_of(ACROSS) as u32),
        buffer(&pass.parameters),
        buffer(&pass.batch),
        buffer(emissions),
        buffer(&pass.workspace),
        pass.sentences(),
        crf_start,
        1.0 / sentences as f32,
        dims,
    );
    sum_gradients::launch(
        pass.gpu.next(),
        groups(dims.scores() + 1),
        units(),
        buffer(&pass.workspace),
        buffer(gradient),
        buffer(loss),
        pass.sentences(),
        crf_start,
        dims,
    );
}

/// Writes the gradient by the emissions, `[packed rows, tags]`, and for each sentence that by the CRF's scores and the
/// loss; each times `share`.
#[cube(launch)]
fn gradients(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    sentences: Sentences,
    crf_start: usize,
    share: f32,
    #[comptime] dims: Dims,
) {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let places = sentence_places(batch, &sentences, crf_start, dims);
    let mut values = Shared::<[f32]>::new_slice(dims.tags);
    let mut now = Shared::<[f32]>::new_slice(dims.tags);
    clear(work, &sentences, &places, dims);
    let loss =
        forward::forward(parameters, batch, emissions, work, &mut values, &mut now, &places, sentences.width, dims);
    if unit < tags {
        now[unit] = values[unit] + parameters[places.end_scores + unit];
    }
    sync_cube();
    let log_partition = log_sum(&now, tags);
    if unit < tags {
        values[unit] = parameters[places.end_scores + unit] - log_partition;
    }
    if unit == 0 {
        let last = batch[places.gold + places.length - 1] as usize;
        work[places.d_scores + comptime!(dims.scores())] =
            (loss + log_partition - parameters[places.end_scores + last]) * share;
    }
    sync_cube();
    backward::backward(parameters, batch, emissions, work, &mut values, &places, sentences.width, share, dims);
}

/// Writes the gradient by the CRF's scores and the loss: the sums over all sentences, a unit each.
#[cube(launch)]
fn sum_gradients(
    work: &[f32],
    gradient: &mut [f32],
    loss: &mut [f32],
    sentences: Sentences,
    crf_start: usize,
    #[comptime] dims: Dims,
) {
    let scores = comptime!(dims.scores());
    if ABSOLUTE_POS <= scores {
        let from = sentences.rows * comptime!(dims.columns()) + ABSOLUTE_POS;
        let mut sum = 0.0f32;
        for sentence in 0..sentences.count {
            sum += work[from + sentence * (scores + 1)];
        }
        if ABSOLUTE_POS < scores {
            gradient[crf_start + ABSOLUTE_POS] = sum;
        } else {
            loss[0] = sum;
        }
    }
}
