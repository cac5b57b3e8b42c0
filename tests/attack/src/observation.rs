//! Updates as sites make them, and as others see them.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use burn::tensor::Device;
use fedner_core::batch::Example;
use fedner_core::corpus::Corpus;
use fedner_core::observer::NoopObserver;
use fedner_core::session::Session;
use fedner_core::training::FederatedSchedule;
use fedner_protocol::{
    FeatureTable, Int8Update, Manifest, ModelSpec, RoundPolicy, SecureAggregation, SiteId, TrainingPolicy,
};
use fedner_secure_aggregation::{Attempt, Bytes, KeysMessage, Masked, Member, Peer};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A site of one round.
pub struct Site {
    /// Its sentences.
    pub examples: Vec<Example>,
    /// What it computed: shared module before training minus after it.
    pub update: Vec<f32>,
}

/// The model's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// As they are.
    Whole,
    /// A tenth of their rows.
    Tenth,
}

impl Tables {
    /// The product's model with such tables.
    pub fn model(self) -> ModelSpec {
        let default = ModelSpec::default();
        let rows = |table: &FeatureTable| match self {
            Self::Whole => *table,
            Self::Tenth => FeatureTable { rows: table.rows / 10, ..*table },
        };
        ModelSpec { features: default.features.iter().map(rows).collect(), ..default }
    }
}

/// The shared module that all sites begin with.
pub fn first_version(model: &ModelSpec, seed: u64) -> Vec<f32> {
    Manifest::of(model).draw(seed)
}

/// Trains one pass over some sentences of a site.
///
/// # Errors
/// When training fails.
pub fn train(model: &ModelSpec, corpus: &Corpus, sentences: usize, seed: u64) -> Result<Site> {
    let mut session = Session::new(model, corpus.labels(), seed, &Device::flex());
    let before = first_version(model, 2020);
    session.model.set_shared(before.clone()).map_err(|e| anyhow!("{e}"))?;
    let mut examples = corpus.training(model);
    examples.truncate(sentences);
    let (rounds, policy) = (RoundPolicy::default(), TrainingPolicy::default());
    let schedule = FederatedSchedule::new(&rounds, &policy, &examples);
    block_on(session.train_round(&schedule, 1, &mut NoopObserver))?;
    let after = block_on(session.model.read_shared())?;
    let update = before.iter().zip(&after).map(|(before, after)| before - after).collect();
    Ok(Site { examples, update })
}

/// What the server reads from an update that is sent with a byte a value.
///
/// # Errors
/// When the update does not fit the model.
pub fn as_int8(model: &ModelSpec, update: &[f32], seed: u64) -> Result<Vec<f32>> {
    let manifest = Manifest::of(model);
    Ok(Int8Update::of(&manifest, update, &mut ChaCha8Rng::seed_from_u64(seed))?.values(&manifest))
}

/// The mean of updates: all that the server learns with secure aggregation.
pub fn mean(sites: &[&Site]) -> Vec<f32> {
    let mut mean = vec![0.0; sites.first().map_or(0, |site| site.update.len())];
    for site in sites {
        mean.iter_mut().zip(&site.update).for_each(|(mean, value)| *mean += value / sites.len() as f32);
    }
    mean
}

/// What the server reads from the masked update of one site of three, taking each number for a value.
///
/// # Errors
/// When it can't be masked.
pub fn as_masked(model: &ModelSpec, update: &[f32], seed: u8) -> Result<Vec<f32>> {
    let (manifest, policy) = (Manifest::of(model), SecureAggregation::default());
    let (mut values, mut steps) = (Vec::with_capacity(update.len()), Vec::with_capacity(update.len()));
    let levels = policy.levels() as f32;
    for ((_, range), step) in manifest.ranges().zip(policy.steps(&manifest)) {
        values.extend(update[range.clone()].iter().map(|value| (value / step).round().clamp(-levels, levels) as i32));
        steps.extend(range.map(|_| step));
    }
    let view = three_sites(seed);
    let (mut member, mut pins) = (view.0, BTreeMap::new());
    let view = view.1;
    member.shares(&view, &mut pins)?;
    let Masked { ring, numbers, .. } = member.mask(&view, policy.levels(), &values)?;
    let half = 1_i64 << (ring.bits() - 1);
    let centred =
        |number: u32| if i64::from(number) >= half { i64::from(number) - 2 * half } else { i64::from(number) };
    Ok(numbers.iter().zip(steps).map(|(number, step)| centred(*number) as f32 * step).collect())
}

/// Site 0 of three whose keys and shares are known to all.
fn three_sites(seed: u8) -> (Member, fedner_secure_aggregation::View) {
    use fedner_secure_aggregation::{Step, View};
    use fedner_tests::signing::{public_point, signature};
    let attempt = || Attempt {
        federation: "attack".parse().unwrap_or_else(|_| unreachable!("it is an id")),
        round: 1,
        attempt: 1,
    };
    let id = |number: u8| SiteId::from_random([number; 16]);
    let mut members: Vec<Member> = (1..=3).map(|n| Member::new(attempt(), id(n), [n ^ seed; 32])).collect();
    let keys = |number: u8, member: &Member| -> Option<KeysMessage> {
        let statement = member.statement().ok()?;
        member.keys(signature(number, &statement)).ok()
    };
    let peers = (1..=3).zip(&members).filter_map(|(number, member)| {
        Some(Peer { site: id(number), identity: Bytes(public_point(number)), keys: keys(number, member)? })
    });
    let roster: Vec<Peer> = peers.collect();
    let mut view = View {
        attempt: attempt(),
        site: id(1),
        step: Step::Masked,
        sent: false,
        roster,
        sharers: (1..=3).map(id).collect(),
        sealed: BTreeMap::new(),
        survivors: Vec::new(),
    };
    for (number, member) in (1..=3).zip(&mut members) {
        view.site = id(number);
        if let Ok(mut shares) = member.shares(&view, &mut BTreeMap::new()) {
            view.sealed.extend(shares.sealed.remove(&id(1)).map(|sealed| (id(number), sealed)));
        }
    }
    view.site = id(1);
    (members.remove(0), view)
}
