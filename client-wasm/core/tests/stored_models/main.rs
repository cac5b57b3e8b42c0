//! Models that an earlier version of this program stored still open, keep every value, and find the same entities.
//!
//! The files in `testdata/stored_models` were written by [`write`], an ignored test, at the last commit before the
//! folder `session` existed. They are not to be written again: a new file format gets new files beside them.

mod model;
mod write;

use std::path::PathBuf;

use burn::tensor::Device;
use fedner_core::export::checkpoint_in;
use fedner_core::labels::LabelSet;
use fedner_core::observer::NoopObserver;
use fedner_core::scores::Scores;
use fedner_core::session::Session;
use fedner_core::tagging::{Prediction, evaluate, predict};
use pollster::block_on;
use serde::{Deserialize, Serialize};

/// What the version that wrote the files knew of a model.
#[derive(Serialize, Deserialize)]
struct Expected {
    labels: Vec<String>,
    federation: Option<String>,
    version: u32,
    rounds: u32,
    finish_passes: u32,
    seed: u64,
    optimiser_steps: u64,
    temperature: f32,
    /// On the held-out notes of [`model::corpus`].
    scores: Scores,
    /// In [`model::TEXT`].
    entities: Vec<ExpectedEntity>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExpectedEntity {
    start: usize,
    end: usize,
    label: String,
    confidence: f64,
}

/// Another processor or another order of sums rounds otherwise.
const CONFIDENCE_TOLERANCE: f64 = 1e-4;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/stored_models")
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn expected(name: &str) -> Expected {
    serde_json::from_slice(&read(name)).expect("the file was written by this program")
}

impl Expected {
    /// What the present program makes of a session.
    fn of(session: &Session) -> Self {
        let layout = session.model.layout();
        let held_out = model::corpus().held_out(layout.spec());
        let scores = block_on(evaluate(&session.model, &held_out, &mut NoopObserver)).expect("the CPU computes");
        let found = block_on(predict(&session.model, model::TEXT)).expect("the CPU computes").entities;
        let entity = |found: Prediction| ExpectedEntity {
            start: found.span.start,
            end: found.span.end,
            label: found.span.label,
            confidence: found.confidence,
        };
        Self {
            labels: layout.labels().types().to_vec(),
            federation: session.state.federation.as_ref().map(ToString::to_string),
            version: session.state.version,
            rounds: session.state.rounds,
            finish_passes: session.state.finish_passes,
            seed: session.state.seed,
            optimiser_steps: session.optimiser.steps(),
            temperature: session.model.temperature().into(),
            scores,
            entities: found.into_iter().map(entity).collect(),
        }
    }

    fn assert_same(&self, now: &Self) {
        assert_eq!(now.labels, self.labels);
        assert_eq!(now.federation, self.federation);
        assert_eq!((now.version, now.rounds, now.finish_passes), (self.version, self.rounds, self.finish_passes));
        assert_eq!((now.seed, now.optimiser_steps), (self.seed, self.optimiser_steps));
        assert_eq!(now.temperature, self.temperature);
        // An earlier version wrote no interval.
        let figures = |scores: &Scores| Scores { f1_interval: None, outcomes: Vec::new(), ..scores.clone() };
        assert_eq!(figures(&now.scores), figures(&self.scores));
        assert_eq!(now.entities.len(), self.entities.len(), "{:?}", now.entities);
        assert!(!self.entities.is_empty(), "a model that finds nothing shows nothing");
        for (now, then) in now.entities.iter().zip(&self.entities) {
            assert_eq!((now.start, now.end, &now.label), (then.start, then.end, &then.label));
            assert!((now.confidence - then.confidence).abs() < CONFIDENCE_TOLERANCE, "{now:?} {then:?}");
        }
    }
}

#[test]
fn stored_checkpoints_open_and_are_written_back_byte_for_byte() {
    for name in model::NAMES {
        let bytes = read(&format!("{name}.safetensors"));
        let session = Session::restore(&bytes, &Device::flex()).unwrap();
        assert!(block_on(session.save()).unwrap() == bytes, "{name}: other bytes than were read");
        expected(&format!("{name}.json")).assert_same(&Expected::of(&session));
        // And it can be trained on.
        let mut session = session;
        let task = model::task(1);
        let report = block_on(session.train(&model::corpus(), &task, &mut NoopObserver)).unwrap();
        assert!(report.steps > 0 && !report.cancelled);
    }
}

#[test]
fn an_exported_archive_opens() {
    let archive = read("bilstm.zip");
    let session = Session::restore(&checkpoint_in(&archive).unwrap(), &Device::flex()).unwrap();
    expected("bilstm.json").assert_same(&Expected::of(&session));
    assert!(*checkpoint_in(&archive).unwrap() == *read("bilstm.safetensors"), "the archive holds the checkpoint");
}

#[test]
fn a_stored_shared_module_begins_a_new_model() {
    let bytes = read("shared.safetensors");
    let labels = LabelSet::new(vec!["Anatomy".into()]).unwrap();
    let session = Session::from_shared(&bytes, &model::spec("bilstm"), &labels, &Device::flex()).unwrap();
    assert_eq!(session.state.version, expected("bilstm.json").version);
    assert!(block_on(session.save_shared()).unwrap() == bytes, "other bytes than were read");
    let whole = Session::restore(&read("bilstm.safetensors"), &Device::flex()).unwrap();
    let shared = whole.model.layout().shared_parameters();
    let [whole, begun] = [&whole, &session].map(|session| block_on(session.model.read()).unwrap());
    assert!(whole[..shared] == begun[..shared]);
}
