//! How far a site trains in one round.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{PolicyError, ensure};

/// Most steps of one round.
const STEPS_MAX: u32 = 100_000;
/// Most rounds of one pass.
const ROUNDS_PER_PASS_MAX: u32 = 100_000;

/// How far a site trains in one round: a number, or `{ rounds_per_pass = N, steps_min = A, steps_max = B }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LocalSteps {
    /// So many optimiser steps, the same at every site: a small site goes through its notes more often than a large one.
    Fixed(u32),
    /// A part of a pass over the site's own training sentences, within bounds.
    Pass {
        /// Rounds that make one pass.
        rounds_per_pass: u32,
        /// Least steps of a round: a site with few notes goes through them more often, or it would learn too little.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        steps_min: Option<u32>,
        /// Most steps of a round: sites with few notes need not wait long for one with many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        steps_max: Option<u32>,
    },
}

impl LocalSteps {
    /// A part of a pass without bounds: all sites go through their sentences equally often.
    pub fn part_of_pass(rounds_per_pass: u32) -> Self {
        Self::Pass { rounds_per_pass, steps_min: None, steps_max: None }
    }

    /// The places of a round's steps (rounds count from 1) among all steps of a site, for which `pass` steps are one
    /// pass over its sentences. Never empty: a site with fewer steps in a pass than rounds takes some steps twice.
    pub fn of_round(self, round: u32, pass: u64) -> Range<u64> {
        let before = u64::from(round.saturating_sub(1));
        match self {
            Self::Fixed(steps) => before * u64::from(steps)..(before + 1) * u64::from(steps),
            Self::Pass { rounds_per_pass, steps_min, steps_max } => {
                let parts = u64::from(rounds_per_pass.max(1));
                match bound(pass as f64 / parts as f64, steps_min, steps_max) {
                    Some(steps) => before * steps..(before + 1) * steps,
                    None => {
                        let start = before * pass / parts;
                        start..((before + 1) * pass / parts).max(start + 1)
                    }
                }
            }
        }
    }

    pub(super) fn validate(self) -> Result<(), PolicyError> {
        match self {
            Self::Fixed(steps) => ensure((1..=STEPS_MAX).contains(&steps), "local_steps", steps, "use 1 to 100000"),
            Self::Pass { rounds_per_pass: rounds, steps_min, steps_max } => {
                let good = (1..=ROUNDS_PER_PASS_MAX).contains(&rounds);
                ensure(good, "local_steps.rounds_per_pass", rounds, "use 1 to 100000")?;
                let (least, most) = (steps_min.unwrap_or(1), steps_max.unwrap_or(STEPS_MAX));
                ensure((1..=STEPS_MAX).contains(&least), "local_steps.steps_min", least, "use 1 to 100000")?;
                ensure((1..=STEPS_MAX).contains(&most), "local_steps.steps_max", most, "use 1 to 100000")?;
                ensure(least <= most, "local_steps.steps_min", least, "it can't exceed steps_max")
            }
        }
    }
}

/// The steps of every round where a bound decides them; `None` where the part of a pass lies within both.
fn bound(part: f64, steps_min: Option<u32>, steps_max: Option<u32>) -> Option<u64> {
    let bound = match (steps_min, steps_max) {
        (Some(least), _) if part < f64::from(least) => Some(least),
        (_, Some(most)) if part > f64::from(most) => Some(most),
        _ => None,
    };
    bound.map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_of_a_pass_take_each_of_its_steps_once() {
        let steps = LocalSteps::part_of_pass(4);
        for pass in [4, 5, 46, 251] {
            let rounds: Vec<_> = (1..=8).map(|round| steps.of_round(round, pass)).collect();
            assert_eq!((rounds[0].start, rounds[3].end, rounds[7].end), (0, pass, 2 * pass));
            assert!(rounds.windows(2).all(|pair| pair[0].end == pair[1].start), "{rounds:?}");
        }
        assert!((1..=8).all(|round| !steps.of_round(round, 1).is_empty()), "every round has something to do");
        assert_eq!(LocalSteps::Fixed(20).of_round(3, 7), 40..60);
    }

    #[test]
    fn a_round_has_at_least_and_at_most_so_many_steps() {
        let steps = LocalSteps::Pass { rounds_per_pass: 2, steps_min: Some(30), steps_max: Some(100) };
        for (pass, expected) in [(7, 30), (59, 30), (60, 30), (120, 60), (200, 100), (5000, 100)] {
            let rounds: Vec<_> = (1..=6).map(|round| steps.of_round(round, pass)).collect();
            assert!(rounds.iter().all(|round| round.end - round.start == expected), "{pass}: {rounds:?}");
            assert!(rounds.windows(2).all(|pair| pair[0].end == pair[1].start), "{pass}: {rounds:?}");
        }
        let crossed = LocalSteps::Pass { rounds_per_pass: 1, steps_min: Some(9), steps_max: Some(8) };
        assert_eq!(
            crossed.validate().unwrap_err().to_string(),
            "local_steps.steps_min is 9: it can't exceed steps_max"
        );
    }

    #[test]
    fn it_is_written_as_a_number_or_a_part_of_a_pass() {
        let json = |text| serde_json::from_str::<LocalSteps>(text);
        assert_eq!(json("20").unwrap(), LocalSteps::Fixed(20));
        assert_eq!(json(r#"{"rounds_per_pass":4}"#).unwrap(), LocalSteps::part_of_pass(4));
        assert_eq!(serde_json::to_string(&LocalSteps::Fixed(20)).unwrap(), "20");
        assert!(json(r#"{"rounds":4}"#).is_err());
        let message = LocalSteps::part_of_pass(0).validate().unwrap_err().to_string();
        assert_eq!(message, "local_steps.rounds_per_pass is 0: use 1 to 100000");
        assert!(LocalSteps::Fixed(0).validate().is_err());
    }
}
