//! The methods, each over all sites with one seed.

mod federated;
mod local;
mod pooled;
mod spacy;
mod union;
pub mod warm;

pub use warm::Warm;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, Result};
use fedner_protocol::TrainingPolicy;
use fedner_tests::participant::{NOT_POISONED, Record, Watcher};

use crate::cell::{Cell, Joiner, SiteResult};
use crate::settings::{Method, Settings};
use crate::site::Site;

/// Sites of one run have seeds of their own, and no two runs share one.
const SEEDS_A_RUN: u64 = 100;

/// The sites of a run.
pub struct Sites<'a> {
    pub members: &'a [Site],
    /// Those that come when the federation is finished.
    pub joiners: &'a [Site],
    /// What they start from, where the settings want it.
    pub warm: Option<&'a Warm>,
    /// The Python program that has spaCy.
    pub spacy_python: Option<&'a Path>,
}

/// Runs a cell.
pub fn run(method: Method, seed: u64, settings: &Settings, sites: &Sites<'_>) -> Result<Cell> {
    let start = Instant::now();
    let settings = settings.relevant(method);
    let (results, joiners): (Vec<SiteResult>, Vec<Joiner>) = match method {
        Method::Local => (local::run(seed, &settings, sites.members, None)?, Vec::new()),
        Method::LocalWarm => (local::run(seed, &settings, sites.members, sites.warm)?, Vec::new()),
        Method::Fedner => federated::run(seed, &settings, sites)?,
        Method::FedavgUnion => (union::run(seed, &settings, sites.members)?, Vec::new()),
        Method::Spacy => {
            let python = sites.spacy_python.context("no Python with spaCy was named")?;
            (spacy::run(seed, sites.members, python)?, Vec::new())
        }
        Method::Pooled => (pooled::run(seed, &settings, sites.members, sites.warm)?, Vec::new()),
    };
    Ok(Cell { method, seed, settings, sites: results, joiners, seconds: start.elapsed().as_secs_f64() })
}

/// The seed of a site in a run.
fn site_seed(seed: u64, number: usize) -> u64 {
    seed * SEEDS_A_RUN + number as u64
}

/// Steps of one pass over so many sentences.
fn steps_of_pass(sentences: usize, policy: &TrainingPolicy) -> u64 {
    (sentences as u64).div_ceil(u64::from(policy.batch_size)).max(1)
}

/// Something to write down the events of a site.
fn watch() -> (Watcher, Arc<Mutex<Record>>) {
    let record = Arc::new(Mutex::new(Record::default()));
    (Watcher::new(Arc::clone(&record)), record)
}

/// The learning curve in a record.
fn curve(record: &Mutex<Record>, pass: u64) -> Vec<crate::cell::Point> {
    crate::cell::curve(&record.lock().expect(NOT_POISONED), pass)
}
