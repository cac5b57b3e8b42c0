//! The CRF's walks over the tokens of a sentence, forwards and backwards: a workgroup a sentence, a unit a tag.

use cubecl::prelude::*;

use super::crf::{Sentences, starts_at};
use super::dims::Dims;

/// Score of what is not allowed: nothing is left of its exponential.
const NEVER: f32 = -1e30;

/// A workgroup's sentence, where what belongs to it begins, and where the CRF's scores do.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Places {
    /// Its tokens.
    pub length: usize,
    /// Its gold tags.
    pub gold: usize,
    /// Its emission scores.
    emitted: usize,
    /// The gradient by them.
    d_emitted: usize,
    /// Its forward values.
    alpha: usize,
    /// What they were divided by.
    norm: usize,
    /// Its gradient by the CRF's scores; behind it its loss.
    pub sums: usize,
    /// Scores of a first tag.
    starts_at: usize,
    /// Scores of one tag after another.
    moves_at: usize,
    /// Scores of a last tag.
    pub ends_at: usize,
    /// Which tags may come first.
    may_start: usize,
    /// Which may come after which.
    may_follow: usize,
}

/// The places of the sentence of this workgroup.
#[cube]
pub(super) fn places(batch: &[u32], sentences: &Sentences, crf_at: usize, #[comptime] dims: Dims) -> Places {
    let tags = dims.tags;
    let rows = sentences.rows;
    let sentence = CUBE_POS_X as usize;
    let starts = starts_at(sentences, dims);
    let start = batch[starts + sentence] as usize;
    let may_start = starts + 2 * sentences.count;
    Places {
        length: batch[starts + sentences.count + sentence] as usize,
        gold: rows + start,
        emitted: sentence * sentences.width * tags,
        d_emitted: rows * comptime!(dims.d_emissions()) + start * tags,
        alpha: rows * comptime!(dims.alpha()) + start * tags,
        norm: rows * comptime!(dims.norm()) + start * tags,
        sums: rows * comptime!(dims.columns()) + sentence * comptime!(dims.scores() + 1),
        starts_at: crf_at,
        moves_at: crf_at + tags,
        ends_at: crf_at + tags + tags * tags,
        may_start,
        may_follow: may_start + tags,
    }
}

/// Writes zero as the gradient in the empty row before the sentence and in the one behind the last sentence, and as the
/// gradient by the CRF's scores.
#[cube]
pub(super) fn clear(work: &mut [f32], sentences: &Sentences, places: &Places, #[comptime] dims: Dims) {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    if unit < tags {
        work[places.d_emitted - tags + unit] = 0.0f32;
        if CUBE_POS_X as usize + 1 == sentences.count {
            work[places.d_emitted + places.length * tags + unit] = 0.0f32;
        }
        work[places.sums + unit] = 0.0f32;
        for other in 0..tags {
            work[places.sums + tags + unit * tags + other] = 0.0f32;
        }
        work[places.sums + tags + tags * tags + unit] = 0.0f32;
    }
}

/// Writes the forward values, and leaves the last token's in `values`. Answers with the loss, what the last tag's score and
/// the last token's sum give to it left out.
#[cube]
#[allow(clippy::too_many_arguments)]
pub(super) fn forwards(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &mut Shared<[f32]>,
    now: &mut Shared<[f32]>,
    places: &Places,
    width: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let mut loss = 0.0f32;
    // The length of the loop is the same for all workgroups: whether units meet must not hang on what is in memory.
    for token in 0..width {
        let active = unit < tags && token < places.length;
        let here = token * tags + unit;
        let mut value = 0.0f32;
        if active {
            value = emissions[places.emitted + here] + arriving(parameters, batch, &*values, places, token, dims);
            now[unit] = value;
        }
        sync_cube();
        if active {
            let whole = log_sum(&*now, tags);
            values[unit] = value - whole;
            work[places.alpha + here] = value - whole;
            work[places.norm + here] = whole;
            loss += whole - gold_score(parameters, batch, emissions, places, token, dims);
        }
        sync_cube();
    }
    loss
}

/// What all paths to a tag score, without its own emission.
#[cube]
fn arriving(
    parameters: &[f32],
    batch: &[u32],
    values: &Shared<[f32]>,
    places: &Places,
    token: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let mut value = f32::new(NEVER);
    if token == 0 {
        if batch[places.may_start + unit] != 0 {
            value = parameters[places.starts_at + unit];
        }
    } else {
        let mut most = f32::new(NEVER);
        for from in 0..tags {
            let path = values[from] + step(parameters, batch, places, from, unit, tags);
            if path > most {
                most = path;
            }
        }
        let mut sum = 0.0f32;
        for from in 0..tags {
            let path = values[from] + step(parameters, batch, places, from, unit, tags);
            sum += (path - most).exp();
        }
        value = most + sum.ln();
    }
    value
}

/// What a token's gold tag scores, where it comes from included.
#[cube]
fn gold_score(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    places: &Places,
    token: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let tag = batch[places.gold + token] as usize;
    let mut moved = parameters[places.starts_at + tag];
    if token > 0 {
        moved = parameters[places.moves_at + batch[places.gold + token - 1] as usize * tags + tag];
    }
    moved + emissions[places.emitted + token * tags + tag]
}

/// Writes the gradients by the emissions and by the CRF's scores, with the last token's backward values in `values`.
#[cube]
#[allow(clippy::too_many_arguments)]
pub(super) fn backwards(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &mut Shared<[f32]>,
    places: &Places,
    width: usize,
    share: f32,
    #[comptime] dims: Dims,
) {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    for behind in 0..width {
        let active = unit < tags && behind < places.length;
        let mut value = 0.0f32;
        if active {
            let token = places.length - 1 - behind;
            let here = token * tags + unit;
            let mut marginal = (work[places.alpha + here] + values[unit]).exp();
            if batch[places.gold + token] as usize == unit {
                marginal -= 1.0f32;
            }
            work[places.d_emitted + here] = marginal * share;
            if behind == 0 {
                work[places.sums + tags + tags * tags + unit] = marginal * share;
            }
            if token == 0 {
                work[places.sums + unit] = marginal * share;
            } else {
                value = leaving(parameters, batch, emissions, work, &*values, places, token, share, dims);
            }
        }
        sync_cube();
        if active {
            values[unit] = value;
        }
        sync_cube();
    }
}

/// Adds what the step from a tag to each tag of a token gives to the gradient by the moves' scores. Answers with the tag's
/// backward value at the token before.
#[cube]
#[allow(clippy::too_many_arguments)]
fn leaving(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &Shared<[f32]>,
    places: &Places,
    token: usize,
    share: f32,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let row = places.sums + tags + unit * tags;
    let forward = work[places.alpha + (token - 1) * tags + unit];
    let whole = work[places.norm + token * tags + unit];
    let emitted = places.emitted + token * tags;
    let tag = batch[places.gold + token] as usize;
    let is_gold = batch[places.gold + token - 1] as usize == unit;
    let mut most = f32::new(NEVER);
    for to in 0..tags {
        let path = values[to] + emissions[emitted + to] + step(parameters, batch, places, unit, to, tags) - whole;
        if path > most {
            most = path;
        }
    }
    let mut sum = 0.0f32;
    for to in 0..tags {
        let path = values[to] + emissions[emitted + to] + step(parameters, batch, places, unit, to, tags) - whole;
        sum += (path - most).exp();
        let mut pair = (forward + path).exp();
        if is_gold && tag == to {
            pair -= 1.0f32;
        }
        work[row + to] += pair * share;
    }
    most + sum.ln()
}

/// The score of one tag after another.
#[cube]
fn step(parameters: &[f32], batch: &[u32], places: &Places, from: usize, to: usize, tags: usize) -> f32 {
    let mut score = f32::new(NEVER);
    if batch[places.may_follow + from * tags + to] != 0 {
        score = parameters[places.moves_at + from * tags + to];
    }
    score
}

/// `ln Σ eˣ`. NaN stays NaN.
#[cube]
pub(super) fn log_sum(values: &Shared<[f32]>, count: usize) -> f32 {
    let mut most = f32::new(NEVER);
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
