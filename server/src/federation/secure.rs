//! Secure aggregation: what sites are told of the open attempt, and how their sum is unmasked.

use std::collections::BTreeMap;
use std::sync::Arc;

use fedner_protocol::{Digest, Manifest, SecureAggregation, SiteId, decode_masked_update, unpack_numbers};
use fedner_secure_aggregation::{
    Attempt, Message, Peer, Ring, SharesMessage, Step, UnmaskMessage, Unmasked, View, check_keys, sum_of_masks,
};

use super::driver::Command;
use super::merge::{MergeError, compute, damaged_update};
use super::{Federation, FederationContext};
use crate::config::FederationConfig;
use crate::error::Error;
use crate::identity::bytes_of_key;
use crate::rounds::{Exchange, Merging, Round};

/// A message of a site, checked.
pub(super) struct NewMessage {
    pub site: SiteId,
    pub round: u32,
    pub attempt: u32,
    pub step: Step,
    /// As it is stored (JSON): of keys, with the site's identity key.
    pub body: serde_json::Value,
}

impl Federation {
    /// Where the open attempt of a round stands, as one site is told.
    ///
    /// # Errors
    /// When no attempt with secure aggregation is open in this round, or the store can't be read.
    pub async fn secure_view(&self, site: SiteId, round: u32) -> Result<View, Error> {
        let open = Arc::clone(&self.newest.borrow().round);
        let Round::Open(open) = &*open else { return Err(self.not_open()) };
        let Some(exchange) = open.exchange.as_ref().filter(|_| open.round == round) else {
            return Err(self.not_open());
        };
        let (store, id) = (&self.context.store, &self.config.id);
        let attempt = Attempt { federation: id.clone(), round, attempt: open.attempt };
        let mut view = View {
            attempt,
            site,
            step: exchange.step,
            sent: match exchange.step {
                Step::Masked => open.received.values().any(|sender| *sender == site),
                Step::Keys | Step::Shares | Step::Unmask => exchange.sent.contains(&site),
            },
            roster: Vec::new(),
            sharers: exchange.sharers.iter().copied().collect(),
            sealed: BTreeMap::new(),
            survivors: exchange.survivors.iter().copied().collect(),
        };
        if exchange.step == Step::Keys {
            return Ok(view);
        }
        view.roster = roster(self, exchange).await?;
        if exchange.step > Step::Shares {
            let shares: Vec<(SiteId, SharesMessage)> = store.messages(id, Step::Shares).await?;
            let sharers = shares.into_iter().filter(|(sharer, _)| exchange.sharers.contains(sharer));
            let sealed = sharers.filter_map(|(sharer, mut shares)| Some((sharer, shares.sealed.remove(&site)?)));
            view.sealed = sealed.collect();
        }
        Ok(view)
    }

    /// Takes a site's message in.
    ///
    /// # Errors
    /// When it is wrong or comes at the wrong time, or can't be stored.
    pub async fn take_message(
        &self,
        site: SiteId,
        (round, attempt): (u32, u32),
        message: Message,
    ) -> Result<(), Error> {
        let step = message.step();
        let body = match &message {
            Message::Keys(keys) => {
                let known = self.context.store.site(site).await?.and_then(|site| site.public_key);
                let identity = known.as_deref().and_then(bytes_of_key).ok_or_else(|| {
                    Error::InvalidIdentity(
                        "this federation aggregates securely, so each site needs an identity key: join anew over HTTPS"
                            .to_owned(),
                    )
                })?;
                let of = Attempt { federation: self.config.id.clone(), round, attempt };
                check_keys(&of, site, &identity.0, keys).map_err(|e| Error::InvalidIdentity(e.to_string()))?;
                serde_json::to_value(Peer { site, identity, keys: keys.clone() })
            }
            Message::Shares(shares) => serde_json::to_value(shares),
            Message::Unmask(answer) => serde_json::to_value(answer),
        };
        let body = body.map_err(|e| Error::Internal(format!("a message: {e}")))?;
        let new = NewMessage { site, round, attempt, step, body };
        self.ask(|reply| Command::Exchange { new, reply }).await?
    }

    fn not_open(&self) -> Error {
        Error::NoAttempt(self.config.id.clone())
    }
}

async fn roster(federation: &Federation, exchange: &Exchange) -> Result<Vec<Peer>, Error> {
    let all: Vec<(SiteId, Peer)> = federation.context.store.messages(&federation.config.id, Step::Keys).await?;
    let roster: Vec<Peer> =
        all.into_iter().filter(|(site, _)| exchange.roster.contains(site)).map(|(_, peer)| peer).collect();
    // Another attempt has begun meanwhile.
    if roster.len() == exchange.roster.len() { Ok(roster) } else { Err(Error::Overtaken) }
}

/// The mean of a round's masked updates.
pub(super) async fn unmasked_mean(
    config: &FederationConfig,
    policy: &SecureAggregation,
    (manifest, base): (&Arc<Manifest>, &Digest),
    context: &FederationContext,
    merging: &Merging,
) -> Result<Vec<f64>, MergeError> {
    let (store, id) = (&context.store, &config.id);
    let exchange = merging.exchange().ok_or_else(|| spoilt("it has no keys".to_owned()))?;
    let peers: Vec<(SiteId, Peer)> = store.messages(id, Step::Keys).await?;
    let roster: Vec<Peer> =
        peers.into_iter().filter(|(site, _)| exchange.roster.contains(site)).map(|(_, peer)| peer).collect();
    let ring = Ring::new(policy.levels(), roster.len());
    let mut sum = vec![0_u32; manifest.parameters()];
    let bytes = sum.len() * size_of::<u32>();
    for update in merging.updates() {
        let body = store.update_body(id, update).await?;
        let (decoded_with, base) = (Arc::clone(manifest), base.clone());
        let (attempt, damaged_in) = (merging.attempt(), id.clone());
        sum = compute(bytes, move || {
            add(&decoded_with, &base, (attempt, ring), &body, &mut sum)
                .map_err(|reason| damaged_update(&damaged_in, update, reason))?;
            Ok(sum)
        })
        .await?;
    }
    let answers: Vec<(SiteId, UnmaskMessage)> = store.messages(id, Step::Unmask).await?;
    let attempt = Attempt { federation: id.clone(), round: merging.round(), attempt: merging.attempt() };
    let (sharers, survivors) = (list(&exchange.sharers), list(&exchange.survivors));
    let steps: Vec<f32> = policy.steps(manifest).collect();
    let manifest = Arc::clone(manifest);
    compute(bytes, move || {
        let masks = sum_of_masks(&attempt, &roster, &sharers, &survivors, &answers.into_iter().collect());
        let masks = masks.map_err(|e| spoilt(e.to_string()))?;
        mean(&masks, sum, ring, survivors.len(), (&manifest, &steps))
    })
    .await
}

fn list(sites: &std::collections::BTreeSet<SiteId>) -> Vec<SiteId> {
    sites.iter().copied().collect()
}

/// Adds a stored masked update to the sum.
fn add(
    manifest: &Manifest,
    base: &Digest,
    (attempt, ring): (u32, Ring),
    body: &[u8],
    sum: &mut [u32],
) -> Result<(), String> {
    let (header, packed) = decode_masked_update(manifest, body).map_err(|e| e.to_string())?;
    if header.attempt != attempt || header.bits != ring.bits() || header.update.base_model.as_ref() != Some(base) {
        return Err("it is of another attempt, or was trained from another model".to_owned());
    }
    let numbers = unpack_numbers(&packed, sum.len(), ring.bits()).ok_or("its numbers are not whole")?;
    sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.wrapping_add(number) & ring.mask());
    Ok(())
}

fn mean(
    masks: &Unmasked,
    mut sum: Vec<u32>,
    ring: Ring,
    sites: usize,
    (manifest, steps): (&Manifest, &[f32]),
) -> Result<Vec<f64>, MergeError> {
    masks.take_off(&mut sum, ring);
    let mut values = Vec::with_capacity(sum.len());
    for ((_, range), step) in manifest.ranges().zip(steps) {
        for (element, number) in range.clone().zip(&sum[range]) {
            let whole = ring.sum(element, *number, sites).map_err(|e| spoilt(e.to_string()))?;
            values.push(whole as f64 * f64::from(*step) / sites as f64);
        }
    }
    Ok(values)
}

fn spoilt(reason: String) -> MergeError {
    MergeError::Spoilt(reason)
}
