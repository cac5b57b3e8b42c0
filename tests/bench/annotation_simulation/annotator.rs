//! One simulated annotator: labels sentences in some order, while the model learns from them as in the page.

use anyhow::Result;
use burn::tensor::Device;
use fedner_core::corpus::{Corpus, Note};
use fedner_core::crf::Uncertainty;
use fedner_core::observer::NoopObserver;
use fedner_core::session::Session;
use fedner_core::tagging::assess;
use fedner_core::training::{LocalTraining, TrainingLength};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use pollster::block_on;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::corpus::Sentences;

/// Sentences labelled before the model says anything, drawn at random.
const FIRST_SENTENCES: usize = 50;
/// Each next batch is this share of what is labelled.
const BATCH_SHARE: f64 = 0.3;
/// Passes over the whole corpus, for the figure that is to be reached.
pub const FULL_EPOCHS: u64 = 10;

/// How the next sentences are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Any.
    Random,
    /// The page's own measure: log probability of the best path by length.
    NormalisedConfidence,
    /// Probability of the best path.
    LeastConfidence,
    /// Total token entropy.
    TokenEntropy,
    /// The most uncertain token.
    TokenEntropyMax,
}

impl Order {
    pub const ALL: &[Self] =
        &[Self::Random, Self::TokenEntropy, Self::LeastConfidence, Self::NormalisedConfidence, Self::TokenEntropyMax];

    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::TokenEntropy => "token-entropy",
            Self::LeastConfidence => "least-confidence",
            Self::NormalisedConfidence => "normalised-confidence",
            Self::TokenEntropyMax => "token-entropy-max",
        }
    }

    fn value(self, uncertainty: &Uncertainty) -> f64 {
        match self {
            Self::Random => 0.0,
            Self::TokenEntropy => uncertainty.token_entropy,
            Self::LeastConfidence => uncertainty.best_path,
            Self::NormalisedConfidence => uncertainty.by_length(),
            Self::TokenEntropyMax => uncertainty.token_entropy_max,
        }
    }
}

/// How good the model is after so much work.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    pub sentences: usize,
    pub tokens: usize,
    pub entities: usize,
    pub f1: f64,
}

/// F1 of a model trained on everything, by the page's local training.
pub fn full_f1(data: &Sentences, seed: u64) -> Result<f64> {
    let mut notes = data.pool.clone();
    notes.extend(data.scored.iter().cloned());
    let corpus = Corpus::new(&notes, data.labels.clone());
    let mut session = Session::new(&ModelSpec::default(), &data.labels, seed, &Device::flex());
    let task = LocalTraining { length: TrainingLength::Epochs(FULL_EPOCHS), policy: TrainingPolicy::default() };
    let report = block_on(session.train(&corpus, &task, &mut NoopObserver))?;
    Ok(report.scores.map_or(0.0, |scores| scores.strict.f1))
}

/// Labels sentences in an order until the model is as good as `target`, or all are labelled.
pub fn annotate(data: &Sentences, order: Order, seed: u64, target: f64) -> Result<Vec<Point>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut session = Session::new(&ModelSpec::default(), &data.labels, seed, &Device::flex());
    let mut waiting: Vec<&Note> = data.pool.iter().collect();
    waiting.shuffle(&mut rng);
    let mut labelled: Vec<Note> = waiting.split_off(waiting.len() - FIRST_SENTENCES).into_iter().cloned().collect();
    let mut curve = Vec::new();
    loop {
        let point = learn(&mut session, data, &labelled)?;
        curve.push(point);
        if point.f1 >= target || waiting.is_empty() {
            return Ok(curve);
        }
        let batch = ((labelled.len() as f64 * BATCH_SHARE) as usize).clamp(1, waiting.len());
        if order != Order::Random {
            sort_by_uncertainty(&mut waiting, &session, order)?;
        }
        labelled.extend(waiting.drain(..batch).cloned());
    }
}

fn learn(session: &mut Session, data: &Sentences, labelled: &[Note]) -> Result<Point> {
    let notes: Vec<Note> = labelled.iter().chain(&data.scored).cloned().collect();
    let corpus = Corpus::new(&notes, data.labels.clone());
    let report = block_on(session.learn(&corpus, &TrainingPolicy::default(), &mut NoopObserver))?;
    let size = corpus.report().training;
    let f1 = report.scores.map_or(0.0, |scores| scores.strict.f1);
    Ok(Point { sentences: labelled.len(), tokens: size.tokens, entities: size.entities, f1 })
}

/// The most uncertain first.
fn sort_by_uncertainty(waiting: &mut [&Note], session: &Session, order: Order) -> Result<()> {
    let texts: Vec<&str> = waiting.iter().map(|note| note.text.as_str()).collect();
    let assessed = block_on(assess(&session.model, &texts, &mut NoopObserver))?;
    // A line may be several sentences to our tokeniser; then the mean stands for it, as in the page.
    let value = |sentences: &[Uncertainty]| {
        sentences.iter().map(|uncertainty| order.value(uncertainty)).sum::<f64>() / sentences.len().max(1) as f64
    };
    let mut valued: Vec<(f64, &Note)> =
        assessed.iter().map(|a| value(&a.sentences)).zip(waiting.iter().copied()).collect();
    valued.sort_by(|a, b| b.0.total_cmp(&a.0));
    waiting.iter_mut().zip(valued).for_each(|(place, (_, note))| *place = note);
    Ok(())
}
