//! What a site does next, given where an attempt stands: its part over all attempts, between which it keeps whom it has met.

use std::collections::BTreeMap;

use fedner_protocol::{Digest, SiteId};
use serde::{Deserialize, Serialize};

use crate::member::{Masked, Member, Pins};
use crate::messages::{Attempt, Message, Peer, Step, UnmaskMessage, View};
use crate::refusal::Refusal;

/// Rounds whose answers are remembered; more than any federation is restored by.
const ANSWERED_MAX: usize = 512;

/// A site's stored state: the attempt that it is in, and the identity keys of those whom it has met. The host stores it
/// before it acts on an [`Action`]. It holds secrets of the attempt.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteState {
    /// The attempt.
    member: Option<Member>,
    /// Identity keys, pinned at first sight.
    pins: Pins,
    /// Whose sum this site has helped to unmask, by round.
    #[serde(default)]
    answered: BTreeMap<u32, Digest>,
}

/// What a site does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sign this statement with the identity key, then send [`SiteState::keys`].
    Sign(String),
    /// Send this message.
    Send(Message),
    /// Wait for the others.
    Wait,
    /// Send the masked update.
    Mask,
    /// Wait for another attempt: this one goes on without this site.
    Out,
    /// The same, for a reason that a person should read.
    Refuse(Refusal),
}

impl SiteState {
    /// What [`stored`](Self::stored) has written; a new one where nothing is stored yet.
    ///
    /// # Errors
    /// When the bytes are damaged: going on without them could answer a round twice.
    pub fn read(stored: Option<&[u8]>) -> Result<Self, Refusal> {
        stored.map_or_else(
            || Ok(Self::default()),
            |bytes| {
                serde_json::from_slice(bytes)
                    .map_err(|e| Refusal::Internal(format!("the stored state is damaged: {e}")))
            },
        )
    }

    /// The state as bytes to store, before anything that rests on it is sent.
    ///
    /// # Errors
    /// When it can't be written, which is a fault of this program.
    pub fn stored(&self) -> Result<Vec<u8>, Refusal> {
        serde_json::to_vec(self).map_err(|e| Refusal::Internal(e.to_string()))
    }

    /// What to do next in an attempt. `entropy` is used where the attempt is new here; nobody may be able to guess it.
    ///
    /// # Errors
    /// When something in what the server says is wrong.
    pub fn next(&mut self, attempt: &Attempt, view: &View, entropy: [u8; 32]) -> Result<Action, Refusal> {
        if view.attempt != *attempt {
            return Ok(Action::Out);
        }
        let known = self.member.as_ref().is_some_and(|member| member.attempt() == attempt);
        match (view.step, view.sent) {
            // Keys that are there and not known here are those of a state that was lost.
            (Step::Keys, false) if !known => {
                let member = self.member.insert(Member::new(attempt.clone(), view.site, entropy));
                Ok(Action::Sign(member.statement()?))
            }
            // Keys whose sending was interrupted are sent again; those that are there already do no harm.
            (Step::Keys, false) => Ok(Action::Sign(self.member()?.statement()?)),
            _ if !known => Ok(Action::Out),
            (Step::Shares, false) if is_listed(&view.roster, view) => {
                let Self { member: Some(member), pins, .. } = self else { return Err(Refusal::Order) };
                Ok(Action::Send(Message::Shares(member.shares(view, pins)?)))
            }
            (Step::Masked, false) if view.sharers.contains(&view.site) => Ok(Action::Mask),
            (Step::Unmask, false) if view.survivors.contains(&view.site) => self.unmask(view),
            (_, true) => Ok(Action::Wait),
            (_, false) => Ok(Action::Out),
        }
    }

    /// The message with this site's keys, with the signature of the statement.
    ///
    /// # Errors
    /// When there is no attempt.
    pub fn keys(&self, signature: Vec<u8>) -> Result<Message, Refusal> {
        Ok(Message::Keys(self.member()?.keys(signature)?))
    }

    /// Masks values; see [`Member::mask`].
    ///
    /// # Errors
    /// When something in what the server says is wrong, or other values were masked in this attempt.
    pub fn mask(&mut self, view: &View, levels: u32, values: &[i32]) -> Result<Masked, Refusal> {
        self.member_mut()?.mask(view, levels, values)
    }

    /// Identity keys of the sites that this one has met.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Answers for the survivors. In another attempt of a round the same update is masked anew, so the sums of two lists
    /// would tell the update of a site that is in one of them.
    fn unmask(&mut self, view: &View) -> Result<Action, Refusal> {
        let round = view.attempt.round;
        let survivors = digest(&view.survivors)?;
        if self.answered.get(&round).is_some_and(|before| *before != survivors) {
            return Ok(Action::Refuse(Refusal::OtherSum(round)));
        }
        let answer: UnmaskMessage = self.member_mut()?.unmask(view)?;
        self.answered.insert(round, survivors);
        while self.answered.len() > ANSWERED_MAX {
            self.answered.pop_first();
        }
        Ok(Action::Send(Message::Unmask(answer)))
    }

    /// The sites of the attempt, once they are known.
    pub fn peers(&self) -> &[Peer] {
        self.member.as_ref().map_or(&[], Member::peers)
    }

    fn member(&self) -> Result<&Member, Refusal> {
        self.member.as_ref().ok_or(Refusal::Order)
    }

    fn member_mut(&mut self) -> Result<&mut Member, Refusal> {
        self.member.as_mut().ok_or(Refusal::Order)
    }
}

fn digest(sites: &[SiteId]) -> Result<Digest, Refusal> {
    let written = serde_json::to_vec(sites).map_err(|e| Refusal::Internal(e.to_string()))?;
    Ok(Digest::of(&written))
}

fn is_listed(roster: &[Peer], view: &View) -> bool {
    roster.iter().any(|peer| peer.site == view.site)
}
