//! What a merge takes: peak memory of a fresh process, and throughput beside the machine's memory bandwidth. And how
//! many updates a second are acknowledged.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use fedner_protocol::{Aggregation, Manifest, ModelSpec, RoundPolicy, SiteId, UpdateHeader, UpdateId, encode_update};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::FederationContext;
use super::initial::new_federation;
use super::merge::merge;
use crate::clock::{Clock, SystemClock};
use crate::config::{FederationConfig, ListenConfig};
use crate::credential::Credential;
use crate::rounds::{Round, Step};
use crate::store::{Acknowledged, Enrolled, NewSite, NewUpdate, ReplicaId, Store, StoredUpdate};
use crate::timestamp::Timestamp;

/// Instructs a process started by these tests: an aggregation and the store's folder.
const TASK: &str = "FEDNER_MERGE_BENCH";
const CHILD: &str = "federation::merge_bench::child";
/// Most that peak memory may grow with the number of sites.
const GROWTH_MAX: f64 = 1.2;
const SIZES: [usize; 3] = [10, 100, 1000];
const REPEATS: usize = 3;
/// Sites that send an update of the small model.
const SMALL_SITES: usize = 2000;
const COPY_BYTES: usize = 256 << 20;

#[test]
fn peak_memory_does_not_grow_with_the_number_of_sites() {
    let folders = [2, 12].map(|sites| filled(sites, ModelSpec::default()).0);
    for aggregation in ["mean", "trimmed_mean", "median"] {
        let [few, many] = folders.each_ref().map(|folder| measured(aggregation, folder.path()));
        let Some((few, many)) = few.peak_bytes.zip(many.peak_bytes) else {
            println!("skipped: this system does not report a process' peak memory");
            return;
        };
        assert!(many as f64 <= few as f64 * GROWTH_MAX, "{aggregation}: {few} bytes with 2 sites, {many} with 12");
    }
}

#[ignore = "a measurement of some minutes: cargo xtask merge-bench"]
#[test]
fn memory_and_throughput() {
    let parameters = Manifest::of(&ModelSpec::default()).parameters();
    println!("Merges of updates of {parameters} parameters, from the store to the new model's bytes; SQLite.");
    println!("Medians of {REPEATS} fresh processes (lowest to highest).\n");
    println!("| aggregation | sites | peak memory, MiB | merge, s | updates, MB/s | of the copy bandwidth |");
    println!("|---|---|---|---|---|---|");
    for sites in SIZES {
        let (folder, _) = filled(sites, ModelSpec::default());
        for aggregation in ["mean", "trimmed_mean", "median"] {
            let runs: Vec<Measured> = (0..REPEATS).map(|_| measured(aggregation, folder.path())).collect();
            let figure = |of: &dyn Fn(&Measured) -> f64, digits| spread(runs.iter().map(of).collect(), digits);
            let rate = move |run: &Measured| (sites * parameters * 4) as f64 / run.seconds;
            println!(
                "| {aggregation} | {sites} | {} | {} | {} | {} % |",
                figure(&|run| run.peak_bytes.unwrap_or(0) as f64 / f64::from(1 << 20), 1),
                figure(&|run| run.seconds, 2),
                figure(&|run| rate(run) / 1e6, 0),
                figure(&|run| 100.0 * rate(run) / run.copy_bytes_per_s, 1),
            );
        }
    }
}

#[ignore = "a measurement of some minutes: cargo xtask merge-bench"]
#[test]
fn acknowledged_updates_a_second() {
    println!("Updates stored one after the other, each on the disk before the next begins; SQLite.");
    println!("Medians of {REPEATS} stores (lowest to highest).\n");
    println!("| parameters | updates | acknowledged a second | MB/s |");
    println!("|---|---|---|---|");
    for (sites, model) in [(SMALL_SITES, ModelSpec::small()), (SIZES[1], ModelSpec::default())] {
        let parameters = Manifest::of(&model).parameters();
        let rates: Vec<f64> = (0..REPEATS).map(|_| sites as f64 / filled(sites, model.clone()).1).collect();
        let bytes = (parameters * 4) as f64 / 1e6;
        let megabytes = rates.iter().map(|rate| rate * bytes).collect();
        println!("| {parameters} | {sites} | {} | {} |", spread(rates, 0), spread(megabytes, 0));
    }
}

/// Median (lowest to highest).
fn spread(mut figures: Vec<f64>, digits: usize) -> String {
    figures.sort_by(f64::total_cmp);
    let (low, median, high) = (figures[0], figures[REPEATS / 2], figures[REPEATS - 1]);
    format!("{median:.digits$} ({low:.digits$} to {high:.digits$})")
}

/// What these tests start in a process of its own; alone it has nothing to do.
#[ignore = "a part of the other tests here"]
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (aggregation, folder) = task.split_once(' ').expect("an aggregation and a folder");
    let aggregation = serde_json::from_str(aggregation).expect("an aggregation");
    crate::memory::give_large_buffers_back();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let seconds = runtime.block_on(merge_once(aggregation, Path::new(folder)));
    let peak = peak_bytes().map_or("-".to_owned(), |bytes| bytes.to_string());
    println!("MEASURED {seconds} {peak} {}", copy_bytes_per_s());
}

struct Measured {
    seconds: f64,
    peak_bytes: Option<u64>,
    copy_bytes_per_s: f64,
}

/// Merges what is in the folder's store, in a fresh process; the store stays as it is.
fn measured(aggregation: &str, folder: &Path) -> Measured {
    let aggregation = match aggregation {
        "trimmed_mean" => Aggregation::TrimmedMean { trim_percent: 20 },
        "median" => Aggregation::Median {},
        _ => Aggregation::default(),
    };
    let task = format!("{} {}", serde_json::to_string(&aggregation).expect("it is JSON"), folder.display());
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args(["--ignored", "--exact", "--nocapture", CHILD]).env(TASK, task).output();
    let output = output.expect("this program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split_once("MEASURED ")).map(|(_, line)| line);
    let line = line.unwrap_or_else(|| panic!("the child fails: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let mut figures = line.split(' ');
    let mut next = || figures.next().expect("three figures");
    Measured {
        seconds: next().parse().expect("seconds"),
        peak_bytes: next().parse().ok(),
        copy_bytes_per_s: next().parse().expect("a rate"),
    }
}

fn config() -> FederationConfig {
    let rounds = RoundPolicy { min_sites: 1, quorum: 1, deadline_s: 1, ..RoundPolicy::default() };
    FederationConfig { rounds, ..FederationConfig::new("bench".parse().expect("it is an id"), "Benchmark") }
}

fn context(store: Arc<Store>, folder: &Path) -> FederationContext {
    FederationContext {
        store,
        scratch_dir: folder.to_owned(),
        replica: ReplicaId::generate().expect("the machine has random bytes"),
        clock: Arc::new(SystemClock),
        store_clock: None,
        limits: ListenConfig::default(),
        uploads: Arc::new(Semaphore::new(1)),
        draining: CancellationToken::new(),
        stopping: CancellationToken::new(),
    }
}

/// A store with a round that has an update of each of so many sites, and how many seconds storing these took.
#[tokio::main(flavor = "current_thread")]
async fn filled(sites: usize, model: ModelSpec) -> (tempfile::TempDir, f64) {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let store = Store::in_folder(folder.path()).await;
    let config = FederationConfig { model, ..config() };
    let manifest = Manifest::of(&config.model);
    let new = new_federation(&config, &manifest, SystemClock.now()).expect("the model can be encoded");
    let drawn = manifest.draw(1);
    let mut revision = store.open_federation(&new).await.expect("the store works").revision;
    let mut seconds = 0.0;
    for number in 0..sites {
        let credential = Credential::generate().expect("the machine has random bytes");
        let (id, federation, hash) = (credential.site(), config.id.clone(), credential.hash());
        let site = NewSite { id, federation, credential: hash, public_key: None, invitation: None };
        let enrolled = store.enrol(&site, SystemClock.now(), u32::MAX).await;
        assert_eq!(enrolled.expect("the store works"), Enrolled::New);
        let update = new_update(&config, &manifest, site.id, (number, &drawn));
        let begin = Instant::now();
        let next = store.insert_update(revision, &update).await.expect("the store works");
        seconds += begin.elapsed().as_secs_f64();
        let Acknowledged::Stored(next) = next else { panic!("nobody else changes it") };
        revision = next;
    }
    store.close().await;
    (folder, seconds)
}

fn new_update(
    config: &FederationConfig,
    manifest: &Manifest,
    site: SiteId,
    (number, drawn): (usize, &[f32]),
) -> NewUpdate {
    let header = UpdateHeader {
        federation: config.id.clone(),
        round: 1,
        base_version: 0,
        base_model: None,
        samples: 10,
        manifest: manifest.digest.clone(),
    };
    // Different in each update and without a pattern over the sites.
    let mut values = drawn.to_vec();
    values.rotate_left(number * 7919 % drawn.len());
    let body = encode_update(manifest, &header, &values).expect("the values fit");
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let update = StoredUpdate { site, round: 1, digest: fedner_protocol::Digest::of(&body) };
    let federation = config.id.clone();
    let (id, base) = (UpdateId::from_random(id), fedner_protocol::Digest::of(b"the base"));
    NewUpdate { federation, id, update, base, body, now: SystemClock.now() }
}

/// Seconds of one merge.
async fn merge_once(aggregation: Aggregation, folder: &Path) -> f64 {
    let store = Store::in_folder(folder).await;
    let config = FederationConfig { aggregation, ..config() };
    let stored = store.federation(&config.id).await.expect("the store works");
    let round = Round::restored(0, 1, Some(Timestamp::default()), stored.received, &config.rounds);
    let Step::Merge(merging) = round.step(&Default::default(), SystemClock.now(), &config.rounds) else {
        panic!("the round is due")
    };
    let manifest = Arc::new(Manifest::of(&config.model));
    let context = context(store, folder);
    let begin = Instant::now();
    let version = merge(&config, &manifest, &context, &merging).await.expect("the merge works");
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(version.updates.len(), merging.updates().len());
    seconds
}

/// The most memory that this process ever had.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
}

/// Bytes read and written per second by the fastest of some plain copies.
fn copy_bytes_per_s() -> f64 {
    let from = vec![1_u8; COPY_BYTES];
    let mut to = vec![0_u8; COPY_BYTES];
    let seconds = (0..5).map(|_| {
        let begin = Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&mut to);
        begin.elapsed().as_secs_f64()
    });
    2.0 * COPY_BYTES as f64 / seconds.fold(f64::INFINITY, f64::min)
}
