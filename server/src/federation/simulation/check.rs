//! What must hold at the end, read off the models alone.

use std::collections::{BTreeMap, BTreeSet};

use fedner_protocol::Phase;

use super::operation::TabId;
use super::world::{Made, QUORUM, ROUNDS, World};

/// Farthest that a number read off a model may be from a whole one.
const ROUNDING_MAX: f64 = 0.01;

pub(super) async fn everything(world: &World) -> Result<(), String> {
    let state = world.state();
    if (state.version, &state.phase) != (ROUNDS, &Phase::Finished) {
        return Err(format!("it is not finished: {state:?}"));
    }
    let mut merged = BTreeMap::new();
    let mut before = world.model(0).await?;
    for version in 1..=ROUNDS {
        let after = world.model(version).await?;
        for made in updates_in(world, version, &before.values, &after.values)? {
            let update = made.id;
            if made.base != before.digest {
                return Err(format!("update {update} in version {version} was trained from another module"));
            }
            if world.discarded.contains(&update) {
                return Err(format!("update {update} was discarded and is in version {version}"));
            }
            if let Some(other) = merged.insert(update, version) {
                return Err(format!("update {update} is in version {other} and in version {version}"));
            }
        }
        before = after;
    }
    for (update, round) in &world.acknowledged {
        match merged.get(update) {
            Some(version) if version == round => {}
            Some(version) => return Err(format!("update {update} of round {round} is in version {version}")),
            // Its site was asked for it again, and may have been gone.
            None if world.rotten.contains(update) => {}
            None => return Err(format!("update {update} was acknowledged in round {round} and is in no version")),
        }
    }
    for (id, tab) in world.tabs.iter().filter(|(_, tab)| tab.is_there) {
        if tab.model.as_ref() != Some(&before) {
            return Err(format!("{id:?} has version {:?}", tab.model.as_ref().map(|model| model.version)));
        }
    }
    Ok(())
}

/// The updates that a version is made of: each adds its number to its tab's place, divided by how many there are.
fn updates_in<'w>(world: &'w World, version: u32, before: &[f32], after: &[f32]) -> Result<Vec<&'w Made>, String> {
    let changed = (0..before.len()).filter(|i| before[*i] != after[*i]).count();
    if changed < QUORUM as usize {
        return Err(format!("version {version} is made of {changed} updates"));
    }
    let (mut updates, mut sites) = (Vec::new(), BTreeSet::new());
    for tab in TabId::all() {
        let place = world.place(tab);
        if before[place] == after[place] {
            continue;
        }
        let number = (f64::from(before[place]) - f64::from(after[place])) * changed as f64;
        let wrong = || format!("version {version} has {number} of {tab:?}, which is no update of its");
        if (number - number.round()).abs() > ROUNDING_MAX {
            return Err(wrong());
        }
        let made = world.made.get(&(number.round() as u32)).filter(|made| made.tab == tab).ok_or_else(wrong)?;
        if made.round != version {
            return Err(format!("update {} of round {} is in version {version}", made.id, made.round));
        }
        if !sites.insert(tab.site) {
            return Err(format!("version {version} has two updates of site {}", tab.site));
        }
        updates.push(made);
    }
    if updates.len() != changed {
        return Err(format!("version {version} has changes that are no tab's"));
    }
    Ok(updates)
}
