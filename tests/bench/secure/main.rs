//! `cargo xtask secagg-bench`: what secure aggregation costs a site and the server, in bytes and in time.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, anyhow};
use fedner_protocol::{
    Digest, Int8Update, Manifest, MaskedHeader, ModelSpec, SecureAggregation, SiteId, UpdateHeader, encode_int8_update,
    encode_masked_update, pack_numbers, unpack_numbers,
};
use fedner_secure_aggregation::{
    Attempt, Bytes, Masked, Member, Peer, Pins, SharesMessage, Step, UnmaskMessage, View, sum_of_masks,
};
use fedner_tests::signing::{public_point, signature};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Numbers of sites.
const SITES: [u8; 3] = [3, 10, 50];
/// Every eighth site is lost after it has shared its secrets, so that the server has keys to find, too; none of three is.
const LOST_EVERY: usize = 8;

fn main() -> Result<()> {
    println!(
        "| parameters | sites | plain int8, KB | masked, KB | of plain | keys and shares, KB | keys and shares, ms | masking, ms | \
         unmasking on the server, ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, model) in [("default model", ModelSpec::default()), ("small model", ModelSpec::small())] {
        for sites in SITES {
            row(name, &Manifest::of(&model), sites)?;
        }
    }
    Ok(())
}

/// One attempt, of which site 0 is measured.
struct Round {
    members: Vec<Member>,
    view: View,
    shares: BTreeMap<SiteId, SharesMessage>,
}

fn id(number: u8) -> SiteId {
    SiteId::from_random([number; 16])
}

impl Round {
    fn of(sites: u8) -> Result<Self> {
        let federation: fedner_protocol::FederationId = "bench".parse()?;
        let attempt = Attempt { federation, round: 1, attempt: 1 };
        let members: Vec<Member> = (1..=sites).map(|n| Member::new(attempt.clone(), id(n), [n; 32])).collect();
        let mut roster = Vec::with_capacity(members.len());
        for (number, member) in (1..=sites).zip(&members) {
            let keys = member.keys(signature(number, &member.statement()?))?;
            roster.push(Peer { site: id(number), identity: Bytes(public_point(number)), keys });
        }
        let view = View {
            attempt,
            site: id(1),
            step: Step::Shares,
            sent: false,
            roster,
            sharers: (1..=sites).map(id).collect(),
            sealed: BTreeMap::new(),
            survivors: Vec::new(),
        };
        Ok(Self { members, view, shares: BTreeMap::new() })
    }

    fn share(&mut self, at: usize) -> Result<()> {
        let mut view = self.view.clone();
        view.site = id(at as u8 + 1);
        let shares = self.members[at].shares(&view, &mut Pins::new())?;
        self.shares.insert(view.site, shares);
        Ok(())
    }

    /// What the server tells a site once all have shared.
    fn told(&self, at: usize, survivors: &[SiteId]) -> View {
        let site = id(at as u8 + 1);
        let sealed = self.shares.iter().filter_map(|(from, shares)| Some((*from, shares.sealed.get(&site)?.clone())));
        View { site, sealed: sealed.collect(), survivors: survivors.to_vec(), ..self.view.clone() }
    }
}

fn row(name: &str, manifest: &Manifest, sites: u8) -> Result<()> {
    let (policy, count) = (SecureAggregation::default(), usize::from(sites));
    let levels = policy.levels();
    let values: Vec<i32> =
        (0..manifest.parameters() as i32).map(|i| i % (2 * levels as i32 + 1) - levels as i32).collect();
    let mut round = Round::of(sites)?;
    let keys_bytes = serde_json::to_vec(&round.view.roster[0].keys)?.len();
    let began = Instant::now();
    round.share(0)?;
    let sharing_ms = ms(began);
    for at in 1..count {
        round.share(at)?;
    }
    let shares_bytes = serde_json::to_vec(&round.shares[&id(1)])?.len();
    let told = round.told(0, &[]);
    let began = Instant::now();
    let Masked { ring, numbers, .. } = round.members[0].mask(&told, levels, &values)?;
    let packed = pack_numbers(&numbers, ring.bits());
    let masking_ms = ms(began);
    let header = header(manifest)?;
    let masked =
        encode_masked_update(&MaskedHeader { update: header.clone(), attempt: 1, bits: ring.bits() }, &packed)?;
    let floats: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let plain = Int8Update::of(manifest, &floats, &mut ChaCha8Rng::seed_from_u64(1))?;
    let plain = encode_int8_update(manifest, &header, &plain)?;

    let lost = |at: &usize| count > LOST_EVERY && at % LOST_EVERY == LOST_EVERY - 1;
    let left: Vec<usize> = (0..count).filter(|at| !lost(at)).collect();
    let survivors: Vec<SiteId> = left.iter().map(|at| id(*at as u8 + 1)).collect();
    let mut answers: BTreeMap<SiteId, UnmaskMessage> = BTreeMap::new();
    for at in left {
        let told = round.told(at, &survivors);
        // Others need only have masked something to answer.
        if at > 0 {
            round.members[at].mask(&told, levels, &[0])?;
        }
        answers.insert(told.site, round.members[at].unmask(&told)?);
    }
    let began = Instant::now();
    let mut sum = vec![0_u32; values.len()];
    for _ in &survivors {
        let numbers =
            unpack_numbers(&packed, values.len(), ring.bits()).ok_or_else(|| anyhow!("it was packed here"))?;
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.wrapping_add(number) & ring.mask());
    }
    let masks = sum_of_masks(&round.view.attempt, &round.view.roster, &round.view.sharers, &survivors, &answers)?;
    masks.take_off(&mut sum, ring);
    let unmasking_ms = ms(began);
    let answer_bytes = serde_json::to_vec(&answers[&id(1)])?.len();
    println!(
        "| {name}, {} | {sites} | {:.1} | {:.1} | {:.2} | {:.1} | {sharing_ms:.1} | {masking_ms:.0} | {unmasking_ms:.0} |",
        manifest.parameters(),
        plain.len() as f64 / 1e3,
        masked.len() as f64 / 1e3,
        masked.len() as f64 / plain.len() as f64,
        (keys_bytes + shares_bytes + answer_bytes) as f64 / 1e3,
    );
    Ok(())
}

fn header(manifest: &Manifest) -> Result<UpdateHeader> {
    let (federation, base_model) = ("bench".parse()?, Some(Digest::of(b"")));
    Ok(UpdateHeader {
        federation,
        round: 1,
        base_version: 0,
        base_model,
        samples: 1,
        manifest: manifest.digest.clone(),
    })
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
