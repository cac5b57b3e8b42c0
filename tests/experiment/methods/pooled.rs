//! The upper bound that privacy forbids: one shared module trained on all sites' sentences in one place, with a private
//! module a site; then the same passes alone as in the product.
//!
//! Every step takes one site's batch. Shared parameters see all steps, private ones those of their own site.

use anyhow::{Context, Result};
use burn::tensor::Device;
use fedner_core::batch::{Batch, Example, dropout_masks, epoch_order};
use fedner_core::compute::{AdamW, gradient};
use fedner_core::features::FeatureHasher;
use fedner_core::model::{Layout, Model};
use fedner_core::session::Session;
use fedner_core::training::FederatedSchedule;
use fedner_protocol::{RoundPolicy, TrainingPolicy};
use pollster::block_on;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Warm, curve, site_seed, steps_of_pass, watch};
use crate::cell::{Point, SiteResult};
use crate::scoring::{own_f1, test};
use crate::settings::Settings;
use crate::site::Site;

/// Of AdamW, as the product has them.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-8;
/// The learning rate never falls below this share of its peak, as in the product.
const RATE_FLOOR: f32 = 0.05;

pub(super) fn run(seed: u64, settings: &Settings, sites: &[Site], warm: Option<&Warm>) -> Result<Vec<SiteResult>> {
    let mut pool = Pool::new(seed, settings, sites);
    if let Some(warm) = warm {
        pool.shared.values.clone_from(&warm.shared);
    }
    // The settings of this method have one round a pass.
    for pass in 0..u64::from(settings.rounds) {
        pool.pass(pass)?;
        pool.look(sites)?;
    }
    let rounds = settings.round_policy();
    pool.members.into_iter().zip(sites).map(|(member, site)| finish(member, &pool.shared, &rounds, site)).collect()
}

/// The shared module that so many passes over the sites' sentences make, and nothing of their private ones.
pub(super) fn shared_module(seed: u64, settings: &Settings, sites: &[Site]) -> Result<Vec<f32>> {
    let mut pool = Pool::new(seed, settings, sites);
    for pass in 0..u64::from(settings.rounds) {
        pool.pass(pass)?;
        println!("pass {} of {}", pass + 1, settings.rounds);
    }
    Ok(pool.shared.values)
}

/// Parameters with the optimiser's moments.
#[derive(Clone)]
struct Part {
    values: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    decays: Vec<f32>,
    steps: u64,
}

impl Part {
    fn new(values: Vec<f32>, decays: &[f32]) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, first: zeros.clone(), second: zeros, decays: decays.to_vec(), steps: 0 }
    }

    /// One step of AdamW.
    fn step(&mut self, gradient: &[f32], rate: f32, policy: &TrainingPolicy) {
        self.steps += 1;
        let (unbias_1, unbias_2) = (unbias(BETA_1, self.steps), unbias(BETA_2, self.steps));
        let (beta_1, beta_2) = (BETA_1 as f32, BETA_2 as f32);
        let moments = self.first.iter_mut().zip(&mut self.second);
        for (((value, g), (m, v)), decay) in self.values.iter_mut().zip(gradient).zip(moments).zip(&self.decays) {
            *m = beta_1 * *m + (1.0 - beta_1) * g;
            *v = beta_2 * *v + (1.0 - beta_2) * g * g;
            let change = (*m / unbias_1) / ((*v / unbias_2).sqrt() + EPSILON);
            *value = *value * (1.0 - rate * policy.weight_decay * decay) - rate * change;
        }
    }

    /// Its moments as they would be with another number of steps, for an optimiser that counts those.
    fn moments_after(&self, steps: u64) -> (Vec<f32>, Vec<f32>) {
        let scaled = |moments: &[f32], beta| {
            let factor = if self.steps == 0 { 0.0 } else { unbias(beta, steps) / unbias(beta, self.steps) };
            moments.iter().map(|moment| moment * factor).collect()
        };
        (scaled(&self.first, BETA_1), scaled(&self.second, BETA_2))
    }
}

fn unbias(beta: f64, steps: u64) -> f32 {
    (1.0 - beta.powf(steps as f64)) as f32
}

/// 1 for each parameter that weight decay acts on, 0 for the others.
fn decays(layout: &Layout) -> Vec<f32> {
    let mut mask = vec![0.0; layout.parameters()];
    layout.decaying().into_iter().for_each(|range| mask[range].fill(1.0));
    mask
}

/// A site in the pool.
struct Member<'a> {
    layout: Layout,
    private: Part,
    examples: Vec<Example>,
    held_out: Vec<Example>,
    pass_steps: u64,
    curve: Vec<Point>,
    policy: &'a TrainingPolicy,
    seed: u64,
}

struct Pool<'a> {
    shared: Part,
    members: Vec<Member<'a>>,
    settings: &'a Settings,
    rng: ChaCha8Rng,
}

impl<'a> Pool<'a> {
    fn new(seed: u64, settings: &'a Settings, sites: &[Site]) -> Self {
        let members: Vec<Member<'a>> = sites
            .iter()
            .enumerate()
            .map(|(number, site)| Member::new(site_seed(seed, number), settings, site))
            .collect();
        let layout = &members[0].layout;
        let shared = Part::new(layout.manifest().draw(seed), &decays(layout)[..layout.shared_parameters()]);
        Self { shared, members, settings, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// One pass over all sites' sentences, their batches mixed.
    fn pass(&mut self, pass: u64) -> Result<()> {
        let policy = &self.settings.training;
        let mut batches: Vec<(usize, Vec<usize>)> = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            let lengths: Vec<usize> = member.examples.iter().map(|e| e.tags.len()).collect();
            let order = epoch_order(&lengths, policy.batch_size as usize, member.seed + pass);
            batches.extend(order.into_iter().map(|batch| (at, batch)));
        }
        batches.shuffle(&mut self.rng);
        let steps = batches.len() as u64;
        let horizon = steps * self.settings.passes(steps);
        // Each site's share of the rise is as long as in its own training.
        let warmup = f32::max(1.0, (policy.warmup_steps as usize * self.members.len()) as f32);
        for (number, (at, chosen)) in batches.into_iter().enumerate() {
            let left = 1.0 - (pass * steps + number as u64) as f32 / horizon as f32;
            let warm = ((self.shared.steps + 1) as f32 / warmup).min(1.0);
            self.step(at, &chosen, policy.learning_rate * warm * left.max(RATE_FLOOR))?;
        }
        Ok(())
    }

    fn step(&mut self, at: usize, chosen: &[usize], rate: f32) -> Result<()> {
        let (member, policy) = (&mut self.members[at], &self.settings.training);
        let spec = member.layout.spec();
        let hasher = FeatureHasher::new(spec);
        let mut batch = Batch::new(chosen.iter().map(|i| &member.examples[*i]), hasher.rows_per_token());
        batch.hide_forms(&hasher, policy.word_dropout, &mut self.rng);
        let masks = |rng: &mut ChaCha8Rng| dropout_masks(spec, chosen.len(), policy.dropout, rng);
        let keep = (policy.dropout > 0.0).then(|| masks(&mut self.rng));
        let model = member.model(&self.shared)?;
        let gradient = block_on(gradient(&model, &batch, keep))?.values.into_data().try_into_vec::<f32>();
        let mut gradient = gradient.map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt() as f32;
        let scale = (policy.clip_norm / (norm + 1e-6)).min(1.0);
        gradient.iter_mut().for_each(|g| *g *= scale);
        let (of_shared, of_private) = gradient.split_at(self.shared.values.len());
        self.shared.step(of_shared, rate, policy);
        member.private.step(of_private, rate, policy);
        Ok(())
    }

    /// Scores every site on its held-out notes, for the curve.
    fn look(&mut self, sites: &[Site]) -> Result<()> {
        for (member, site) in self.members.iter_mut().zip(sites) {
            let f1 = own_f1(&member.model(&self.shared)?, site, &member.held_out)?;
            member.curve.push(Point { passes: member.private.steps as f64 / member.pass_steps as f64, f1 });
        }
        Ok(())
    }
}

impl<'a> Member<'a> {
    fn new(seed: u64, settings: &'a Settings, site: &Site) -> Self {
        let (corpus, layout) = (site.corpus(), Layout::new(&settings.model, &site.labels));
        let private = Part::new(layout.draw_private(seed), &decays(&layout)[layout.shared_parameters()..]);
        let examples = corpus.training(&settings.model);
        let pass_steps = steps_of_pass(examples.len(), &settings.training);
        let held_out = corpus.held_out(&settings.model);
        Self { layout, private, examples, held_out, pass_steps, curve: Vec::new(), policy: &settings.training, seed }
    }

    fn model(&self, shared: &Part) -> Result<Model> {
        let values = [&shared.values[..], &self.private.values].concat();
        Model::from_values(self.layout.clone(), values, &Device::flex()).context("a site's model in the pool")
    }
}

/// The last passes of a site alone, by the product's own code.
fn finish(mut member: Member<'_>, shared: &Part, rounds: &RoundPolicy, site: &Site) -> Result<SiteResult> {
    let device = Device::flex();
    let mut session = Session::new(member.layout.spec(), &site.labels, member.seed, &device);
    session.model = member.model(shared)?;
    let join = |shared: Vec<f32>, private: Vec<f32>| [shared, private].concat();
    let (first, second) = member.private.moments_after(shared.steps);
    let (first, second) = (join(shared.first.clone(), first), join(shared.second.clone(), second));
    session.optimiser = AdamW::restore(&member.layout, first, second, shared.steps, &device);
    let (mut watcher, record) = watch();
    let schedule = FederatedSchedule::new(rounds, member.policy, &member.examples);
    block_on(session.finish(&schedule, &member.held_out, &mut watcher))?;
    let offset = shared.steps as f64 / member.pass_steps as f64 - f64::from(rounds.rounds);
    let alone = curve(&record, member.pass_steps).into_iter().map(|p| Point { passes: p.passes - offset, ..p });
    member.curve.extend(alone);
    let test = test(&session.model, site)?;
    Ok(SiteResult { site: site.title.clone(), test, curve: member.curve, uploaded: 0, in_use: None })
}
