//! Where a workgroup's sentence lies in the buffers, and what both passes over its tokens share.

use cubecl::prelude::*;

use super::super::sentences::{Sentences, first_rows_start};
use super::super::workspace::Dims;

/// The score of what IOB2 forbids: its exponential is 0.
pub const FORBIDDEN: f32 = -1e30;

/// Where a workgroup's sentence lies in the buffers.
#[derive(CubeType, Clone, Copy)]
pub struct SentencePlaces {
    /// The sentence's tokens.
    pub length: usize,
    /// Its gold tags, in the batch.
    pub gold: usize,
    /// Its emission scores.
    pub emissions: usize,
    /// The gradient by them, in the workspace.
    pub d_emissions: usize,
    /// Its forward values, in the workspace.
    pub alpha: usize,
    /// The logarithms they were normalised by, in the workspace.
    pub norm: usize,
    /// Its gradient by the CRF's scores, and its loss behind it, in the workspace.
    pub d_scores: usize,
    /// Scores of a first tag, among the parameters.
    pub start_scores: usize,
    /// Scores of one tag after another, among the parameters.
    pub transition_scores: usize,
    /// Scores of a last tag, among the parameters.
    pub end_scores: usize,
    /// Which tags may come first, in the batch.
    pub may_start: usize,
    /// Which tag may follow which, in the batch.
    pub may_follow: usize,
}

/// The places of this workgroup's sentence.
#[cube]
pub fn sentence_places(
    batch: &[u32],
    sentences: &Sentences,
    crf_start: usize,
    #[comptime] dims: Dims,
) -> SentencePlaces {
    let tags = dims.tags;
    let rows = sentences.rows;
    let sentence = CUBE_POS_X as usize;
    let starts = first_rows_start(sentences, dims);
    let start = batch[starts + sentence] as usize;
    let may_start = starts + 2 * sentences.count;
    SentencePlaces {
        length: batch[starts + sentences.count + sentence] as usize,
        gold: rows + start,
        emissions: sentence * sentences.width * tags,
        d_emissions: rows * comptime!(dims.d_emissions()) + start * tags,
        alpha: rows * comptime!(dims.alpha()) + start * tags,
        norm: rows * comptime!(dims.norm()) + start * tags,
        d_scores: rows * comptime!(dims.columns()) + sentence * comptime!(dims.scores() + 1),
        start_scores: crf_start,
        transition_scores: crf_start + tags,
        end_scores: crf_start + tags + tags * tags,
        may_start,
        may_follow: may_start + tags,
    }
}

/// Writes zero as the gradient in the empty row before the sentence and in the one behind the last sentence, and as the
/// gradient by the CRF's scores.
#[cube]
pub fn clear(work: &mut [f32], sentences: &Sentences, places: &SentencePlaces, #[comptime] dims: Dims) {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    if unit < tags {
        work[places.d_emissions - tags + unit] = 0.0f32;
        if CUBE_POS_X as usize + 1 == sentences.count {
            work[places.d_emissions + places.length * tags + unit] = 0.0f32;
        }
        work[places.d_scores + unit] = 0.0f32;
        for other in 0..tags {
            work[places.d_scores + tags + unit * tags + other] = 0.0f32;
        }
        work[places.d_scores + tags + tags * tags + unit] = 0.0f32;
    }
}

/// The score of one tag after another.
#[cube]
pub fn transition_score(
    parameters: &[f32],
    batch: &[u32],
    places: &SentencePlaces,
    from: usize,
    to: usize,
    tags: usize,
) -> f32 {
    let mut score = f32::new(FORBIDDEN);
    if batch[places.may_follow + from * tags + to] != 0 {
        score = parameters[places.transition_scores + from * tags + to];
    }
    score
}

/// `ln Σ eˣ`. NaN stays NaN.
#[cube]
pub fn log_sum(values: &Shared<[f32]>, count: usize) -> f32 {
    let mut most = f32::new(FORBIDDEN);
    for i in 0..count {
        if values[i] > most {
            most = values[i];
        }
    }
    let mut sum = 0.0f32;
    for i in 0..count {
        sum += (values[i] - most).exp();
    }
    most + sum.ln()
}
