//! The participant's part of a round, as a state machine without any input or output.

use fedner_protocol::{FederationState, Phase};

/// What a participant has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Version of the global shared module it has taken in; none before the first.
    pub version: Option<u32>,
    /// The newest round its update is acknowledged in, or 0.
    pub last_sent: u32,
}

/// What a participant does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Fetch this version of the global shared module.
    Fetch(u32),
    /// Train, and send the update of this round.
    Train(u32),
    /// Wait for more sites.
    WaitForSites,
    /// Its update is in; wait for the others'.
    WaitForMerge,
    /// All rounds are done and the newest version is here.
    Finish,
}

impl Stage {
    /// Decides by the newest state alone; states that were missed don't matter.
    pub fn decide(&self, state: &FederationState) -> Action {
        if self.version != Some(state.version) {
            return Action::Fetch(state.version);
        }
        match state.phase {
            Phase::Finished => Action::Finish,
            Phase::Waiting { .. } => Action::WaitForSites,
            Phase::Open { round, .. } if round <= self.last_sent => Action::WaitForMerge,
            Phase::Open { round, .. } => Action::Train(round),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(version: u32, phase: Phase) -> FederationState {
        FederationState { version, present: 3, phase }
    }

    fn open(round: u32) -> Phase {
        Phase::Open { round, attempt: 1, received: 0, deadline_in_ms: 1000 }
    }

    #[test]
    fn the_newest_version_comes_first() {
        let late = Stage { version: Some(2), last_sent: 2 };
        assert_eq!(late.decide(&state(7, open(8))), Action::Fetch(7));
        let new = Stage { version: None, last_sent: 0 };
        assert_eq!(new.decide(&state(0, Phase::Waiting { min_sites: 3 })), Action::Fetch(0));
        assert_eq!(new.decide(&state(9, Phase::Finished)), Action::Fetch(9));
    }

    #[test]
    fn a_round_is_trained_once() {
        let ready = Stage { version: Some(2), last_sent: 2 };
        assert_eq!(ready.decide(&state(2, open(3))), Action::Train(3));
        let sent = Stage { version: Some(2), last_sent: 3 };
        assert_eq!(sent.decide(&state(2, open(3))), Action::WaitForMerge);
        assert_eq!(sent.decide(&state(2, Phase::Waiting { min_sites: 3 })), Action::WaitForSites);
        assert_eq!(ready.decide(&state(2, Phase::Finished)), Action::Finish);
    }

    #[test]
    fn a_server_that_went_back_is_followed() {
        let ahead = Stage { version: Some(9), last_sent: 9 };
        assert_eq!(ahead.decide(&state(4, open(5))), Action::Fetch(4));
    }
}
