//! An attempt with sites in memory and a server that does as it should.

use std::collections::{BTreeMap, BTreeSet};

use fedner_protocol::{SiteId, pack_numbers, unpack_numbers};
use fedner_secure_aggregation::{
    Attempt, Bytes, Masked, Member, Peer, Pins, Ring, SharesMessage, Step, UnmaskMessage, View, check_keys,
    sum_of_masks, threshold,
};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::restored;

/// Values of an update.
pub const VALUES: usize = 40;
/// Largest value.
pub const LEVELS: u32 = 255;

/// Which sites are lost, each for good: before they share, before they send a masked update, before they answer.
#[derive(Debug)]
pub struct Pattern {
    pub sites: usize,
    pub unshared: BTreeSet<usize>,
    pub unmasked: BTreeSet<usize>,
    pub silent: BTreeSet<usize>,
}

/// A site, and what the server has of it.
pub struct Site {
    pub id: SiteId,
    pub signer: SigningKey,
    pub member: Member,
    pub pins: Pins,
    pub peer: Option<Peer>,
    pub shares: Option<SharesMessage>,
}

pub fn id(number: usize) -> SiteId {
    SiteId::from_random([number as u8 + 1; 16])
}

pub fn attempt(number: u32) -> Attempt {
    Attempt { federation: "test".parse().unwrap(), round: 3, attempt: number }
}

/// New sites, in the order of their ids.
pub fn sites(count: usize, number: u32) -> Vec<Site> {
    let site = |at: usize| {
        let mut entropy = [at as u8 + 1; 32];
        entropy[0] = number as u8;
        Site {
            id: id(at),
            signer: SigningKey::from_slice(&[at as u8 + 1; 32]).unwrap(),
            member: Member::new(attempt(number), id(at), entropy),
            pins: Pins::new(),
            peer: None,
            shares: None,
        }
    };
    (0..count).map(site).collect()
}

/// Each site's keys reach the server.
pub fn keys(sites: &mut [Site]) {
    for site in sites {
        let signature: Signature = site.signer.sign(site.member.statement().unwrap().as_bytes());
        let keys = site.member.keys(signature.to_bytes().to_vec()).unwrap();
        let identity = site.signer.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        check_keys(site.member.attempt(), site.id, &identity, &keys).unwrap();
        site.peer = Some(Peer { site: site.id, identity: Bytes(identity), keys });
        site.member = restored(&site.member);
    }
}

/// What the server tells a site.
pub fn view(sites: &[Site], to: usize, step: Step, sharers: &[usize], survivors: &[usize]) -> View {
    let ids = |list: &[usize]| list.iter().map(|at| sites[*at].id).collect();
    let sealed = |from: &usize| Some((sites[*from].id, sites[*from].shares.as_ref()?.sealed[&sites[to].id].clone()));
    View {
        attempt: sites[to].member.attempt().clone(),
        site: sites[to].id,
        step,
        sent: false,
        roster: sites.iter().filter_map(|site| site.peer.clone()).collect(),
        sharers: ids(sharers),
        sealed: sharers.iter().filter_map(sealed).collect(),
        survivors: ids(survivors),
    }
}

/// These sites' shares reach the server.
pub fn share(sites: &mut [Site], sharers: &[usize]) {
    for at in sharers {
        let view = view(sites, *at, Step::Shares, &[], &[]);
        let site = &mut sites[*at];
        let shares = site.member.shares(&view, &mut site.pins).unwrap();
        site.member = restored(&site.member);
        assert_eq!(site.member.shares(&view, &mut site.pins).unwrap(), shares, "asked again, it shares the same");
        site.shares = Some(shares);
    }
}

/// A site's values.
pub fn values(site: usize, seed: i32) -> Vec<i32> {
    let levels = LEVELS as i32;
    (0..VALUES as i32).map(|i| (i * (site as i32 + 3) * seed) % (2 * levels + 1) - levels).collect()
}

/// The sum that must come out.
pub fn sum_of(survivors: &[usize], seed: i32) -> Vec<i64> {
    let mut sum = vec![0; VALUES];
    for site in survivors {
        sum.iter_mut().zip(values(*site, seed)).for_each(|(sum, value)| *sum += i64::from(value));
    }
    sum
}

/// The sum that an honest server has in the end, or why it has none.
pub fn run(pattern: &Pattern, seed: i32) -> Result<Vec<i64>, String> {
    let left = |lost: &BTreeSet<usize>| (0..pattern.sites).filter(|site| !lost.contains(site)).collect::<Vec<_>>();
    let (sharers, survivors, answering) = (left(&pattern.unshared), left(&pattern.unmasked), left(&pattern.silent));
    let mut sites = sites(pattern.sites, 1);
    keys(&mut sites);
    share(&mut sites, &sharers);
    let ring = Ring::new(LEVELS, pattern.sites);
    let mut sum = vec![0_u32; VALUES];
    for at in &survivors {
        let view = view(&sites, *at, Step::Masked, &sharers, &[]);
        let masked = sites[*at].member.mask(&view, LEVELS, &values(*at, seed)).map_err(|e| e.to_string())?;
        let Masked { ring: made, numbers, sites: in_sum, sites_min } = masked;
        assert_eq!((made, in_sum, sites_min), (ring, sharers.len(), threshold(pattern.sites)));
        sites[*at].member = restored(&sites[*at].member);
        let sent = unpack_numbers(&pack_numbers(&numbers, ring.bits()), VALUES, ring.bits()).unwrap();
        sum.iter_mut().zip(sent).for_each(|(sum, number)| *sum = sum.wrapping_add(number) & ring.mask());
    }
    let answers = answers(&mut sites, &sharers, &survivors, &answering)?;
    let ids = |list: &[usize]| list.iter().map(|at| sites[*at].id).collect::<Vec<_>>();
    let roster: Vec<Peer> = sites.iter().filter_map(|site| site.peer.clone()).collect();
    let masks = sum_of_masks(&attempt(1), &roster, &ids(&sharers), &ids(&survivors), &answers);
    masks.map_err(|e| e.to_string())?.take_off(&mut sum, ring);
    sum.iter().enumerate().map(|(i, n)| ring.sum(i, *n, survivors.len()).map_err(|e| e.to_string())).collect()
}

fn answers(
    sites: &mut [Site],
    sharers: &[usize],
    survivors: &[usize],
    answering: &[usize],
) -> Result<BTreeMap<SiteId, UnmaskMessage>, String> {
    let mut answers = BTreeMap::new();
    for at in answering {
        let view = view(sites, *at, Step::Unmask, sharers, survivors);
        let answer = sites[*at].member.unmask(&view).map_err(|e| e.to_string())?;
        sites[*at].member = restored(&sites[*at].member);
        assert_eq!(sites[*at].member.unmask(&view).unwrap(), answer, "asked again, it answers the same");
        assert!(answer.own_masks.keys().all(|site| !answer.masking_keys.contains_key(site)), "never both of a site");
        answers.insert(sites[*at].id, answer);
    }
    Ok(answers)
}
