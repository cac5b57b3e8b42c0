//! A federation in which one site is poisoned: real participants, the real server, each honest site's own score.

use fedner_core::corpus::Corpus;
use fedner_protocol::{
    Aggregation, LocalSteps, Manifest, ModelSpec, RoundPolicy, TrainingPolicy, UpdateBounds, Weighting, decode_update,
};
use fedner_server::FederationConfig;

use super::{Attack, NOT_POISONED, RunningSite, Task};
use crate::{TestApp, small_federation};

/// The aggregation that is used by default.
pub const MEAN: Aggregation = Aggregation::Mean { weighting: Weighting::Samples };

/// How the server defends itself.
#[derive(Clone)]
pub struct Defence {
    /// For tables.
    pub name: &'static str,
    /// How updates are merged.
    pub aggregation: Aggregation,
    /// What an update may be.
    pub bounds: UpdateBounds,
}

impl Defence {
    /// Without a limit on norms, so that every update reaches the merge.
    pub fn new(name: &'static str, aggregation: Aggregation) -> Self {
        Self { name, aggregation, bounds: UpdateBounds { norm_max: f32::MAX, ..UpdateBounds::default() } }
    }
}

/// What all runs of a comparison share.
pub struct PoisonedFederation {
    /// Each site's notes.
    pub sites: Vec<Corpus>,
    /// Which of the sites is poisoned.
    pub poisoned: usize,
    /// Rounds of the federation.
    pub rounds: u32,
    /// Training steps of each site in a round.
    pub local_steps: u32,
}

/// The outcome of a run.
pub struct PoisonedRun {
    /// Strict micro-F1 on the held-out notes, a value for each honest site.
    pub f1s: Vec<f64>,
    /// Norms of all updates of honest sites.
    pub norms: Vec<f64>,
}

impl PoisonedRun {
    /// Mean over the honest sites.
    pub fn f1(&self) -> f64 {
        self.f1s.iter().sum::<f64>() / self.f1s.len() as f64
    }
}

/// Runs a federation to its end. Call it on a runtime with several threads.
///
/// # Panics
/// When a site does not take part to the end.
pub async fn run_poisoned(
    setting: &PoisonedFederation,
    defence: &Defence,
    attack: Option<Attack>,
    seed: u64,
) -> PoisonedRun {
    let app = TestApp::builder().federation(federation(setting, defence)).real_clock().start().await;
    let sites = setting.sites.iter().enumerate().map(|(number, corpus)| {
        let attack = attack.filter(|_| number == setting.poisoned);
        RunningSite::start(Task { attack, ..Task::new(app.origin(), corpus.clone(), seed * 100 + number as u64) })
    });
    let sites: Vec<_> = sites.collect();
    let ended: Vec<_> = tokio::task::block_in_place(|| sites.into_iter().map(RunningSite::join).collect());
    let manifest = Manifest::of(&ModelSpec::small());
    let mut run = PoisonedRun { f1s: Vec::new(), norms: Vec::new() };
    for (number, (ended, record)) in ended.into_iter().enumerate() {
        let outcome = ended.outcome.unwrap_or_else(|e| panic!("site {number}: {e}"));
        assert!(outcome.finished, "site {number} takes part to the end");
        if number == setting.poisoned {
            continue;
        }
        run.f1s.push(outcome.scores.expect("each site holds notes out").strict.f1);
        for (_, update) in &record.lock().expect(NOT_POISONED).updates {
            let (_, values) = decode_update(&manifest, update).expect("the participant makes valid updates");
            run.norms.push(values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt());
        }
    }
    run
}

fn federation(setting: &PoisonedFederation, defence: &Defence) -> FederationConfig {
    let sites = setting.sites.len() as u32;
    let (rounds, local_steps) = (setting.rounds, LocalSteps::Fixed(setting.local_steps));
    FederationConfig {
        rounds: RoundPolicy { min_sites: sites, quorum: sites, deadline_s: 600, rounds, local_steps },
        training: TrainingPolicy {
            learning_rate: 1e-2,
            warmup_steps: 5,
            finish_passes: 0,
            ..TrainingPolicy::default()
        },
        aggregation: defence.aggregation,
        bounds: defence.bounds.clone(),
        ..small_federation("test")
    }
}
