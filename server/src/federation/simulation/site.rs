//! A tab as it follows the protocol, without a network. It is written anew here, so that server and
//! participant are not wrong in the same way.

use fedner_protocol::{Digest, FederationState, Phase, SiteId, UpdateId};

use crate::events::EventStream;

/// An update on its way.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) site: SiteId,
    pub(super) round: u32,
    pub(super) id: UpdateId,
    /// Digest of the module that it was trained from.
    pub(super) base: Digest,
    pub(super) body: Vec<u8>,
}

/// A version of the global shared module.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    pub(super) version: u32,
    pub(super) digest: Digest,
    pub(super) values: Vec<f32>,
}

/// What a tab remembers.
#[derive(Default)]
pub(super) struct Tab {
    /// Whether it is open in a browser; it then connects again by itself.
    pub(super) is_there: bool,
    /// Open while a server knows that the tab is there.
    pub(super) stream: Option<EventStream>,
    /// The server that has the stream.
    pub(super) at: usize,
    /// Whether all servers know that it is there.
    pub(super) is_known: bool,
    /// The newest state it heard of.
    pub(super) state: Option<FederationState>,
    /// The global shared module that it has.
    pub(super) model: Option<Model>,
    /// Its update, kept until there is a newer one.
    pub(super) update: Option<Request>,
    /// The round and attempt in which its update is acknowledged or can't be any more.
    pub(super) done: Option<(u32, u32)>,
}

/// What a tab does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is known yet, or there is nothing to do.
    Wait,
    /// Fetch this version.
    Fetch(u32),
    /// Make an update for this round.
    Train(u32),
    /// Send the update that it has.
    Send,
}

impl Tab {
    pub(super) fn next(&self) -> Next {
        let Some(state) = &self.state else { return Next::Wait };
        if self.model.as_ref().is_none_or(|model| (model.version, &model.digest) != (state.version, &state.model)) {
            return Next::Fetch(state.version);
        }
        match state.phase {
            Phase::Open { round, attempt, .. } if self.done != Some((round, attempt)) => match &self.update {
                Some(update) if update.round == round && update.base == state.model => Next::Send,
                _ if self.done.is_some_and(|(done, _)| done == round) => Next::Wait,
                _ => Next::Train(round),
            },
            Phase::Open { .. } | Phase::Waiting { .. } | Phase::Paused | Phase::Finished => Next::Wait,
        }
    }

    /// The round that its update was for needs nothing more of it, as far as it knows.
    pub(super) fn done_with(&mut self, round: u32) {
        let attempt = match &self.state {
            Some(FederationState { phase: Phase::Open { round: open, attempt, .. }, .. }) if *open == round => *attempt,
            _ => u32::MAX,
        };
        self.done = Some((round, attempt));
    }
}
