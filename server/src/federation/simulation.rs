//! A federation driven by random lists of operations, with everything lost that can be lost.
//!
//! The server is the real one: [`Federation`], driver, merge and store. Sites, network and time are
//! simulated. The server crashes right before or right after a change is stored. Nothing else of it
//! outlives a crash, so a crash at any other point is the same as one of these.
//!
//! Each update adds a number of its own to a place of its tab, so the models alone show which updates
//! are in which version, and how often.

mod check;
mod operation;
mod replica;
mod secure;
mod site;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tempfile::TempDir;

use self::operation::{Operation, REPLICAS, operations};
use self::world::World;
use crate::config::StoreConfig;
use crate::store::{Purpose, Store};

/// Lists of operations that every test run tries; another number is taken from [`LISTS_VARIABLE`].
const LISTS: u64 = 10_000;
const LISTS_VARIABLE: &str = "FEDNER_SIMULATION_LISTS";
/// Lists that share a store, so that it stays small: what servers say of themselves is searched by time.
const LISTS_PER_STORE: u64 = 100;
/// Threads on each core: one often waits for its database's.
const THREADS_PER_CORE: usize = 2;
/// Set to a seed, this one list is run, printed step by step, and made shorter if it fails.
const SEED_VARIABLE: &str = "FEDNER_SIMULATION_SEED";
/// Longest list.
const OPERATIONS_MAX: usize = 40;
/// Longest list with secure aggregation: a round takes each site four requests.
const SECURE_OPERATIONS_MAX: usize = 90;
/// Most lists tried to make a failing one shorter.
const SHRINK_STEPS_MAX: u32 = 2000;

#[test]
fn whatever_happens_each_acknowledged_update_is_in_exactly_one_merge() {
    if let Ok(seed) = std::env::var(SEED_VARIABLE) {
        let seed = seed.parse().unwrap_or_else(|_| panic!("{SEED_VARIABLE} is a number"));
        return Bench::new().try_list(seed).unwrap_or_else(|failure| panic!("{failure}"));
    }
    let lists = std::env::var(LISTS_VARIABLE).map_or(LISTS, |lists| lists.parse().expect("a number of lists"));
    let next = &AtomicU64::new(0);
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let threads = cores.len().max(1) * THREADS_PER_CORE;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let core = cores.get(thread % cores.len().max(1)).copied();
            scope.spawn(move || {
                // A list and its database wake each other all the time; on one core, that takes half as long. The
                // threads of the database inherit it. Where it can't be done, nothing is lost but time.
                core.map(core_affinity::set_for_current);
                let mut bench = Bench::new();
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < lists) {
                    if bench.lists == LISTS_PER_STORE {
                        bench = Bench::new();
                    }
                    if let Err(failure) = bench.try_list(seed) {
                        next.store(lists, Ordering::Relaxed);
                        panic!("{failure}");
                    }
                }
            });
        }
    });
}

#[test]
fn masked_updates_are_merged_exactly_whoever_drops_out() {
    let seed = std::env::var(SEED_VARIABLE).ok().map(|seed| seed.parse().expect("a seed is a number"));
    let lists = std::env::var(LISTS_VARIABLE).map_or(secure::LISTS, |lists| lists.parse().expect("a number of lists"));
    let mut bench = Bench::new();
    for seed in seed.map_or(0..lists, |seed: u64| seed..seed + 1) {
        if bench.lists == LISTS_PER_STORE {
            bench = Bench::new();
        }
        bench.try_secure_list(seed).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// A store and what runs on it.
struct Bench {
    runtime: tokio::runtime::Runtime,
    /// One store, opened by each of its servers.
    stores: [Arc<Store>; REPLICAS],
    folder: TempDir,
    lists: u64,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        // In memory where there is such a folder: waiting for a disk is no part of this test.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let config = StoreConfig { data_dir: folder.path().to_owned(), ..StoreConfig::default() };
        let open = async |purpose| Store::open(&config, purpose).await.unwrap();
        // SQLite lets one server in; here the second one comes as a command.
        let stores = runtime.block_on(async { [open(Purpose::Serve).await, open(Purpose::Command).await] });
        Self { runtime, stores, folder, lists: 0 }
    }

    /// Runs the list of a seed, each time in a new federation; a list that fails is made shorter.
    fn try_list(&mut self, seed: u64) -> Result<(), String> {
        self.lists += 1;
        try_list_of(seed, &operations(OPERATIONS_MAX), |name, list| {
            // Every second list has one server only.
            let stores = &self.stores[..1 + seed as usize % REPLICAS];
            self.runtime.block_on(run(stores, self.folder.path(), name, list))
        })
    }

    /// The same, of a federation with secure aggregation on one server.
    fn try_secure_list(&mut self, seed: u64) -> Result<(), String> {
        self.lists += 1;
        try_list_of(seed, &secure::operations(SECURE_OPERATIONS_MAX), |name, list| {
            self.runtime.block_on(secure::run(&self.stores[0], self.folder.path(), name, list))
        })
    }
}

/// Tries the list that follows from a seed; one that fails is made shorter.
fn try_list_of<O: std::fmt::Debug>(
    seed: u64,
    lists: &impl Strategy<Value = Vec<O>>,
    run: impl Fn(&str, &[O]) -> Result<(), String>,
) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config =
        Config { cases: 1, failure_persistence: None, max_shrink_iters: SHRINK_STEPS_MAX, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let attempts = std::cell::Cell::new(0);
    let outcome = runner.run(lists, |list| {
        attempts.set(attempts.get() + 1);
        run(&format!("list-{seed}-{}", attempts.get()), &list).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Abort(reason)) => Err(format!("seed {seed}: {reason}")),
        Err(TestError::Fail(reason, shortest)) => Err(format!(
            "seed {seed}: {reason}\nThe shortest list that shows it: {shortest:#?}\n\
             To see it again: {SEED_VARIABLE}={seed} cargo test -p fedner-server --lib simulation -- --nocapture"
        )),
    }
}

/// Runs a list, lets the federation come to its end, and checks everything.
async fn run(stores: &[Arc<Store>], folder: &std::path::Path, name: &str, list: &[Operation]) -> Result<(), String> {
    let mut world = World::new(stores, folder, name).await;
    let printed = std::env::var_os(SEED_VARIABLE).is_some();
    for operation in list {
        world.run(operation).await?;
        if printed {
            println!("{operation:?}: {}", world.summary());
        }
    }
    world.come_to_an_end().await?;
    let outcome = check::everything(&world).await;
    for replica in &mut world.replicas {
        replica.kill().await;
    }
    outcome
}
