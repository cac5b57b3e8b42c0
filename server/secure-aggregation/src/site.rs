//! What a site does next, given where an attempt stands: its part over all attempts, between which it keeps whom it has met.

use serde::{Deserialize, Serialize};

use crate::member::{Member, Pins};
use crate::messages::{Attempt, Message, Peer, Step, View};
use crate::refusal::Refusal;
use crate::ring::Ring;

/// A site's stored state: the attempt that it is in, and the identity keys of those whom it has met. The host stores it
/// before it acts on an [`Action`]. It holds secrets of the attempt.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteState {
    /// The attempt.
    member: Option<Member>,
    /// Identity keys, pinned at first sight.
    pins: Pins,
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
}

impl SiteState {
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
            (Step::Keys, _) if !known => {
                let member = self.member.insert(Member::new(attempt.clone(), view.site, entropy));
                Ok(Action::Sign(member.statement()?))
            }
            // Keys whose sending was interrupted are sent again; those that are there already do no harm.
            (Step::Keys, false) => Ok(Action::Sign(self.member()?.statement()?)),
            _ if !known => Ok(Action::Out),
            (Step::Shares, false) if is_listed(&view.roster, view) => {
                let Self { member: Some(member), pins } = self else { return Err(Refusal::Order) };
                Ok(Action::Send(Message::Shares(member.shares(view, pins)?)))
            }
            (Step::Masked, false) if view.sharers.contains(&view.site) => Ok(Action::Mask),
            (Step::Unmask, false) if view.survivors.contains(&view.site) => {
                Ok(Action::Send(Message::Unmask(self.member_mut()?.unmask(view)?)))
            }
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
    pub fn mask(&mut self, view: &View, levels: u32, values: &[i32]) -> Result<(Ring, Vec<u32>), Refusal> {
        self.member_mut()?.mask(view, levels, values)
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

fn is_listed(roster: &[Peer], view: &View) -> bool {
    roster.iter().any(|peer| peer.site == view.site)
}
