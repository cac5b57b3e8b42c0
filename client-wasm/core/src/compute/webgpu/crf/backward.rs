//! The backward pass over the tokens of a sentence: a workgroup a sentence, a unit a tag.

use cubecl::prelude::*;

use super::super::workspace::Dims;
use super::places::{FORBIDDEN, SentencePlaces, transition_score};

/// Writes the gradients by the emissions and by the CRF's scores, with the last token's backward values in `values`.
#[cube]
#[allow(clippy::too_many_arguments)]
pub fn backward(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &mut Shared<[f32]>,
    places: &SentencePlaces,
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
            work[places.d_emissions + here] = marginal * share;
            if behind == 0 {
                work[places.d_scores + tags + tags * tags + unit] = marginal * share;
            }
            if token == 0 {
                work[places.d_scores + unit] = marginal * share;
            } else {
                value = outgoing(parameters, batch, emissions, work, &*values, places, token, share, dims);
            }
        }
        sync_cube();
        if active {
            values[unit] = value;
        }
        sync_cube();
    }
}

/// Adds the expected transitions from the unit's tag to each tag of a token to the gradient by the transition scores. Returns
/// the unit's backward value at the token before.
#[cube]
#[allow(clippy::too_many_arguments)]
fn outgoing(
    parameters: &[f32],
    batch: &[u32],
    emissions: &[f32],
    work: &mut [f32],
    values: &Shared<[f32]>,
    places: &SentencePlaces,
    token: usize,
    share: f32,
    #[comptime] dims: Dims,
) -> f32 {
    let tags = dims.tags;
    let unit = UNIT_POS as usize;
    let row = places.d_scores + tags + unit * tags;
    let forward = work[places.alpha + (token - 1) * tags + unit];
    let whole = work[places.norm + token * tags + unit];
    let emissions_start = places.emissions + token * tags;
    let tag = batch[places.gold + token] as usize;
    let is_gold = batch[places.gold + token - 1] as usize == unit;
    let mut most = f32::new(FORBIDDEN);
    for to in 0..tags {
        let path =
            values[to] + emissions[emissions_start + to] + transition_score(parameters, batch, places, unit, to, tags)
                - whole;
        if path > most {
            most = path;
        }
    }
    let mut sum = 0.0f32;
    for to in 0..tags {
        let path =
            values[to] + emissions[emissions_start + to] + transition_score(parameters, batch, places, unit, to, tags)
                - whole;
        sum += (path - most).exp();
        let mut pair = (forward + path).exp();
        if is_gold && tag == to {
            pair -= 1.0f32;
        }
        work[row + to] += pair * share;
    }
    most + sum.ln()
}
