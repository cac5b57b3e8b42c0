//! The forward pass over the tokens of a sentence: a workgroup a sentence, a unit a tag.

use cubecl::prelude::*;

use super::super::workspace::Dims;
use super::places::{FORBIDDEN, SentencePlaces, log_sum, transition_score};

/// Writes the forward values, and leaves the last token's in `values`. Returns the loss without the last tag's score and the
/// last token's sum.
#[cube]
#[allow(clippy::too_many_arguments)]
pub fn forward(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &mut Shared<[f32]>,
    now: &mut Shared<[f32]>,
    places: &SentencePlaces,
    width: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let mut loss = 0.0f32;
    // All workgroups take as many steps as the longest sentence has, so that the barriers are in uniform control flow.
    for token in 0..width {
        let active = unit < tags && token < places.length;
        let here = token * tags + unit;
        let mut value = 0.0f32;
        if active {
            value = emissions[places.emissions + here] + incoming(parameters, batch, &*values, places, token, dims);
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

/// The log sum over all paths to the unit's tag, without the tag's own emission.
#[cube]
fn incoming(
    parameters: &[f32],
    batch: &[u32],
    values: &Shared<[f32]>,
    places: &SentencePlaces,
    token: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let mut value = f32::new(FORBIDDEN);
    if token == 0 {
        if batch[places.may_start + unit] != 0 {
            value = parameters[places.start_scores + unit];
        }
    } else {
        let mut most = f32::new(FORBIDDEN);
        for from in 0..tags {
            let path = values[from] + transition_score(parameters, batch, places, from, unit, tags);
            if path > most {
                most = path;
            }
        }
        let mut sum = 0.0f32;
        for from in 0..tags {
            let path = values[from] + transition_score(parameters, batch, places, from, unit, tags);
            sum += (path - most).exp();
        }
        value = most + sum.ln();
    }
    value
}

/// The score of a token's gold tag: its emission, and the transition to it.
#[cube]
fn gold_score(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    places: &SentencePlaces,
    token: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let tag = batch[places.gold + token] as usize;
    let mut transition = parameters[places.start_scores + tag];
    if token > 0 {
        transition = parameters[places.transition_scores + batch[places.gold + token - 1] as usize * tags + tag];
    }
    transition + emissions[places.emissions + token * tags + tag]
}
