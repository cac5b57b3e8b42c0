//! The driver with a store that fails.

use fedner_protocol::{Happened, ModelSpec, Phase, RoundPolicy, ServerOptimiser, UpdateHeader, encode_update};
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::config::Enrolment;
use crate::credential::Credential;
use crate::replica::Heart;
use crate::store::faults::Fault;
use crate::store::{Enrolled, NewSite, PauseOutcome};
use crate::timestamp::Timestamp;

/// A test that waits longer than this has failed: every commit waits for the disk, which a build beside may keep busy.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(120);

struct Bench {
    federation: Arc<Federation>,
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    sites: Vec<SiteId>,
    events: EventStream,
    driver: JoinHandle<()>,
    _streams: Vec<EventStream>,
    _folder: TempDir,
}

/// A federation whose round opens with two sites and closes with two; both are there, round 1 is open.
async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path()).await;
    let clock = Arc::new(ManualClock::new(Timestamp::from_ms(1_000_000)));
    let config = FederationConfig {
        optimiser: ServerOptimiser::AVERAGING,
        enrolment: Enrolment::Open,
        model: ModelSpec::small(),
        rounds: RoundPolicy { min_sites: 2, quorum: 2, deadline_s: 3600, rounds: 3, ..RoundPolicy::default() },
        ..FederationConfig::new("test".parse().unwrap(), "Test")
    };
    let stopping = CancellationToken::new();
    let heart = Heart::start(Arc::clone(&store), Arc::clone(&clock) as Arc<dyn Clock>, None).await.unwrap();
    let replica = heart.replica().clone();
    let context = FederationContext {
        store: Arc::clone(&store),
        replica,
        scratch_dir: folder.path().to_owned(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        store_clock: None,
        limits: ListenConfig::default(),
        uploads: Arc::new(Semaphore::new(1)),
        draining: CancellationToken::new(),
        stopping,
    };
    let (federation, driver) = Federation::start(config, context).await.unwrap();
    let (mut sites, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let credential = Credential::generate().unwrap();
        let id = credential.site();
        let (test, hash) = ("test".parse().unwrap(), credential.hash());
        let site = NewSite { id, federation: test, credential: hash, public_key: None, invitation: None };
        assert_eq!(store.enrol(&site, clock.now(), 10).await.unwrap(), Enrolled::New);
        streams.push(federation.open_stream(id).await.unwrap());
        sites.push(id);
    }
    let events = federation.open_stream(sites[0]).await.unwrap();
    Bench { federation, store, clock, sites, events, driver, _streams: streams, _folder: folder }
}

impl Bench {
    async fn submit(&self, site: usize, round: u32) -> Result<Submitted, Error> {
        let base = self.federation.state().await?.model;
        self.submit_from(base, site, round).await
    }

    /// Submits an update that was trained from a model with this digest.
    async fn submit_from(&self, base: Digest, site: usize, round: u32) -> Result<Submitted, Error> {
        let manifest = Manifest::of(&ModelSpec::small());
        let header = UpdateHeader {
            federation: "test".parse().unwrap(),
            round,
            base_version: round - 1,
            base_model: Some(base),
            samples: 10,
            manifest: manifest.digest.clone(),
        };
        let values = vec![1.0 + site as f32; manifest.parameters()];
        let body = encode_update(&manifest, &header, &values).unwrap();
        let id = UpdateId::from_random([round as u8 * 10 + site as u8; 16]);
        self.federation.submit(self.sites[site], round, id, body).await
    }

    /// The mean of both sites' updates is 1.5.
    async fn assert_merged_once(&self, version: u32) {
        let manifest = Manifest::of(&ModelSpec::small());
        let model = self.federation.model(version).await.unwrap();
        let (_, values) = fedner_protocol::decode_model(&manifest, &model.body).unwrap();
        for (value, start) in values.iter().zip(manifest.draw(2020)) {
            assert!((value - (start - 1.5 * version as f32)).abs() < 1e-4, "{value} after {start}");
        }
    }

    async fn phase(&self) -> Phase {
        self.federation.info().await.unwrap().state.phase
    }

    async fn received(&self) -> Option<u32> {
        match self.phase().await {
            Phase::Open { received, .. } => Some(received),
            Phase::Waiting { .. } | Phase::Paused | Phase::Finished => None,
        }
    }

    async fn wait_for(&mut self, happened: &Happened) {
        let wait = async { while self.events.next().await.unwrap().happened != *happened {} };
        tokio::time::timeout(WAIT_MAX, wait).await.expect("it happens in time");
    }
}

#[tokio::test]
async fn an_update_that_was_not_stored_is_not_acknowledged() {
    let mut bench = bench().await;
    bench.store.faults.fail_after(0, Fault::Before);
    assert!(matches!(bench.submit(0, 1).await, Err(Error::Store(StoreError::Full(_)))));
    assert_eq!(bench.received().await, Some(0));
    assert!(bench.submit(0, 1).await.unwrap().new);
    assert!(bench.submit(1, 1).await.unwrap().new);
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn an_update_that_was_stored_without_an_answer_counts_once_when_it_is_sent_again() {
    let mut bench = bench().await;
    bench.store.faults.fail_after(0, Fault::After);
    assert!(bench.submit(0, 1).await.is_err());
    assert!(!bench.submit(0, 1).await.unwrap().new);
    assert_eq!(bench.received().await, Some(1));
    assert!(!bench.submit(0, 1).await.unwrap().new);
    bench.submit(1, 1).await.unwrap();
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn a_merge_that_could_not_be_stored_is_made_again_and_one_that_was_is_not() {
    for fault in [Fault::Before, Fault::After] {
        let mut bench = bench().await;
        bench.submit(0, 1).await.unwrap();
        bench.store.faults.fail_after(1, fault);
        bench.submit(1, 1).await.unwrap();
        // The driver tries to merge before it looks at this, and fails.
        bench.federation.settle().await.unwrap();
        let stored = if fault == Fault::Before { (0, Some(2)) } else { (1, None) };
        assert_eq!((bench.federation.version().await.unwrap(), bench.received().await), stored);
        bench.clock.advance_ms(5000);
        bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
        bench.assert_merged_once(1).await;
        // And the next round goes on from there.
        bench.federation.settle().await.unwrap();
        bench.submit(0, 2).await.unwrap();
        bench.submit(1, 2).await.unwrap();
        bench.wait_for(&Happened::RoundMerged { round: 2, sites: 2 }).await;
        bench.assert_merged_once(2).await;
    }
}

#[tokio::test]
async fn a_server_that_starts_waits_for_sites_of_another_and_for_those_that_came_late() {
    let bench = bench().await;
    let late = Credential::generate().unwrap();
    let (id, hash) = (late.site(), late.hash());
    let site =
        NewSite { id, federation: "test".parse().unwrap(), credential: hash, public_key: None, invitation: None };
    assert_eq!(bench.store.enrol(&site, bench.clock.now(), 10).await.unwrap(), Enrolled::New);
    let _stream = bench.federation.open_stream(id).await.unwrap();
    bench.submit(0, 1).await.unwrap();
    bench.submit(1, 1).await.unwrap();
    assert_eq!(bench.received().await, Some(2), "the round waits for the late one");
    // Known to all servers, as a heartbeat or a poll has it.
    let seen = crate::store::SeenSite { site: id, streaming: true, at: bench.clock.steady() };
    let replica = bench.federation.context.replica.clone();
    bench.store.share_presence(&"test".parse().unwrap(), &replica, &BTreeSet::new(), &[seen]).await.unwrap();

    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let heart = Heart::start(Arc::clone(&bench.store), clock, None).await.unwrap();
    let context = FederationContext { replica: heart.replica().clone(), ..bench.federation.context.clone() };
    bench.driver.abort();
    let (again, _driver) = Federation::start(bench.federation.config().clone(), context).await.unwrap();
    again.settle().await.unwrap();
    assert_eq!(again.version().await.unwrap(), 0, "it was closed early");
    bench.clock.advance_ms(3_600_000);
    again.settle().await.unwrap();
    assert_eq!(again.version().await.unwrap(), 1);
}

#[tokio::test]
async fn a_paused_federation_takes_what_is_under_way_and_merges_once_it_is_resumed() {
    let mut bench = bench().await;
    bench.wait_for(&Happened::Connected).await;
    bench.submit(0, 1).await.unwrap();
    assert_eq!(bench.federation.set_paused(true, Actor::Operator).await.unwrap(), PauseOutcome::Done);
    bench.wait_for(&Happened::Paused).await;
    assert_eq!(bench.phase().await, Phase::Paused);
    // The last update is in and the deadline passes, and yet nothing happens.
    assert!(bench.submit(1, 1).await.unwrap().new);
    bench.clock.advance_ms(3_600_000);
    bench.federation.settle().await.unwrap();
    assert_eq!((bench.phase().await, bench.federation.version().await.unwrap()), (Phase::Paused, 0));
    assert_eq!(bench.federation.set_paused(true, Actor::Operator).await.unwrap(), PauseOutcome::AlreadySo);
    assert_eq!(bench.federation.set_paused(false, Actor::Operator).await.unwrap(), PauseOutcome::Done);
    bench.wait_for(&Happened::Resumed).await;
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn a_pause_by_another_process_counts_before_it_is_noticed() {
    let mut bench = bench().await;
    bench.wait_for(&Happened::Connected).await;
    bench.submit(0, 1).await.unwrap();
    let id = "test".parse().unwrap();
    bench.store.set_paused(&id, true, Actor::CommandLine, bench.clock.now()).await.unwrap();
    // With this update the round would be complete.
    assert!(bench.submit(1, 1).await.unwrap().new);
    bench.wait_for(&Happened::Paused).await;
    assert_eq!((bench.phase().await, bench.federation.version().await.unwrap()), (Phase::Paused, 0));
    bench.store.set_paused(&id, false, Actor::CommandLine, bench.clock.now()).await.unwrap();
    // Nobody notifies the driver: it finds out by itself.
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn a_driver_that_stopped_is_noticed() {
    let mut bench = bench().await;
    assert!(bench.federation.is_driven());
    bench.federation.context.stopping.cancel();
    (&mut bench.driver).await.unwrap();
    assert!(matches!(bench.submit(0, 1).await, Err(Error::Stopping)));
    assert!(!bench.federation.is_driven());
}

#[tokio::test]
async fn an_update_from_another_model_of_the_same_number_is_refused() {
    let mut bench = bench().await;
    let other = Digest::of(b"what version 0 was before a backup was restored");
    assert!(matches!(bench.submit_from(other, 0, 1).await, Err(Error::BaseChanged { version: 0 })));
    assert_eq!(bench.received().await, Some(0));
    bench.submit(0, 1).await.unwrap();
    bench.submit(1, 1).await.unwrap();
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}
