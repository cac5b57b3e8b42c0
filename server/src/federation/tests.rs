//! The driver with a store that fails.

use std::sync::Mutex;

use fedner_protocol::{FederationId, Happened, ModelSpec, Phase, RoundPolicy, UpdateHeader, encode_update};
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::config::Enrolment;
use crate::credential::Credential;
use crate::optimiser::OptimiserState;
use crate::store::{NewVersion, SqliteStore, StoredFederation, StoredRound, StoredSite};
use crate::timestamp::Timestamp;

/// A test that waits longer than this has failed.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// How the next change goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Failure {
    /// Nothing is stored.
    Before,
    /// It is stored and yet reported as failed, as when power fails during the answer.
    After,
}

/// A store of which one change fails when told so.
struct FlakyStore {
    inner: SqliteStore,
    /// The changes that go well before, and then the failure.
    plan: Mutex<Option<(u32, Failure)>>,
}

impl FlakyStore {
    fn fail_after(&self, good: u32, failure: Failure) {
        *self.plan.lock().unwrap() = Some((good, failure));
    }

    fn failure(&self) -> Option<Failure> {
        let mut plan = self.plan.lock().unwrap();
        let (good, failure) = plan.take()?;
        if good == 0 {
            return Some(failure);
        }
        *plan = Some((good - 1, failure));
        None
    }

    async fn change(&self, change: impl Future<Output = Result<(), StoreError>> + Send) -> Result<(), StoreError> {
        let failure = self.failure();
        if failure != Some(Failure::Before) {
            change.await?;
        }
        match failure {
            Some(failure) => Err(StoreError::Full(format!("{failure:?}"))),
            None => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl Store for FlakyStore {
    async fn open_federation(&self, new: &NewFederation) -> Result<StoredFederation, StoreError> {
        self.inner.open_federation(new).await
    }
    async fn federation(&self, federation: &FederationId) -> Result<StoredFederation, StoreError> {
        self.inner.federation(federation).await
    }
    async fn set_round(&self, federation: &FederationId, round: &StoredRound) -> Result<(), StoreError> {
        self.change(self.inner.set_round(federation, round)).await
    }
    async fn insert_site(&self, site: &StoredSite, now: Timestamp, sites_max: u32) -> Result<bool, StoreError> {
        self.inner.insert_site(site, now, sites_max).await
    }
    async fn site(&self, site: SiteId) -> Result<Option<StoredSite>, StoreError> {
        self.inner.site(site).await
    }
    async fn insert_update(&self, update: NewUpdate) -> Result<(), StoreError> {
        self.change(self.inner.insert_update(update)).await
    }
    async fn update(&self, federation: &FederationId, id: UpdateId) -> Result<Option<StoredUpdate>, StoreError> {
        self.inner.update(federation, id).await
    }
    async fn update_body(&self, federation: &FederationId, id: UpdateId) -> Result<Vec<u8>, StoreError> {
        self.inner.update_body(federation, id).await
    }
    async fn model(&self, federation: &FederationId, version: u32) -> Result<Option<StoredModel>, StoreError> {
        self.inner.model(federation, version).await
    }
    async fn optimiser_state(&self, federation: &FederationId) -> Result<OptimiserState, StoreError> {
        self.inner.optimiser_state(federation).await
    }
    async fn insert_version(&self, version: NewVersion) -> Result<(), StoreError> {
        self.change(self.inner.insert_version(version)).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

struct Bench {
    federation: Arc<Federation>,
    store: Arc<FlakyStore>,
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
    let store = SqliteStore::open(folder.path(), None).await.unwrap();
    let store = Arc::new(FlakyStore { inner: store, plan: Mutex::default() });
    let clock = Arc::new(ManualClock::new(Timestamp::from_ms(1_000_000)));
    let config = FederationConfig {
        enrolment: Enrolment::Open,
        model: ModelSpec::small(),
        rounds: RoundPolicy { min_sites: 2, quorum: 2, deadline_s: 3600, rounds: 3, ..RoundPolicy::default() },
        ..FederationConfig::new("test".parse().unwrap(), "Test")
    };
    let around = Surroundings {
        store: Arc::clone(&store) as Arc<dyn Store>,
        scratch_dir: folder.path().to_owned(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        limits: ListenConfig::default(),
        uploads: Arc::new(Semaphore::new(1)),
        draining: CancellationToken::new(),
        stopping: CancellationToken::new(),
    };
    let (federation, driver) = Federation::start(config, around).await.unwrap();
    let (mut sites, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let credential = Credential::generate().unwrap();
        let id = credential.site();
        let site = StoredSite { id, federation: "test".parse().unwrap(), credential: credential.hash() };
        assert!(store.insert_site(&site, clock.now(), 10).await.unwrap());
        streams.push(federation.open_stream(id).await.unwrap());
        sites.push(id);
    }
    let events = federation.open_stream(sites[0]).await.unwrap();
    Bench { federation, store, clock, sites, events, driver, _streams: streams, _folder: folder }
}

impl Bench {
    async fn submit(&self, site: usize, round: u32) -> Result<Submitted, Error> {
        let manifest = Manifest::of(&ModelSpec::small());
        let header = UpdateHeader {
            federation: "test".parse().unwrap(),
            round,
            base_version: round - 1,
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

    fn received(&self) -> Option<u32> {
        match self.federation.info().state.phase {
            Phase::Open { received, .. } => Some(received),
            Phase::Waiting { .. } | Phase::Finished => None,
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
    bench.store.fail_after(0, Failure::Before);
    assert!(matches!(bench.submit(0, 1).await, Err(Error::Store(StoreError::Full(_)))));
    assert_eq!(bench.received(), Some(0));
    assert!(bench.submit(0, 1).await.unwrap().new);
    assert!(bench.submit(1, 1).await.unwrap().new);
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn an_update_that_was_stored_without_an_answer_counts_once_when_it_is_sent_again() {
    let mut bench = bench().await;
    bench.store.fail_after(0, Failure::After);
    assert!(bench.submit(0, 1).await.is_err());
    assert_eq!(bench.received(), Some(0));
    assert!(!bench.submit(0, 1).await.unwrap().new);
    assert_eq!(bench.received(), Some(1));
    assert!(!bench.submit(0, 1).await.unwrap().new);
    bench.submit(1, 1).await.unwrap();
    bench.wait_for(&Happened::RoundMerged { round: 1, sites: 2 }).await;
    bench.assert_merged_once(1).await;
}

#[tokio::test]
async fn a_merge_that_could_not_be_stored_is_made_again_and_one_that_was_is_not() {
    for failure in [Failure::Before, Failure::After] {
        let mut bench = bench().await;
        bench.submit(0, 1).await.unwrap();
        bench.store.fail_after(1, failure);
        bench.submit(1, 1).await.unwrap();
        // The driver tries to merge before it looks at this, and fails.
        bench.federation.settle().await.unwrap();
        assert_eq!(bench.federation.version(), 0);
        assert_eq!(bench.received(), Some(2));
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
async fn a_driver_that_stopped_is_noticed() {
    let mut bench = bench().await;
    assert!(bench.federation.is_driven());
    bench.federation.around.stopping.cancel();
    (&mut bench.driver).await.unwrap();
    assert!(matches!(bench.submit(0, 1).await, Err(Error::Stopping)));
    assert!(!bench.federation.is_driven());
}
