//! The conditional random field over a batch in one launch: a workgroup a sentence, a unit a tag, the loop over tokens
//! inside. Forward and backward values are logarithms, divided at each token by the sum of its forward values, so that
//! they stay small however long a sentence is.

use cubecl::prelude::*;

use super::crf_walk::{backwards, clear, forwards, log_sum, places};
use super::dims::Dims;

/// Where a batch's lists lie.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
pub(super) struct Sentences {
    /// Packed rows.
    pub rows: usize,
    /// Sentences.
    pub count: usize,
    /// Tokens of the longest one.
    pub width: usize,
}

/// Where the first row of each sentence is said; behind it are the lengths.
#[cube]
pub(super) fn starts_at(sentences: &Sentences, #[comptime] dims: Dims) -> usize {
    sentences.rows * comptime!(2 + dims.rows_per_token())
}

/// Writes the emission scores, `[sentences, width, tags]`; zero for padding.
#[cube(launch)]
pub(super) fn emit(
    parameters: &[f32],
    batch: &[u32],
    work: &[f32],
    emissions: &mut [f32],
    sentences: Sentences,
    output_at: usize,
    #[comptime] dims: Dims,
) {
    let tags = dims.tags;
    let mut element = ABSOLUTE_POS;
    while element < sentences.count * sentences.width * tags {
        let place = element / tags;
        let tag = element % tags;
        let sentence = place / sentences.width;
        let token = place % sentences.width;
        let starts = starts_at(&sentences, dims);
        let mut score = 0.0f32;
        if token < batch[starts + sentences.count + sentence] as usize {
            let row = batch[starts + sentence] as usize + token;
            let from = sentences.rows * comptime!(dims.encoded_at()) + row * comptime!(dims.encoded());
            score = parameters[output_at + comptime!(dims.encoded() * dims.tags) + tag];
            for channel in 0..comptime!(dims.encoded()) {
                score += work[from + channel] * parameters[output_at + channel * tags + tag];
            }
        }
        emissions[element] = score;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}

/// Writes the gradient by the emissions, `[packed rows, tags]`, and for each sentence that by the CRF's scores and the
/// loss; each times `share`.
#[cube(launch)]
pub(super) fn crf(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    sentences: Sentences,
    crf_at: usize,
    share: f32,
    #[comptime] dims: Dims,
) {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let places = places(batch, &sentences, crf_at, dims);
    let mut values = Shared::<[f32]>::new_slice(dims.tags);
    let mut now = Shared::<[f32]>::new_slice(dims.tags);
    clear(work, &sentences, &places, dims);
    let loss = forwards(parameters, batch, emissions, work, &mut values, &mut now, &places, sentences.width, dims);
    if unit < tags {
        now[unit] = values[unit] + parameters[places.ends_at + unit];
    }
    sync_cube();
    let whole = log_sum(&now, tags);
    if unit < tags {
        values[unit] = parameters[places.ends_at + unit] - whole;
    }
    if unit == 0 {
        let last = batch[places.gold + places.length - 1] as usize;
        work[places.sums + comptime!(dims.scores())] = (loss + whole - parameters[places.ends_at + last]) * share;
    }
    sync_cube();
    backwards(parameters, batch, emissions, work, &mut values, &places, sentences.width, share, dims);
}

/// Writes the gradient by the CRF's scores and the loss: the sums over all sentences, a unit each.
#[cube(launch)]
pub(super) fn crf_sums(
    work: &[f32],
    gradient: &mut [f32],
    loss: &mut [f32],
    sentences: Sentences,
    crf_at: usize,
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
            gradient[crf_at + ABSOLUTE_POS] = sum;
        } else {
            loss[0] = sum;
        }
    }
}
