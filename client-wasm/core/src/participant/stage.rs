//! The participant's part of a round, as a state machine without any input or output.

use fedner_protocol::{FederationState, Phase};

use super::Base;

/// What a participant has done so far in this run. Earlier runs don't count: the server may have been restored from a
/// backup since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The global shared module in the model; none before the first.
    pub base: Option<Base>,
    /// The newest round that it need not train for any more.
    pub sent: Option<RoundAttempt>,
}

/// A round whose update is acknowledged, or can't be any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundAttempt {
    /// The round.
    pub round: u32,
    /// The newest attempt of the round in which the server has confirmed the update.
    pub attempt: u32,
}

/// What a participant does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Fetch this version of the global shared module.
    Fetch(Base),
    /// Train, and send the update of this round.
    Train(RoundAttempt),
    /// The round was opened anew: make sure that the server still has the update.
    SendAgain(RoundAttempt),
    /// Wait for more sites.
    WaitForSites,
    /// The operator has paused the federation; wait until it goes on.
    WaitForResume,
    /// Its update is in; wait for the others'.
    WaitForMerge,
    /// All rounds are done and the newest version is here.
    Finish,
}

impl Stage {
    /// Decides by the newest state alone, so missed states don't matter.
    pub fn decide(&self, state: &FederationState) -> Action {
        let newest = Base { version: state.version, digest: state.model.clone() };
        if self.base.as_ref() != Some(&newest) {
            return Action::Fetch(newest);
        }
        match state.phase {
            Phase::Finished => Action::Finish,
            Phase::Waiting { .. } => Action::WaitForSites,
            Phase::Paused => Action::WaitForResume,
            Phase::Open { round, attempt, .. } => match self.sent {
                Some(sent) if sent.round == round && sent.attempt >= attempt => Action::WaitForMerge,
                Some(sent) if sent.round == round => Action::SendAgain(RoundAttempt { round, attempt }),
                // An update for a later round was sent to a server that was restored from a backup since.
                _ => Action::Train(RoundAttempt { round, attempt }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use fedner_protocol::Digest;

    use super::*;

    fn state(version: u32, phase: Phase) -> FederationState {
        FederationState { version, model: base(version).digest, present: 3, phase }
    }

    fn base(version: u32) -> Base {
        Base { version, digest: Digest::of(&version.to_le_bytes()) }
    }

    fn open(round: u32, attempt: u32) -> Phase {
        Phase::Open { round, attempt, received: 0, deadline_in_ms: 1000 }
    }

    fn stage(version: u32, round: u32) -> Stage {
        Stage { base: Some(base(version)), sent: Some(RoundAttempt { round, attempt: 1 }) }
    }

    #[test]
    fn the_newest_version_comes_first() {
        assert_eq!(stage(2, 2).decide(&state(7, open(8, 1))), Action::Fetch(base(7)));
        let new = Stage { base: None, sent: None };
        assert_eq!(new.decide(&state(0, Phase::Waiting { min_sites: 3 })), Action::Fetch(base(0)));
        assert_eq!(new.decide(&state(9, Phase::Finished)), Action::Fetch(base(9)));
    }

    #[test]
    fn a_round_is_trained_once() {
        let third = RoundAttempt { round: 3, attempt: 1 };
        assert_eq!(stage(2, 2).decide(&state(2, open(3, 1))), Action::Train(third));
        assert_eq!(stage(2, 3).decide(&state(2, open(3, 1))), Action::WaitForMerge);
        assert_eq!(stage(2, 3).decide(&state(2, Phase::Waiting { min_sites: 3 })), Action::WaitForSites);
        assert_eq!(stage(2, 2).decide(&state(2, Phase::Finished)), Action::Finish);
    }

    #[test]
    fn a_paused_federation_is_waited_for_with_the_newest_version() {
        assert_eq!(stage(2, 3).decide(&state(2, Phase::Paused)), Action::WaitForResume);
        assert_eq!(stage(2, 3).decide(&state(3, Phase::Paused)), Action::Fetch(base(3)));
        // The round that was interrupted goes on as the same attempt, and needs nothing more of this site.
        assert_eq!(stage(2, 3).decide(&state(2, open(3, 1))), Action::WaitForMerge);
    }

    #[test]
    fn a_round_that_is_opened_anew_is_asked_whether_it_has_the_update() {
        let again = RoundAttempt { round: 3, attempt: 2 };
        assert_eq!(stage(2, 3).decide(&state(2, open(3, 2))), Action::SendAgain(again));
        let confirmed = Stage { base: Some(base(2)), sent: Some(again) };
        assert_eq!(confirmed.decide(&state(2, open(3, 2))), Action::WaitForMerge);
    }

    #[test]
    fn a_server_that_went_back_is_followed() {
        assert_eq!(stage(9, 9).decide(&state(4, open(5, 1))), Action::Fetch(base(4)));
        assert_eq!(stage(4, 9).decide(&state(4, open(5, 1))), Action::Train(RoundAttempt { round: 5, attempt: 1 }));
    }

    #[test]
    fn another_module_of_the_same_number_is_fetched() {
        let digest = Digest::of(b"version 4 after a backup was restored");
        let restored = FederationState { model: digest.clone(), ..state(4, open(5, 1)) };
        assert_eq!(stage(4, 5).decide(&restored), Action::Fetch(Base { version: 4, digest }));
    }
}
