//! Every write to the database's files fails once, below SQLite: with an error of the disk, half-way, or because the
//! disk is full. Whatever was acknowledged is in exactly one merge, to the same bytes as on a disk without faults.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "disk_faults/vfs.rs"]
mod vfs;

use fedner_protocol::{Digest, UpdateReceipt};
use fedner_server::audit::{AuditHead, AuditRow, Verifier};
use fedner_tests::{Answer, Events, Site, TestApp, small_federation, update_bytes, update_id};

use self::vfs::Kind;

/// Set, every write fails in every way; else the writes are a sample of this many.
const ALL_VARIABLE: &str = "FEDNER_DISK_FAULTS";
const SAMPLE: u64 = 48;
const ROUNDS: u32 = 2;
/// Attempts until something goes through: no fault lasts for so many.
const ATTEMPTS_MAX: usize = 60;
/// Calls in a row that fail, beginning with the one that is meant.
const LENGTHS: [u64; 2] = [1, 12];

/// What a federation's life ends with.
#[derive(PartialEq)]
struct Outcome {
    models: Vec<Vec<u8>>,
    merges: Vec<String>,
}

#[tokio::test]
async fn no_fault_of_the_disk_loses_or_doubles_an_update() {
    vfs::install();
    let (undisturbed, writes) = life(None).await;
    assert!(writes > 20, "the faults are where SQLite writes: {writes} calls");
    let all = std::env::var_os(ALL_VARIABLE).is_some();
    let step = if all { 1 } else { writes.div_ceil(SAMPLE) };
    let mut cases = 0;
    for first in (0..writes).step_by(step as usize) {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            let length = LENGTHS[(first as usize + number) % LENGTHS.len()];
            if !all && (first / step) as usize % Kind::ALL.len() != number {
                continue;
            }
            let (outcome, _) = life(Some((first, length, kind))).await;
            assert!(outcome.models == undisturbed.models, "{kind:?} at call {first}, {length} of them: other bytes");
            assert_eq!(outcome.merges, undisturbed.merges, "{kind:?} at call {first}, {length} of them");
            cases += 1;
        }
    }
    println!("{cases} faults in {writes} calls that write");
}

/// Two rounds of two sites, with a fault on the way; how they end, and how often something was written.
async fn life(fault: Option<(u64, u64, Kind)>) -> (Outcome, u64) {
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum, federation.rounds.rounds) = (2, 2, ROUNDS);
    let mut app = TestApp::builder().federation(federation).start().await;
    let (first, length, kind) = fault.unwrap_or((u64::MAX, 0, Kind::Full));
    vfs::arm(first, length, kind);
    let sites = [enrol(&app).await, enrol(&app).await];
    let mut streams = [open_stream(&app, &sites[0]).await, open_stream(&app, &sites[1]).await];
    for round in 1..=ROUNDS {
        for (number, site) in (0..).zip(&sites) {
            send(&app, site, round, number).await;
        }
        until_version(&app, &sites[0], round).await;
    }
    let writes = vfs::disarm();
    // Nothing of it was in memory only.
    for stream in &mut streams {
        while stream.next().await.is_some_and(|event| event.state.version < ROUNDS) {}
    }
    app.restart().await;
    let site = sites[0].at(&app);
    let mut models = Vec::new();
    // Sites are given the newest version and the one before it; each comes from all before, so that none differs unseen.
    for version in ROUNDS - 1..=ROUNDS {
        models.push(site.model_bytes(version).await);
    }
    (Outcome { models, merges: merges(&app).await }, writes)
}

async fn enrol(app: &TestApp) -> Site {
    for _ in 0..ATTEMPTS_MAX {
        let answer = app.try_enrol("test").await;
        if answer.status == 201 {
            return Site::enrolled(answer.json(), &app.origin(), "test");
        }
        assert_eq!(answer.status, 503, "{}", answer.text());
    }
    panic!("no site can enrol");
}

async fn open_stream(app: &TestApp, site: &Site) -> Events {
    for _ in 0..ATTEMPTS_MAX {
        if site.get("").await.status == 200 {
            return site.events().await;
        }
        app.advance_s(5);
    }
    panic!("no stream can be opened");
}

async fn send(app: &TestApp, site: &Site, round: u32, number: u8) {
    let mut body = None;
    for _ in 0..ATTEMPTS_MAX {
        // The driver tries again some seconds after a fault.
        app.advance_s(5);
        if body.is_none() {
            let Some((info, base)) = base(site, round).await else { continue };
            let value = 0.25 * f32::from(number) - 0.5;
            let values = vec![value; info.manifest.parameters()];
            body = Some(update_bytes(&info, &base, round, 5 + u32::from(number), &values));
        }
        let id = update_id(round as u8 * 10 + number);
        let answer = site.put(round, id, body.clone().unwrap()).await;
        match answer.status {
            200 | 201 => return assert_eq!(answer.json::<UpdateReceipt>(), UpdateReceipt { round, update: id }),
            // The round is not open yet, or the store failed.
            425 | 503 => {}
            other => panic!("update {number} of round {round}: {other} {}", answer.text()),
        }
    }
    panic!("update {number} of round {round} does not get through");
}

/// What the round's updates start from, once it is there.
async fn base(site: &Site, round: u32) -> Option<(fedner_protocol::FederationInfo, Digest)> {
    let answer = site.get("").await;
    if answer.status != 200 {
        return None;
    }
    let info: fedner_protocol::FederationInfo = answer.json();
    let base = info.state.model.clone();
    (info.state.version + 1 == round).then_some((info, base))
}

async fn until_version(app: &TestApp, site: &Site, version: u32) {
    for _ in 0..ATTEMPTS_MAX {
        app.advance_s(5);
        let answer = site.get("").await;
        if answer.status == 200 && answer.json::<fedner_protocol::FederationInfo>().state.version >= version {
            return;
        }
    }
    panic!("version {version} is not made");
}

/// What the audit log says of the merges; its chain must be whole.
async fn merges(app: &TestApp) -> Vec<String> {
    let answer = Answer::of(app.admin(reqwest::Method::GET, "/audit?after=0")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let rows: Vec<serde_json::Value> = answer.json();
    let of_kind = |kind: &'static str| rows.iter().filter(move |row| row["kind"] == kind);
    let mut verifier = Verifier::new(None);
    let mut head = AuditHead::START;
    for row in &rows {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let row = AuditRow {
            number: row["number"].as_u64().unwrap(),
            at: fedner_server::Timestamp::from_ms(row["at_ms"].as_u64().unwrap()),
            actor: text("actor"),
            federation: row["federation"].as_str().map(str::to_owned),
            kind: text("kind"),
            detail: text("detail"),
            hash: text("hash").parse().unwrap(),
        };
        verifier.push(&row).unwrap();
        head = row.head();
    }
    verifier.finish(&head).unwrap();
    of_kind("round-merged").map(|row| row["detail"].as_str().unwrap().to_owned()).collect()
}
