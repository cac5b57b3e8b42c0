//! The server's part: checks keys, and takes the masks off the sum.

use std::collections::BTreeMap;

use fedner_protocol::SiteId;

use crate::keys::{self, Key};
use crate::mask::{Sign, add_mask};
use crate::member::{own_mask_key, pair_key, pair_sign};
use crate::messages::{Attempt, KeysMessage, Peer, UnmaskMessage};
use crate::refusal::Refusal;
use crate::ring::Ring;
use crate::sharing::{SECRET_BYTES, SHARE_BYTES, combine};
use crate::threshold;

/// Why the sum can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnmaskError {
    /// Too few answers.
    #[error("{found} sites have answered, {threshold} are needed")]
    TooFew {
        /// Answers.
        found: usize,
        /// Needed.
        threshold: usize,
    },
    /// Shares that don't fit together.
    #[error("the shares of the secrets of site {0} don't fit together")]
    Shares(SiteId),
}

/// The masks of a sum.
pub struct Unmasked {
    keys: Vec<(Key, Sign)>,
}

/// Checks a site's keys as its peers will.
///
/// # Errors
/// When they are no keys, or not signed for this attempt by the identity key.
pub fn check_keys(attempt: &Attempt, site: SiteId, identity: &[u8], keys: &KeysMessage) -> Result<(), Refusal> {
    for key in [&keys.masking_key, &keys.sealing_key] {
        if key.array::<32>().is_none() {
            return Err(Refusal::Key(site));
        }
    }
    if keys::is_signed(attempt, site, identity, keys) { Ok(()) } else { Err(Refusal::Signature(site)) }
}

/// Finds the masks of the survivors' sum from the sites' answers: the own masks of the survivors, and those that they have
/// with sites that have shared secrets and sent nothing.
///
/// # Errors
/// When there are too few answers, or they don't fit together.
pub fn sum_of_masks(
    attempt: &Attempt,
    roster: &[Peer],
    sharers: &[SiteId],
    survivors: &[SiteId],
    answers: &BTreeMap<SiteId, UnmaskMessage>,
) -> Result<Unmasked, UnmaskError> {
    let (context, needed) = (keys::context(attempt, roster), threshold(roster.len()));
    if answers.len() < needed || survivors.len() < needed {
        return Err(UnmaskError::TooFew { found: answers.len().min(survivors.len()), threshold: needed });
    }
    let mut masks = Vec::new();
    for peer in roster.iter().filter(|peer| sharers.contains(&peer.site)) {
        let wrong = || UnmaskError::Shares(peer.site);
        if survivors.contains(&peer.site) {
            let seed = secret_of(roster, needed, answers, |answer| answer.own_masks.get(&peer.site));
            masks.push((own_mask_key(&seed.ok_or_else(wrong)?, &context), Sign::Plus));
            continue;
        }
        let seed =
            secret_of(roster, needed, answers, |answer| answer.masking_keys.get(&peer.site)).ok_or_else(wrong)?;
        let secret = keys::masking_secret(&seed);
        if peer.keys.masking_key.0 != keys::public(&secret) {
            return Err(wrong());
        }
        for other in roster.iter().filter(|other| survivors.contains(&other.site)) {
            let key = pair_key(&secret, other, &context).map_err(|_| wrong())?;
            masks.push((key, pair_sign(other.site, peer.site)));
        }
    }
    Ok(Unmasked { keys: masks })
}

impl Unmasked {
    /// Takes the masks off the sum of the survivors' numbers.
    pub fn take_off(&self, sum: &mut [u32], ring: Ring) {
        for (key, sign) in &self.keys {
            let back = if *sign == Sign::Plus { Sign::Minus } else { Sign::Plus };
            add_mask(sum, ring, key, back);
        }
    }
}

fn secret_of<'m>(
    roster: &[Peer],
    needed: usize,
    answers: &'m BTreeMap<SiteId, UnmaskMessage>,
    share: impl Fn(&'m UnmaskMessage) -> Option<&'m crate::Bytes>,
) -> Option<[u8; SECRET_BYTES]> {
    let place = |site: &SiteId| roster.iter().position(|peer| peer.site == *site).map(|at| at + 1);
    let shares = answers.iter().filter_map(|(site, answer)| {
        let bytes: [u8; SHARE_BYTES] = share(answer)?.array()?;
        Some((place(site)?, bytes))
    });
    let shares: Vec<_> = shares.take(needed).collect();
    if shares.len() < needed { None } else { combine(&shares) }
}
