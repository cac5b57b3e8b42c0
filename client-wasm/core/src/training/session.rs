//! A site's model with its optimiser and all that must survive closing the tab; and local training.

use burn::tensor::Device;
use fedner_protocol::{FederationId, ModelSpec, TrainingPolicy};

use super::{AdamW, TrainError, best::Best, pending::Ahead, score::calibrate, step};
use crate::{
    batch::{Batch, Example, epoch_order},
    corpus::{Corpus, TrainingCounts},
    features::FeatureHasher,
    labels::LabelSet,
    model::{DeviceError, Model},
    observer::{Event, Observer, When},
    scores::Scores,
};

/// The learning rate never falls below this share of its peak.
const RATE_FLOOR: f32 = 0.05;

/// Where a model stands; part of its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The federation whose shared module it has, if any.
    pub federation: Option<FederationId>,
    /// Version of that shared module.
    pub version: u32,
    /// Rounds this site has sent an update in.
    pub rounds: u32,
    /// Seed of batches and dropout.
    pub seed: u64,
    /// Passes taken alone since that version, which was the federation's last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub finish_passes: u32,
    /// What its last training was on, if it was trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<TrainingCounts>,
}

/// A model, its optimiser and where it stands.
#[derive(Debug, Clone)]
pub struct Session {
    /// The model.
    pub model: Model,
    /// The optimiser's state.
    pub optimiser: AdamW,
    /// Where it stands.
    pub standing: Standing,
    /// Steps since the last checkpoint, or since it was made or restored.
    pub(crate) unsaved_steps: u64,
}

/// What to do when training without a federation.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalTraining {
    /// Passes over the training sentences.
    pub epochs: u64,
    /// Learning rate, batch size and so on.
    pub policy: TrainingPolicy,
}

/// What local training did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TrainReport {
    /// Steps taken.
    pub steps: u64,
    /// Epochs finished.
    pub epochs: u64,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Scores on the held-out notes at the end, if there are any.
    pub scores: Option<Scores>,
}

/// The steps of one operation: which batch each takes, and at which rate.
pub(super) struct Plan<'a> {
    pub policy: &'a TrainingPolicy,
    pub examples: &'a [Example],
    /// The first step's place among all steps ever planned, from 0; decides epoch and batch.
    pub first: u64,
    /// Steps to take.
    pub steps: u64,
    /// Steps until the learning rate has come down.
    pub horizon: u64,
    pub round: u32,
}

impl Plan<'_> {
    /// What is told of the step at a place, with so many words and that loss.
    fn told(&self, ((place, words), loss): ((u64, usize), f64)) -> Event {
        let epoch_steps = steps_per_epoch(self.examples, self.policy);
        Event::Step {
            step: place + 1,
            steps: self.horizon,
            epoch: place / epoch_steps + 1,
            epochs: self.horizon.div_ceil(epoch_steps),
            round: self.round,
            loss,
            words,
        }
    }
}

impl Session {
    /// A fresh model for a label set.
    pub fn new(spec: &ModelSpec, labels: &LabelSet, seed: u64, device: &Device) -> Self {
        let model = Model::draw(spec, labels, seed, device);
        let optimiser = AdamW::new(model.layout(), device);
        Self { model, optimiser, standing: Standing { seed, ..Standing::default() }, unsaved_steps: 0 }
    }

    /// Trains both modules on the site's own notes. Of the models after each epoch, the best on the held-out notes stays;
    /// without such notes, or when it is cancelled, the last one does.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn train(
        &mut self,
        corpus: &Corpus,
        task: &LocalTraining,
        observer: &mut impl Observer,
    ) -> Result<TrainReport, TrainError> {
        let spec = self.model.layout().spec().clone();
        let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
        let epoch_steps = steps_per_epoch(&examples, &task.policy);
        self.standing.trained_on = Some(corpus.training_counts());
        let (mut taken, mut epochs) = (0, 0);
        let mut best = Best::default();
        let mut scores = self.report(&held_out, When::Start, 0, observer).await?;
        while epochs < task.epochs && !observer.is_cancelled() {
            let plan = Plan {
                policy: &task.policy,
                examples: &examples,
                first: epochs * epoch_steps,
                steps: epoch_steps,
                horizon: task.epochs * epoch_steps,
                round: 0,
            };
            taken += self.run(&plan, observer).await?;
            if taken == (epochs + 1) * epoch_steps {
                epochs += 1;
            }
            let newest = self.report(&held_out, When::Epoch, epochs, observer).await?;
            best.offer(newest.as_ref(), &self.model);
            scores = newest.or(scores);
        }
        let cancelled = epochs < task.epochs;
        if !cancelled {
            scores = best.settle(self, epochs, observer).or(scores);
        }
        self.save_to(observer).await?;
        Ok(TrainReport { steps: taken, epochs, cancelled, scores })
    }

    /// Takes the steps of a plan; returns how many it took before it ended or was cancelled.
    pub(super) async fn run(&mut self, plan: &Plan<'_>, observer: &mut impl Observer) -> Result<u64, TrainError> {
        if plan.examples.is_empty() {
            return Err(TrainError::NoSentences);
        }
        let per_token = FeatureHasher::new(self.model.layout().spec()).rows_per_token();
        let batch_size = plan.policy.batch_size as usize;
        let lengths: Vec<usize> = plan.examples.iter().map(|e| e.tags.len()).collect();
        let epoch_steps = steps_per_epoch(plan.examples, plan.policy);
        let (mut order, mut ahead, mut end) = ((u64::MAX, Vec::new()), Ahead::default(), plan.steps);
        for taken in 0..plan.steps {
            if observer.is_cancelled() {
                end = taken;
                break;
            }
            let place = plan.first + taken;
            let epoch = place / epoch_steps;
            if order.0 != epoch {
                let seed = self.standing.seed.wrapping_add(epoch.wrapping_mul(0x9e37_79b9));
                order = (epoch, epoch_order(&lengths, batch_size, seed));
            }
            let chosen = &order.1[(place % epoch_steps) as usize];
            let batch = Batch::new(chosen.iter().map(|i| &plan.examples[*i]), per_token);
            let words = batch.tokens();
            let rate = learning_rate(plan.policy, self.optimiser.steps(), place, plan.horizon);
            let seed = self.standing.seed;
            let loss = step(&mut self.model, &mut self.optimiser, batch, rate, plan.policy, seed).await?;
            ahead.push((place, words), loss);
            while let Some(told) = ahead.due().await? {
                observer.event(plan.told(told));
            }
            self.unsaved_steps += 1;
            if observer.checkpoint_is_due(self.unsaved_steps) {
                self.save_to(observer).await?;
            }
            observer.breathe().await;
        }
        while let Some(told) = ahead.next().await? {
            observer.event(plan.told(told));
        }
        Ok(end)
    }

    /// Scores the model on held-out sentences, if there are any, and tells. They choose the temperature of its confidences,
    /// too: what is saved and published from here on has it.
    pub(crate) async fn report(
        &mut self,
        held_out: &[Example],
        when: When,
        epoch: u64,
        observer: &mut impl Observer,
    ) -> Result<Option<Scores>, DeviceError> {
        let scores = self.score(held_out, observer).await?;
        observer.publish(&self.model);
        let Some(scores) = scores else { return Ok(None) };
        let (round, step) = (self.standing.version, self.optimiser.steps());
        observer.event(Event::Scores { when, epoch, round, step, scores: scores.clone() });
        Ok(Some(scores))
    }

    /// Scores the model on held-out sentences and chooses its temperature there; nothing without any, or when cancelled.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn score(
        &mut self,
        held_out: &[Example],
        observer: &mut impl Observer,
    ) -> Result<Option<Scores>, DeviceError> {
        if held_out.is_empty() || observer.is_cancelled() {
            return Ok(None);
        }
        let Some((scores, temperature)) = calibrate(&self.model, held_out, observer).await? else { return Ok(None) };
        if let Some(temperature) = temperature {
            self.model.set_temperature(temperature);
        }
        Ok(Some(scores))
    }

    pub(crate) async fn save_to(&mut self, observer: &mut impl Observer) -> Result<(), DeviceError> {
        observer.checkpoint(self.save().await?);
        self.unsaved_steps = 0;
        Ok(())
    }
}

fn is_zero(passes: &u32) -> bool {
    *passes == 0
}

pub(super) fn steps_per_epoch(examples: &[Example], policy: &TrainingPolicy) -> u64 {
    (examples.len() as u64).div_ceil(u64::from(policy.batch_size)).max(1)
}

/// Rises over the optimiser's first steps, then falls in a line until the horizon.
fn learning_rate(policy: &TrainingPolicy, optimiser_steps: u64, place: u64, horizon: u64) -> f32 {
    let warm = if policy.warmup_steps == 0 {
        1.0
    } else {
        ((optimiser_steps + 1) as f32 / policy.warmup_steps as f32).min(1.0)
    };
    let left = 1.0 - place as f32 / horizon.max(1) as f32;
    policy.learning_rate * warm * left.max(RATE_FLOOR)
}
