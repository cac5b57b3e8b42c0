//! Minutes with faults: memory must stay flat, and every acknowledged update must be in its merge.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fedner_protocol::{FederationInfo, Happened, Phase, UpdateId};
use fedner_tests::{Events, Site};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::config::{ModelSize, config};
use super::server::{Folder, Server};

/// Sites that take part.
const SITES: usize = 40;
/// After so many rounds the server is killed and started again.
const ROUNDS_A_LIFE: u32 = 150;
/// Rounds of a life before its memory counts as settled.
const WARM_ROUNDS: u32 = 30;
/// By how much memory may differ between a life's settled start and its end, as a share.
const MEMORY_DRIFT_MAX: f64 = 0.25;
/// Wait before an update that was refused for a newer one is sent again.
const RETRY: Duration = Duration::from_millis(200);
/// Share of turns in which a fault comes before the update.
const FAULTS: f64 = 0.3;

/// What happened.
#[derive(Default)]
struct SoakReport {
    rounds: u32,
    acknowledged: usize,
    faults: usize,
    kills: u32,
    memory: Vec<(u64, u64)>,
}

/// Trains with faults for some time, and fails where something is lost or memory grows.
pub async fn run(program: &Path, time: Duration, seed: u64) -> Result<()> {
    let folder = Folder::new(&config(SITES, ModelSize::Small))?;
    let mut server = folder.start(program)?;
    let mut sites = Vec::new();
    for _ in 0..SITES {
        sites.push(Site::enrol(&server.origin, "test").await);
    }
    let (mut rng, start, mut report) = (ChaCha8Rng::seed_from_u64(seed), Instant::now(), SoakReport::default());
    while start.elapsed() < time {
        one_life(&server, &sites, &mut rng, &mut report).await?;
        server.kill()?;
        report.kills += 1;
        server = folder.start(program)?;
        sites = sites.iter().map(|site| site.at_origin(&server.origin)).collect();
    }
    let SoakReport { rounds, acknowledged, faults, kills, memory } = report;
    println!(
        "{} minutes, {SITES} sites, seed {seed}: {rounds} rounds, {acknowledged} updates acknowledged and merged once, \
         {faults} faults, {kills} times killed",
        time.as_secs() / 60
    );
    for (settled, end) in memory {
        println!("memory of one life: {:.1} MB after {WARM_ROUNDS} rounds, {:.1} MB at its end", mb(settled), mb(end));
        ensure!((end as f64) < settled as f64 * (1.0 + MEMORY_DRIFT_MAX), "memory grows");
    }
    Ok(())
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

async fn one_life(server: &Server, sites: &[Site], rng: &mut ChaCha8Rng, report: &mut SoakReport) -> Result<()> {
    let mut streams = Vec::new();
    for site in sites {
        streams.push(site.events().await);
    }
    let mut settled = 0;
    for number in 0..ROUNDS_A_LIFE {
        one_round(sites, &mut streams, rng, report).await?;
        if number == WARM_ROUNDS {
            settled = server.memory()?;
        }
    }
    report.memory.push((settled, server.memory()?));
    Ok(())
}

async fn one_round(
    sites: &[Site],
    streams: &mut [Events],
    rng: &mut ChaCha8Rng,
    report: &mut SoakReport,
) -> Result<()> {
    let round = open_round(&sites[0], streams).await?;
    let mut turns = JoinSet::new();
    for site in sites {
        let fault = (rng.random::<f64>() < FAULTS).then(|| Fault::draw(rng));
        report.faults += usize::from(fault.is_some());
        turns.spawn(turn(site.clone(), round, fault));
    }
    let mut acknowledged = 0;
    while let Some(turn) = turns.join_next().await {
        turn??;
        acknowledged += 1;
    }
    let is_merged = |happened: &Happened| matches!(happened, Happened::RoundMerged { round: of, .. } if *of == round);
    let merged = streams[0].until(is_merged).await.happened;
    let expected = Happened::RoundMerged { round, sites: u32::try_from(acknowledged)? };
    ensure!(merged == expected, "{acknowledged} updates of round {round} were acknowledged, and {merged:?}");
    report.rounds += 1;
    report.acknowledged += acknowledged;
    Ok(())
}

/// Waits until a round is open; answers with it.
async fn open_round(site: &Site, streams: &mut [Events]) -> Result<u32> {
    loop {
        let info: FederationInfo = site.info().await;
        if let Phase::Open { round, .. } = info.state.phase {
            return Ok(round);
        }
        streams[0].next().await.context("the stream goes on")?;
    }
}

/// What goes wrong before a site's update gets through.
#[derive(Clone, Copy)]
enum Fault {
    /// The upload is cut in the middle.
    CutUpload,
    /// A connection is opened and nothing is sent.
    Silence,
    /// Half a request.
    HalfRequest,
    /// The same update is sent twice.
    SentTwice,
    /// An update that is not one.
    Garbage,
    /// The model is asked for and not read.
    UnreadModel,
}

impl Fault {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        use Fault::{CutUpload, Garbage, HalfRequest, SentTwice, Silence, UnreadModel};
        let all = [CutUpload, Silence, HalfRequest, SentTwice, Garbage, UnreadModel];
        all[rng.random_range(0..all.len())]
    }
}

async fn turn(site: Site, round: u32, fault: Option<Fault>) -> Result<()> {
    let body = site.update(round, 10, 1e-4).await;
    let id = UpdateId::from_random(rand::random());
    let path = format!("/api/v1/federations/test/rounds/{round}/updates/{id}");
    let authorization = format!("Host: x\r\nAuthorization: Bearer {}\r\n", site.credential);
    match fault {
        None => {}
        Some(Fault::CutUpload) => {
            let head = format!("PUT {path} HTTP/1.1\r\n{authorization}Content-Length: {}\r\n\r\n", body.len());
            send_raw(&site, &[head.as_bytes(), &body[..body.len() / 2]].concat()).await?;
        }
        Some(Fault::Silence) => send_raw(&site, b"").await?,
        Some(Fault::HalfRequest) => send_raw(&site, b"GET /healthz HTTP/1.1\r\nHost").await?,
        Some(Fault::SentTwice) => ensure_sent(site.put(round, id, body.clone()).await.status)?,
        Some(Fault::Garbage) => {
            let status = site.put(round, id, vec![7; body.len()]).await.status;
            ensure!(status == 422, "garbage got {status}");
        }
        Some(Fault::UnreadModel) => {
            let request = format!("GET /api/v1/federations/test/models/latest HTTP/1.1\r\n{authorization}\r\n");
            send_raw(&site, request.as_bytes()).await?;
        }
    }
    loop {
        // Where the server sees a cut upload later than this one, it asks the site to send again.
        match site.put(round, id, body.clone()).await.status {
            429 => tokio::time::sleep(RETRY).await,
            status => return ensure_sent(status),
        }
    }
}

fn ensure_sent(status: u16) -> Result<()> {
    ensure!(matches!(status, 200 | 201), "an update got {status}");
    Ok(())
}

/// Sends some bytes on a connection of its own and leaves.
async fn send_raw(site: &Site, bytes: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(site.origin().trim_start_matches("http://")).await?;
    // The server may have had enough before all is sent.
    let _ = stream.write_all(bytes).await;
    Ok(())
}
