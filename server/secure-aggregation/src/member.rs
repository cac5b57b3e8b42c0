//! A site's part in one attempt.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use fedner_protocol::{Digest, SiteId};
use serde::{Deserialize, Serialize};
use x25519_dalek::StaticSecret;

use crate::keys::{self, Key};
use crate::mask::{Sign, add_mask};
use crate::messages::{Attempt, Bytes, KeysMessage, Peer, SharesMessage, UnmaskMessage, View};
use crate::refusal::Refusal;
use crate::ring::Ring;
use crate::sharing::{SECRET_BYTES, SHARE_BYTES, split};
use crate::{SITES_MAX, SITES_MIN, threshold};

/// Identity keys of the sites that this one has met, pinned at first sight.
pub type Pins = BTreeMap<SiteId, Bytes>;

/// A site's secrets and answers in one attempt. The host stores it **before** it sends what a method returned: then no
/// crash makes the site answer twice in different ways.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    attempt: Attempt,
    site: SiteId,
    /// The masking key follows from it, and peers have shares of it.
    masking_seed: Bytes,
    sealing_secret: Bytes,
    /// Seed of the own mask; peers have shares of it, too.
    own_seed: Bytes,
    /// Draws the shares.
    sharing_seed: Bytes,
    roster: Option<Vec<Peer>>,
    sharers: Option<Vec<SiteId>>,
    /// What the first masked values were.
    masked: Option<Digest>,
    survivors: Option<Vec<SiteId>>,
}

/// Masked values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// What the numbers are counted in.
    pub ring: Ring,
    /// The numbers, each below the ring's modulus.
    pub numbers: Vec<u32>,
    /// Sites that can be in the sum, this one among them.
    pub sites: usize,
    /// Fewest sites of a sum that is unmasked.
    pub sites_min: usize,
}

/// The shares of one peer's secrets.
struct Held {
    masking: [u8; SHARE_BYTES],
    own: [u8; SHARE_BYTES],
}

impl Member {
    /// New secrets for an attempt, all drawn from 32 bytes that nobody can guess.
    pub fn new(attempt: Attempt, site: SiteId, entropy: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(entropy);
        let mut draw = |len: usize| {
            let mut bytes = vec![0; len];
            rng.fill_bytes(&mut bytes);
            Bytes(bytes)
        };
        Self {
            attempt,
            site,
            masking_seed: draw(SECRET_BYTES),
            sealing_secret: draw(32),
            own_seed: draw(SECRET_BYTES),
            sharing_seed: draw(32),
            roster: None,
            sharers: None,
            masked: None,
            survivors: None,
        }
    }

    /// The attempt that it is for.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Sites in the list of keys; none before it is known.
    pub fn peers(&self) -> &[Peer] {
        self.roster.as_deref().unwrap_or_default()
    }

    /// What the site's identity key has to sign.
    ///
    /// # Errors
    /// When the stored secrets are damaged.
    pub fn statement(&self) -> Result<String, Refusal> {
        let (masking, sealing) = (self.masking_key()?, self.sealing_key()?);
        Ok(keys::statement(&self.attempt, self.site, &masking.0, &sealing.0))
    }

    /// The site's keys, with the signature of [`statement`](Self::statement).
    ///
    /// # Errors
    /// When the stored secrets are damaged.
    pub fn keys(&self, signature: Vec<u8>) -> Result<KeysMessage, Refusal> {
        let (masking_key, sealing_key) = (self.masking_key()?, self.sealing_key()?);
        Ok(KeysMessage { masking_key, sealing_key, signature: Bytes(signature) })
    }

    /// Checks the list of sites, pins whom it meets for the first time, and shares the secrets among them. Asked again
    /// with the same list, it gives the same shares.
    ///
    /// # Errors
    /// When something in the list is wrong. Nothing is pinned then.
    pub fn shares(&mut self, view: &View, pins: &mut Pins) -> Result<SharesMessage, Refusal> {
        self.take_roster(view, pins)?;
        let (roster, context) = (self.peers(), self.context());
        let (places, needed) = (roster.len(), threshold(roster.len()));
        let mut rng = ChaCha20Rng::from_seed(secret(&self.sharing_seed)?);
        let masking = split(&secret(&self.masking_seed)?, needed, places, &mut rng)?;
        let own = split(&secret(&self.own_seed)?, needed, places, &mut rng)?;
        let mut sealed = BTreeMap::new();
        for (peer, (masking, own)) in roster.iter().zip(masking.iter().zip(&own)) {
            let key = self.sealing_with(peer, self.site, peer.site, &context)?;
            let text = [masking.as_slice(), own].concat();
            let bytes = keys::seal(&key, &context, &text);
            sealed.insert(peer.site, Bytes(bytes.ok_or_else(|| Refusal::Internal("sealing shares".to_owned()))?));
        }
        Ok(SharesMessage { sealed })
    }

    /// Masks values of `-levels ..= levels`; the outcome's numbers have [`Ring::bits`] bits. Asked again for the same
    /// values, it gives the same numbers.
    ///
    /// # Errors
    /// When something in what the server says is wrong, or other values were masked before.
    pub fn mask(&mut self, view: &View, levels: u32, values: &[i32]) -> Result<Masked, Refusal> {
        self.take_sharers(view)?;
        // Before anything is masked: what can't be opened now could not be answered later.
        self.held(view)?;
        let written: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let digest = Digest::of(&written);
        if self.masked.as_ref().is_some_and(|before| *before != digest) {
            return Err(Refusal::MaskedBefore);
        }
        let (context, sharers) = (self.context(), self.sharers.clone().unwrap_or_default());
        let ring = Ring::new(levels, self.peers().len());
        let mut numbers: Vec<u32> = values.iter().map(|value| ring.number(*value)).collect();
        add_mask(&mut numbers, ring, &own_mask_key(&secret(&self.own_seed)?, &context), Sign::Plus);
        let own = keys::masking_secret(&secret(&self.masking_seed)?);
        for peer in self.peers().iter().filter(|peer| peer.site != self.site && sharers.contains(&peer.site)) {
            let key = pair_key(&own, peer, &context)?;
            add_mask(&mut numbers, ring, &key, pair_sign(self.site, peer.site));
        }
        self.masked = Some(digest);
        Ok(Masked { ring, numbers, sites: sharers.len(), sites_min: threshold(self.peers().len()) })
    }

    /// The shares that take the masks off the sum of the survivors. Asked again with the same list, it gives the same.
    ///
    /// # Errors
    /// When the list is too short, or another one was answered before.
    pub fn unmask(&mut self, view: &View) -> Result<UnmaskMessage, Refusal> {
        self.take_sharers(view)?;
        if self.masked.is_none() {
            return Err(Refusal::Order);
        }
        let (sharers, survivors) = (self.sharers.clone().unwrap_or_default(), view.survivors.clone());
        in_order(&survivors)?;
        if !survivors.contains(&self.site) || !survivors.iter().all(|site| sharers.contains(site)) {
            return Err(Refusal::Roster("the survivors are not among those who have shared secrets".to_owned()));
        }
        enough(survivors.len(), self.peers().len())?;
        if self.survivors.as_ref().is_some_and(|before| *before != survivors) {
            return Err(Refusal::OtherSurvivors);
        }
        let mut answer = UnmaskMessage { own_masks: BTreeMap::new(), masking_keys: BTreeMap::new() };
        for (site, held) in self.held(view)? {
            if survivors.contains(&site) {
                answer.own_masks.insert(site, Bytes(held.own.to_vec()));
            } else {
                answer.masking_keys.insert(site, Bytes(held.masking.to_vec()));
            }
        }
        self.survivors = Some(survivors);
        Ok(answer)
    }

    fn take_roster(&mut self, view: &View, pins: &mut Pins) -> Result<(), Refusal> {
        if view.attempt != self.attempt || view.site != self.site {
            return Err(Refusal::Attempt);
        }
        if let Some(before) = &self.roster {
            return if *before == view.roster { Ok(()) } else { Err(Refusal::Changed("the list of sites")) };
        }
        let roster = &view.roster;
        if !(SITES_MIN..=SITES_MAX).contains(&roster.len()) {
            return Err(Refusal::Sites(roster.len()));
        }
        in_order(&roster.iter().map(|peer| peer.site).collect::<Vec<_>>())?;
        let own = roster.iter().find(|peer| peer.site == self.site);
        let own = own.ok_or_else(|| Refusal::Roster("this site is not in it".to_owned()))?;
        if own.keys.masking_key != self.masking_key()? || own.keys.sealing_key != self.sealing_key()? {
            return Err(Refusal::OwnKeys);
        }
        for (at, peer) in roster.iter().enumerate() {
            if !keys::is_signed(&self.attempt, peer.site, &peer.identity.0, &peer.keys) {
                return Err(Refusal::Signature(peer.site));
            }
            if pins.get(&peer.site).is_some_and(|pinned| *pinned != peer.identity) {
                return Err(Refusal::Identity(peer.site));
            }
            let twice =
                |other: &Peer| other.identity == peer.identity || other.keys.masking_key == peer.keys.masking_key;
            if roster[..at].iter().any(twice) {
                return Err(Refusal::Roster(format!("site {} has the keys of another one", peer.site)));
            }
        }
        pins.extend(roster.iter().map(|peer| (peer.site, peer.identity.clone())));
        self.roster = Some(roster.clone());
        Ok(())
    }

    fn take_sharers(&mut self, view: &View) -> Result<(), Refusal> {
        match &self.roster {
            None => return Err(Refusal::Order),
            Some(_) if view.attempt != self.attempt || view.site != self.site => return Err(Refusal::Attempt),
            Some(roster) if *roster != view.roster => return Err(Refusal::Changed("the list of sites")),
            Some(_) => {}
        }
        match &self.sharers {
            Some(before) if *before == view.sharers => return Ok(()),
            Some(_) => return Err(Refusal::Changed("the list of sites that have shared their secrets")),
            None => {}
        }
        in_order(&view.sharers)?;
        let known = |site: &SiteId| self.peers().iter().any(|peer| peer.site == *site);
        if !view.sharers.contains(&self.site) || !view.sharers.iter().all(known) {
            return Err(Refusal::Roster("those who have shared secrets are not in it".to_owned()));
        }
        enough(view.sharers.len(), self.peers().len())?;
        self.sharers = Some(view.sharers.clone());
        Ok(())
    }

    /// The shares of each sharer's secrets.
    fn held(&self, view: &View) -> Result<BTreeMap<SiteId, Held>, Refusal> {
        let context = self.context();
        let mut all = BTreeMap::new();
        for peer in self.peers().iter().filter(|peer| view.sharers.contains(&peer.site)) {
            let wrong = || Refusal::Sealed(peer.site);
            let sealed = view.sealed.get(&peer.site).ok_or_else(wrong)?;
            let key = self.sealing_with(peer, peer.site, self.site, &context)?;
            let text = keys::open(&key, &context, &sealed.0).ok_or_else(wrong)?;
            let text: [u8; 2 * SHARE_BYTES] = text.try_into().map_err(|_| wrong())?;
            let ([masking, own], _) = text.as_chunks::<SHARE_BYTES>() else { return Err(wrong()) };
            all.insert(peer.site, Held { masking: *masking, own: *own });
        }
        Ok(all)
    }

    fn sealing_with(&self, peer: &Peer, from: SiteId, to: SiteId, context: &Digest) -> Result<Key, Refusal> {
        let own = StaticSecret::from(secret::<32>(&self.sealing_secret)?);
        let other = peer.keys.sealing_key.array().ok_or(Refusal::Key(peer.site))?;
        let agreed = keys::agree(&own, other).ok_or(Refusal::Key(peer.site))?;
        Ok(keys::derive(&agreed, context.as_str().as_bytes(), &keys::sealing_purpose(from, to)))
    }

    fn masking_key(&self) -> Result<Bytes, Refusal> {
        Ok(Bytes(keys::public(&keys::masking_secret(&secret(&self.masking_seed)?)).to_vec()))
    }

    fn sealing_key(&self) -> Result<Bytes, Refusal> {
        Ok(Bytes(keys::public(&StaticSecret::from(secret::<32>(&self.sealing_secret)?)).to_vec()))
    }

    fn context(&self) -> Digest {
        keys::context(&self.attempt, self.peers())
    }
}

/// The key of a site's own mask.
pub fn own_mask_key(seed: &[u8; SECRET_BYTES], context: &Digest) -> Key {
    keys::derive(seed, context.as_str().as_bytes(), "fedner secure aggregation, own mask")
}

/// The key of the mask between the holder of a secret and a peer.
pub fn pair_key(own: &StaticSecret, peer: &Peer, context: &Digest) -> Result<Key, Refusal> {
    let other = peer.keys.masking_key.array().ok_or(Refusal::Key(peer.site))?;
    let agreed = keys::agree(own, other).ok_or(Refusal::Key(peer.site))?;
    Ok(keys::derive(&agreed, context.as_str().as_bytes(), "fedner secure aggregation, pair mask"))
}

/// Of each pair, one site adds their mask and the other takes it away.
pub fn pair_sign(own: SiteId, peer: SiteId) -> Sign {
    if own < peer { Sign::Plus } else { Sign::Minus }
}

fn secret<const N: usize>(bytes: &Bytes) -> Result<[u8; N], Refusal> {
    bytes.array().ok_or_else(|| Refusal::Internal("the stored secrets of the round are damaged".to_owned()))
}

fn in_order(sites: &[SiteId]) -> Result<(), Refusal> {
    if sites.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(());
    }
    Err(Refusal::Roster("its sites are not in order, or one is there twice".to_owned()))
}

fn enough(found: usize, sites: usize) -> Result<(), Refusal> {
    let threshold = threshold(sites);
    if found >= threshold { Ok(()) } else { Err(Refusal::TooFew { found, threshold }) }
}
