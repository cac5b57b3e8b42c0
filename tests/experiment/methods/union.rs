//! What FedNER argues against: federated averaging of the whole model, output layer and CRF included, over the union of
//! all label sets. The product can't do this, since its updates have no place for private tensors; so its training and
//! the server's own aggregation are called here side by side.

use std::fs::File;

use anyhow::{Context, Result};
use burn::tensor::Device;
use fedner_core::batch::Example;
use fedner_core::labels::LabelSet;
use fedner_core::model::Model;
use fedner_core::session::Session;
use fedner_core::training::FederatedSchedule;
use fedner_protocol::{LocalSteps, ModelSpec, PrivateEncoder, RoundPolicy, TrainingPolicy, UpdateBounds, UpdateId};
use fedner_server::aggregate::Aggregator;
use fedner_server::optimiser::{self, OptimiserState};
use pollster::block_on;

use super::{site_seed, watch};
use crate::cell::{Point, SiteResult};
use crate::scoring::{own_f1, test};
use crate::settings::Settings;
use crate::site::Site;

struct Member {
    session: Session,
    examples: Vec<Example>,
    held_out: Vec<Example>,
    curve: Vec<Point>,
}

pub(super) fn run(seed: u64, settings: &Settings, sites: &[Site]) -> Result<Vec<SiteResult>> {
    let labels = union(sites)?;
    // What is private elsewhere belongs to the one encoder here. An LSTM stays where it is: the whole model is averaged.
    let spec = match settings.model.private_encoder {
        PrivateEncoder::Bilstm { .. } => settings.model.clone(),
        PrivateEncoder::None | PrivateEncoder::Convolution { .. } => ModelSpec {
            encoder_blocks: settings.model.blocks(),
            private_encoder: PrivateEncoder::None,
            ..settings.model.clone()
        },
    };
    let rounds = rounds(settings);
    let training = TrainingPolicy { finish_passes: 0, ..settings.training.clone() };
    let mut members: Vec<Member> =
        sites.iter().enumerate().map(|(n, site)| member(site_seed(seed, n), &spec, &labels, site)).collect();

    let mut model = Model::draw(&spec, &labels, seed, &Device::flex());
    let mut weights = block_on(model.read())?;
    let mut best: Option<(f64, Model)> = None;
    let mut state = OptimiserState::default();
    for round in 1..=rounds.rounds {
        let scratch = || -> std::io::Result<File> { tempfile::tempfile() };
        let bounds = UpdateBounds { norm_max: f32::MAX, samples_max: 1_000_000, ..UpdateBounds::default() };
        let mut aggregator = Aggregator::new(settings.aggregation, bounds, weights.len(), scratch)?;
        for (number, member) in members.iter_mut().enumerate() {
            member.session.model = model.clone();
            let (mut watcher, _) = watch();
            let schedule = FederatedSchedule::new(&rounds, &training, &member.examples);
            block_on(member.session.train_round(&schedule, round, &mut watcher))?;
            let after = block_on(member.session.model.read())?;
            let update: Vec<f32> = weights.iter().zip(&after).map(|(before, after)| before - after).collect();
            aggregator.add(UpdateId::from_random([number as u8; 16]), &update, member.examples.len() as u32)?;
        }
        state = optimiser::step(&settings.optimiser, state, &mut weights, &aggregator.finish()?);
        model = Model::from_values(model.layout().clone(), weights.clone(), &Device::flex())?;
        let passed = passes(settings, round);
        if passed.fract() == 0.0 || round == rounds.rounds {
            let f1 = look(&mut members, sites, &model, passed)?;
            if best.as_ref().is_none_or(|(best, _)| f1 >= *best) {
                best = Some((f1, model.clone()));
            }
        }
    }
    let (_, model) = best.context("there is at least one round")?;
    let result = |(site, member): (&Site, Member)| {
        Ok(SiteResult {
            site: site.title.clone(),
            test: test(&model, site)?,
            curve: member.curve,
            uploaded: 0,
            in_use: None,
        })
    };
    sites.iter().zip(members).map(result).collect()
}

/// The passes that others take alone are rounds here: the one model has no last passes of its own.
fn rounds(settings: &Settings) -> RoundPolicy {
    let more = match settings.local_steps {
        LocalSteps::Pass { rounds_per_pass, .. } => settings.training.finish_passes * rounds_per_pass,
        LocalSteps::Fixed(_) => 0,
    };
    RoundPolicy { rounds: settings.rounds + more, ..settings.round_policy() }
}

/// Passes over each site's sentences after a round; rounds of fixed steps count as one each.
fn passes(settings: &Settings, round: u32) -> f64 {
    match settings.local_steps {
        LocalSteps::Pass { rounds_per_pass, .. } => f64::from(round) / f64::from(rounds_per_pass),
        LocalSteps::Fixed(_) => f64::from(round),
    }
}

fn union(sites: &[Site]) -> Result<LabelSet> {
    let mut names: Vec<String> = sites.iter().flat_map(|site| site.labels.types().iter().cloned()).collect();
    names.sort();
    names.dedup();
    LabelSet::new(names).context("the union of the label sets")
}

fn member(seed: u64, spec: &ModelSpec, labels: &LabelSet, site: &Site) -> Member {
    let corpus = site.corpus_with(labels.clone());
    let session = Session::new(spec, labels, seed, &Device::flex());
    Member { session, examples: corpus.training(spec), held_out: corpus.held_out(spec), curve: Vec::new() }
}

/// Scores the one model on every site's held-out notes; the mean chooses.
fn look(members: &mut [Member], sites: &[Site], model: &Model, passes: f64) -> Result<f64> {
    let mut sum = 0.0;
    for (member, site) in members.iter_mut().zip(sites) {
        let f1 = own_f1(model, site, &member.held_out)?;
        member.curve.push(Point { passes, f1 });
        sum += f1;
    }
    Ok(sum / members.len() as f64)
}
