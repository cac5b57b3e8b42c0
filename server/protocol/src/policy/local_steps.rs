//! How far a site trains in one round.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{PolicyError, ensure};

/// Most steps of one round.
const STEPS_MAX: u32 = 100_000;
/// Most rounds of one pass.
const ROUNDS_PER_PASS_MAX: u32 = 100_000;

/// How far a site trains in one round: a number, or `{ rounds_per_pass = N }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LocalSteps {
    /// So many optimiser steps, the same at every site: a small site goes through its notes more often than a large one.
    Fixed(u32),
    /// A part of a pass over the site's own training sentences: all sites go through theirs equally often.
    Pass {
        /// Rounds that make one pass.
        rounds_per_pass: u32,
    },
}

impl LocalSteps {
    /// The places of a round's steps (rounds count from 1) among all steps of a site, for which `pass` steps are one
    /// pass over its sentences. Never empty: a site with fewer steps in a pass than rounds takes some steps twice.
    pub fn of_round(self, round: u32, pass: u64) -> Range<u64> {
        let before = u64::from(round.saturating_sub(1));
        match self {
            Self::Fixed(steps) => before * u64::from(steps)..(before + 1) * u64::from(steps),
            Self::Pass { rounds_per_pass } => {
                let parts = u64::from(rounds_per_pass.max(1));
                let start = before * pass / parts;
                start..((before + 1) * pass / parts).max(start + 1)
            }
        }
    }

    pub(super) fn validate(self) -> Result<(), PolicyError> {
        match self {
            Self::Fixed(steps) => ensure((1..=STEPS_MAX).contains(&steps), "local_steps", steps, "use 1 to 100000"),
            Self::Pass { rounds_per_pass: rounds } => {
                let good = (1..=ROUNDS_PER_PASS_MAX).contains(&rounds);
                ensure(good, "local_steps.rounds_per_pass", rounds, "use 1 to 100000")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_of_a_pass_take_each_of_its_steps_once() {
        let steps = LocalSteps::Pass { rounds_per_pass: 4 };
        for pass in [4, 5, 46, 251] {
            let rounds: Vec<_> = (1..=8).map(|round| steps.of_round(round, pass)).collect();
            assert_eq!((rounds[0].start, rounds[3].end, rounds[7].end), (0, pass, 2 * pass));
            assert!(rounds.windows(2).all(|pair| pair[0].end == pair[1].start), "{rounds:?}");
        }
        assert!((1..=8).all(|round| !steps.of_round(round, 1).is_empty()), "every round has something to do");
        assert_eq!(LocalSteps::Fixed(20).of_round(3, 7), 40..60);
    }

    #[test]
    fn it_is_written_as_a_number_or_a_part_of_a_pass() {
        let json = |text| serde_json::from_str::<LocalSteps>(text);
        assert_eq!(json("20").unwrap(), LocalSteps::Fixed(20));
        assert_eq!(json(r#"{"rounds_per_pass":4}"#).unwrap(), LocalSteps::Pass { rounds_per_pass: 4 });
        assert_eq!(serde_json::to_string(&LocalSteps::Fixed(20)).unwrap(), "20");
        assert!(json(r#"{"rounds":4}"#).is_err());
        let message = LocalSteps::Pass { rounds_per_pass: 0 }.validate().unwrap_err().to_string();
        assert_eq!(message, "local_steps.rounds_per_pass is 0: use 1 to 100000");
        assert!(LocalSteps::Fixed(0).validate().is_err());
    }
}
