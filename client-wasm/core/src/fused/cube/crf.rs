//! The conditional random field over a batch in one launch: a workgroup a sentence, a unit a tag, the loop over tokens
//! inside. Forward and backward values are logarithms, divided at each token by the sum of its forward values, so that
//! they stay small however long a sentence is.

use cubecl::prelude::*;

use super::dims::Dims;

/// Score of what is not allowed: nothing is left of its exponential.
const NEVER: f32 = -1e30;

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
    let sentence = CUBE_POS_X as usize;
    let unit = UNIT_POS as usize;
    let starts = starts_at(&sentences, dims);
    let start = batch[starts + sentence] as usize;
    let length = batch[starts + sentences.count + sentence] as usize;
    let may_start = starts + 2 * sentences.count;
    let may_follow = may_start + tags;
    let moves_at = crf_at + tags;
    let ends_at = moves_at + tags * tags;
    let rows = sentences.rows;
    let d_emissions = rows * comptime!(dims.d_emissions());
    let alpha = rows * comptime!(dims.alpha()) + start * tags;
    let norm = rows * comptime!(dims.norm()) + start * tags;
    let sums = rows * comptime!(dims.columns()) + sentence * comptime!(dims.scores() + 1);
    let scores = sentence * sentences.width * tags;
    let gold = rows + start;

    let mut before = Shared::<[f32]>::new_slice(dims.tags);
    let mut now = Shared::<[f32]>::new_slice(dims.tags);
    let mut loss = 0.0f32;
    if unit < tags {
        // The empty row before the sentence, and the one behind the last.
        work[d_emissions + (start - 1) * tags + unit] = 0.0f32;
        if sentence + 1 == sentences.count {
            work[d_emissions + (rows - 1) * tags + unit] = 0.0f32;
        }
        for other in 0..tags {
            work[sums + tags + unit * tags + other] = 0.0f32;
        }
        work[sums + unit] = 0.0f32;
        work[sums + tags + tags * tags + unit] = 0.0f32;
    }

    // The length of the loops is the same for all workgroups: whether units meet must not hang on what is in memory.
    for token in 0..sentences.width {
        let active = unit < tags && token < length;
        let mut value = 0.0f32;
        if active {
            let emitted = emissions[scores + token * tags + unit];
            if token == 0 {
                value = f32::new(NEVER);
                if batch[may_start + unit] != 0 {
                    value = parameters[crf_at + unit];
                }
            } else {
                let mut most = f32::new(NEVER);
                for from in 0..tags {
                    let path = before[from] + step(parameters, batch, moves_at, may_follow, from, unit, tags);
                    if path > most {
                        most = path;
                    }
                }
                let mut sum = 0.0f32;
                for from in 0..tags {
                    let path = before[from] + step(parameters, batch, moves_at, may_follow, from, unit, tags);
                    sum += (path - most).exp();
                }
                value = most + sum.ln();
            }
            value += emitted;
            now[unit] = value;
        }
        sync_cube();
        if active {
            let whole = log_sum(&now, tags);
            before[unit] = value - whole;
            work[alpha + token * tags + unit] = value - whole;
            work[norm + token * tags + unit] = whole;
            let tag = batch[gold + token] as usize;
            let mut moved = parameters[crf_at + tag];
            if token > 0 {
                moved = parameters[moves_at + batch[gold + token - 1] as usize * tags + tag];
            }
            loss += whole - moved - emissions[scores + token * tags + tag];
        }
        sync_cube();
    }

    if unit < tags {
        now[unit] = before[unit] + parameters[ends_at + unit];
    }
    sync_cube();
    let whole = log_sum(&now, tags);
    if unit < tags {
        before[unit] = parameters[ends_at + unit] - whole;
    }
    if unit == 0 {
        let last = batch[gold + length - 1] as usize;
        work[sums + comptime!(dims.scores())] = (loss + whole - parameters[ends_at + last]) * share;
    }
    sync_cube();

    // From here `before` holds the backward values of the token at hand.
    for behind in 0..sentences.width {
        let active = unit < tags && behind < length;
        let mut value = 0.0f32;
        if active {
            let token = length - 1 - behind;
            let tag = batch[gold + token] as usize;
            let mut marginal = (work[alpha + token * tags + unit] + before[unit]).exp();
            if tag == unit {
                marginal -= 1.0f32;
            }
            work[d_emissions + (start + token) * tags + unit] = marginal * share;
            if behind == 0 {
                work[sums + tags + tags * tags + unit] = marginal * share;
            }
            if token == 0 {
                work[sums + unit] = marginal * share;
            } else {
                let row = sums + tags + unit * tags;
                let forward = work[alpha + (token - 1) * tags + unit];
                let whole = work[norm + token * tags + unit];
                let emitted = scores + token * tags;
                let mut most = f32::new(NEVER);
                for to in 0..tags {
                    let path = before[to]
                        + emissions[emitted + to]
                        + step(parameters, batch, moves_at, may_follow, unit, to, tags)
                        - whole;
                    if path > most {
                        most = path;
                    }
                }
                let mut sum = 0.0f32;
                for to in 0..tags {
                    let path = before[to]
                        + emissions[emitted + to]
                        + step(parameters, batch, moves_at, may_follow, unit, to, tags)
                        - whole;
                    sum += (path - most).exp();
                    let mut pair = (forward + path).exp();
                    if tag == to && batch[gold + token - 1] as usize == unit {
                        pair -= 1.0f32;
                    }
                    work[row + to] += pair * share;
                }
                value = most + sum.ln();
            }
        }
        sync_cube();
        if active {
            before[unit] = value;
        }
        sync_cube();
    }
}

/// The score of one tag after another.
#[cube]
fn step(
    parameters: &[f32],
    batch: &[u32],
    moves_at: usize,
    may_follow: usize,
    from: usize,
    to: usize,
    tags: usize,
) -> f32 {
    let mut score = f32::new(NEVER);
    if batch[may_follow + from * tags + to] != 0 {
        score = parameters[moves_at + from * tags + to];
    }
    score
}

/// `ln Σ eˣ`. NaN stays NaN.
#[cube]
fn log_sum(values: &Shared<[f32]>, count: usize) -> f32 {
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
