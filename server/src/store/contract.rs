//! What every database must keep: each test runs on SQLite and, where one is named, on PostgreSQL.

mod audit;
mod federations;
mod invitations;
mod migrations;
mod models;
mod pause;
mod presence;
mod sites;
mod updates;

use std::sync::Arc;

use fedner_protocol::{Digest, FederationId, ModelSpec, SiteId, UpdateId};
use fedner_tests::TestDatabase;
use tempfile::TempDir;

use super::dialect::Dialect;
use super::{
    Acknowledged, Enrolled, NewFederation, NewSite, NewUpdate, Purpose, Revision, Store, StoredRound, StoredUpdate,
};
use crate::config::StoreConfig;
use crate::credential::Credential;
use crate::timestamp::Timestamp;

/// Writes each test down once for both databases.
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* async fn $name:ident($bench:ident) $body:block)*) => {
        $($(#[$doc])* async fn $name($bench: crate::store::contract::Bench) $body)*

        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(crate::store::contract::Bench::sqlite().await).await })*
        }

        mod postgres {
            $(#[tokio::test] async fn $name() {
                if let Some(bench) = crate::store::contract::Bench::postgres().await {
                    super::$name(bench).await;
                }
            })*
        }
    };
}
pub(super) use on_both_databases;

/// The moment of every test.
pub(super) const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// A store of a test's own, with the federation `test` in it.
pub(super) struct Bench {
    pub(super) store: Arc<Store>,
    config: StoreConfig,
    _folder: TempDir,
    database: Option<TestDatabase>,
}

impl Bench {
    pub(super) async fn sqlite() -> Self {
        Self::open(None).await
    }

    pub(super) async fn postgres() -> Option<Self> {
        Some(Self::open(Some(TestDatabase::create().await?)).await)
    }

    async fn open(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.as_ref().map(|database| database.url().parse().unwrap());
        let config = StoreConfig { data_dir: folder.path().to_owned(), database_url: url, ..StoreConfig::default() };
        let store = Store::open(&config, Purpose::Serve).await.unwrap();
        store.open_federation(&new_federation("test")).await.unwrap();
        Self { store, config, _folder: folder, database }
    }

    /// The same database opened once more: by a second server where that is possible, else by a command.
    pub(super) async fn second(&self) -> Arc<Store> {
        let purpose = if self.database.is_some() { Purpose::Serve } else { Purpose::Command };
        Store::open(&self.config, purpose).await.unwrap()
    }

    /// Closed and opened anew.
    pub(super) async fn reopened(&mut self) -> &Arc<Store> {
        self.store.close().await;
        self.store = Store::open(&self.config, Purpose::Serve).await.unwrap();
        &self.store
    }

    /// At which revision the federation `test` is.
    pub(super) async fn revision(&self) -> Revision {
        self.store.federation(&test()).await.unwrap().revision
    }

    /// An enrolled site of the federation `test`.
    pub(super) async fn site(&self) -> SiteId {
        let site = new_site();
        assert_eq!(self.store.enrol(&site, NOW, 1000).await.unwrap(), Enrolled::New);
        site.id
    }

    /// Stores an update of a new site for a round.
    pub(super) async fn send(&self, round: u32, number: u8) -> NewUpdate {
        let update = new_update(self.site().await, round, number);
        let stored = self.store.insert_update(self.revision().await, &update).await.unwrap();
        assert!(matches!(stored, Acknowledged::Stored(_)), "{stored:?}");
        update
    }

    /// Puts other bytes into a row, as a disk that loses bits does.
    pub(super) async fn rot(&self, statement: &'static str, name: String) {
        let rotten = sqlx::query(statement).bind(vec![1_u8, 2, 3]).bind(name);
        assert_eq!(rotten.execute(&self.store.writer).await.unwrap().rows_affected(), 1);
    }
}

pub(super) fn test() -> FederationId {
    "test".parse().unwrap()
}

pub(super) fn new_federation(id: &str) -> NewFederation {
    let manifest = fedner_protocol::Manifest::of(&ModelSpec::small()).digest;
    NewFederation { id: id.parse().unwrap(), manifest, seed: u64::MAX, model: vec![7; 1000], now: NOW }
}

pub(super) fn new_site() -> NewSite {
    let credential = Credential::generate().unwrap();
    let (id, credential) = (credential.site(), credential.hash());
    NewSite { id, federation: test(), credential, public_key: None, invitation: None }
}

pub(super) fn new_update(site: SiteId, round: u32, number: u8) -> NewUpdate {
    let body = vec![number; 2000];
    let update = StoredUpdate { site, round, digest: Digest::of(&body) };
    let (id, base) = (UpdateId::from_random([number; 16]), Digest::of(b"the base"));
    NewUpdate { federation: test(), id, update, base, body, now: NOW }
}

pub(super) fn open_round(attempt: u32) -> StoredRound {
    StoredRound { attempt, deadline: Some(NOW.plus_ms(1000)), present: [SiteId::from_random([1; 16])].into() }
}
