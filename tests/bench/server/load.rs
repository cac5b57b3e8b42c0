//! Rounds of many sites, each with an open event stream.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fedner_protocol::{Digest, FederationInfo, Happened, UpdateId};
use fedner_tests::{Events, Site, update_bytes};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::config::{ModelSize, config};
use super::numbers::Times;
use super::server::{Folder, Server};

/// Sites that enrol at once.
const ENROLLING_MAX: usize = 32;

/// The head of the table.
pub const HEADER: &str = "| server | model | sites | PUT p50 / p99 (ms) | model GET p99 (ms) | updates a second | CPU a round (s) | \
     peak memory (MB) | errors |\n|---|---|---:|---:|---:|---:|---:|---:|---:|";

/// What is measured.
pub struct Load {
    /// Sites.
    pub sites: usize,
    /// How large the shared module is.
    pub model: ModelSize,
    /// Rounds.
    pub rounds: u32,
    /// Time over which the sites of a round send.
    pub spread: Duration,
    /// Decides who sends when.
    pub seed: u64,
}

/// A row of the table.
pub struct Measured {
    /// Whose server.
    pub server: &'static str,
    /// What was measured.
    pub model: ModelSize,
    /// Sites.
    pub sites: usize,
    /// Times of updates.
    pub puts: Times,
    /// Times of models.
    pub gets: Times,
    /// Updates a second, from the first one sent to the last one stored.
    pub updates_a_second: f64,
    /// Processor time of the server in a round.
    pub cpu_a_round: Duration,
    /// Most memory of the server, in bytes.
    pub peak_memory: u64,
    /// Requests that did not go as they should.
    pub errors: usize,
}

/// What a site measures in a round.
#[derive(Default)]
struct Turn {
    get: Times,
    put: Times,
    errors: usize,
}

impl Load {
    /// Starts a server, enrols the sites and lets them train.
    pub async fn run(&self, program: &Path) -> Result<Measured> {
        let folder = Folder::new(&config(self.sites, self.model))?;
        let server = folder.start(program)?;
        let sites = self.enrolled(&server).await?;
        let info = Arc::new(sites[0].info().await);
        let mut streams = open_streams(&sites).await?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let (mut all, mut sending) = (Turn::default(), Duration::ZERO);
        let cpu = server.cpu()?;
        for round in 1..=self.rounds {
            let start = Instant::now();
            let mut turns = JoinSet::new();
            for site in &sites {
                let wait = self.spread.mul_f64(rng.random::<f64>());
                turns.spawn(turn(site.clone(), Arc::clone(&info), round, wait));
            }
            while let Some(turn) = turns.join_next().await {
                let Turn { get, put, errors } = turn?;
                all.get.extend(get);
                all.put.extend(put);
                all.errors += errors;
            }
            sending += start.elapsed();
            all.errors += merged(&mut streams, round, self.sites).await;
        }
        Ok(Measured {
            server: "fedner-server",
            model: self.model,
            sites: self.sites,
            puts: all.put,
            gets: all.get,
            updates_a_second: f64::from(self.rounds) * self.sites as f64 / sending.as_secs_f64(),
            cpu_a_round: (server.cpu()? - cpu) / self.rounds,
            peak_memory: server.peak_memory()?,
            errors: all.errors,
        })
    }

    async fn enrolled(&self, server: &Server) -> Result<Vec<Site>> {
        let at_once = Arc::new(Semaphore::new(ENROLLING_MAX));
        let mut enrolling = JoinSet::new();
        for _ in 0..self.sites {
            let (origin, at_once) = (server.origin.clone(), Arc::clone(&at_once));
            enrolling.spawn(async move {
                let _turn = at_once.acquire_owned().await;
                Site::enrol(&origin, "test").await
            });
        }
        let mut sites = Vec::with_capacity(self.sites);
        while let Some(site) = enrolling.join_next().await {
            sites.push(site.context("a site could not enrol")?);
        }
        Ok(sites)
    }
}

async fn open_streams(sites: &[Site]) -> Result<Vec<Events>> {
    let mut streams = Vec::with_capacity(sites.len());
    for site in sites {
        let mut events = site.events().await;
        events.next().await.context("a stream begins with an event")?;
        streams.push(events);
    }
    Ok(streams)
}

/// Fetches the newest model, waits as if it trained on it, and sends an update.
async fn turn(site: Site, info: Arc<FederationInfo>, round: u32, wait: Duration) -> Turn {
    let mut turn = Turn::default();
    tokio::time::sleep(wait).await;
    let start = Instant::now();
    let answer = site.get(&format!("/models/{}", round - 1)).await;
    turn.get.push(start.elapsed());
    turn.errors += usize::from(answer.status != 200);
    let base = Digest::of(&answer.body);
    drop(answer);
    let values = vec![1e-4; info.manifest.parameters()];
    let body = update_bytes(&info, &base, round, 10, &values);
    drop(values);
    let id = UpdateId::from_random(rand::random());
    let start = Instant::now();
    let answer = site.put(round, id, body).await;
    turn.put.push(start.elapsed());
    turn.errors += usize::from(answer.status != 201);
    turn
}

/// Waits until every site has the event of the merge; counts those that got another one.
async fn merged(streams: &mut [Events], round: u32, sites: usize) -> usize {
    let expected = Happened::RoundMerged { round, sites: u32::try_from(sites).unwrap_or(u32::MAX) };
    let mut errors = 0;
    for stream in streams {
        let is_merged =
            |happened: &Happened| matches!(happened, Happened::RoundMerged { round: of, .. } if *of == round);
        let event = stream.until(is_merged).await;
        errors += usize::from(event.happened != expected);
    }
    errors
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {} | {} | {:.1} / {:.1} | {:.1} | {:.0} | {:.2} | {:.0} | {} |",
            self.server,
            self.model,
            self.sites,
            self.puts.quantile_ms(0.5),
            self.puts.quantile_ms(0.99),
            self.gets.quantile_ms(0.99),
            self.updates_a_second,
            self.cpu_a_round.as_secs_f64(),
            self.peak_memory as f64 / 1e6,
            self.errors
        )
    }
}
