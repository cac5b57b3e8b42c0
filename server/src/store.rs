//! What must survive a crash, behind a trait.

mod sqlite;

use std::collections::BTreeSet;

use async_trait::async_trait;
use fedner_protocol::{Digest, FederationId, SiteId, UpdateId};

pub use self::sqlite::SqliteStore;
use crate::credential::CredentialHash;
use crate::optimiser::OptimiserState;
use crate::rounds::Received;
use crate::timestamp::Timestamp;

/// Why something can't be stored or read. Nothing of the refused change was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk, or the store's own limit is reached.
    #[error("the server's storage is full ({0}); free some space or raise store.bytes_max")]
    Full(String),
    /// The file or its folder can't be written.
    #[error("the server's storage is read-only ({0}); check the data folder's permissions and its file system")]
    ReadOnly(String),
    /// Something else about the database.
    #[error("the server's database can't be used: {0}")]
    Database(String),
    /// What is stored is not what this program writes.
    #[error("the server's database is damaged or of another version: {0}")]
    Damaged(String),
}

/// A federation as it is first stored.
#[derive(Debug, Clone)]
pub struct NewFederation {
    /// Its name in URLs.
    pub id: FederationId,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Seed of version 0.
    pub seed: u64,
    /// Version 0.
    pub model: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

/// A federation as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFederation {
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Seed of version 0.
    pub seed: u64,
    /// Newest version.
    pub version: u32,
    /// The next round: how often it was tried, and whether it is open.
    pub round: StoredRound,
    /// Updates acknowledged for the next round.
    pub received: Received,
}

/// Where a federation's next round stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRound {
    /// 1, or more after it failed.
    pub attempt: u32,
    /// When it closes; `None` while it is not open.
    pub deadline: Option<Timestamp>,
    /// Sites that were present when it opened.
    pub present: BTreeSet<SiteId>,
}

/// An enrolled site.
#[derive(Debug, Clone)]
pub struct StoredSite {
    /// The site.
    pub id: SiteId,
    /// Its federation.
    pub federation: FederationId,
    /// Hash of its credential.
    pub credential: CredentialHash,
}

/// What is known of an update without its tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Who sent it.
    pub site: SiteId,
    /// Its round.
    pub round: u32,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// An update to store.
#[derive(Debug, Clone)]
pub struct NewUpdate {
    /// Its federation.
    pub federation: FederationId,
    /// The update.
    pub id: UpdateId,
    /// Who sent it, for which round.
    pub update: StoredUpdate,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

/// A merge's outcome; all of it is stored, or nothing.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The federation.
    pub federation: FederationId,
    /// The new version.
    pub version: u32,
    /// Its model.
    pub model: Vec<u8>,
    /// The updates in it, whose tensors are removed.
    pub updates: Vec<UpdateId>,
    /// The server optimiser's new state.
    pub optimiser: OptimiserState,
    /// Models to keep, the new one among them.
    pub models_kept: u32,
    /// Now.
    pub now: Timestamp,
}

/// A model's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredModel {
    /// The safetensors file.
    pub body: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
}

/// A place where federations, sites, updates and models survive a crash. A method that changes
/// something returns once the change is on the disk.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The federation as it was left, or, the first time, as `new`.
    async fn open_federation(&self, new: &NewFederation) -> Result<StoredFederation, StoreError>;
    /// A federation that is there, as it stands.
    async fn federation(&self, federation: &FederationId) -> Result<StoredFederation, StoreError>;
    /// Notes that the next round opened, or failed.
    async fn set_round(&self, federation: &FederationId, round: &StoredRound) -> Result<(), StoreError>;

    /// Enrols a site, unless the federation has `sites_max` already: then `false`.
    async fn insert_site(&self, site: &StoredSite, now: Timestamp, sites_max: u32) -> Result<bool, StoreError>;
    /// A site.
    async fn site(&self, site: SiteId) -> Result<Option<StoredSite>, StoreError>;

    /// Acknowledges an update.
    async fn insert_update(&self, update: NewUpdate) -> Result<(), StoreError>;
    /// An update of any round, merged or not.
    async fn update(&self, federation: &FederationId, id: UpdateId) -> Result<Option<StoredUpdate>, StoreError>;
    /// The bytes of an update that is not merged yet.
    async fn update_body(&self, federation: &FederationId, id: UpdateId) -> Result<Vec<u8>, StoreError>;

    /// A model; `None` when it is not made yet or not kept any more.
    async fn model(&self, federation: &FederationId, version: u32) -> Result<Option<StoredModel>, StoreError>;
    /// The server optimiser's state.
    async fn optimiser_state(&self, federation: &FederationId) -> Result<OptimiserState, StoreError>;
    /// Stores a merge: model, optimiser state, round and updates in one transaction.
    async fn insert_version(&self, version: NewVersion) -> Result<(), StoreError>;

    /// Whether it can be read and, after a failed change, written again.
    async fn check(&self) -> Result<(), StoreError>;
    /// Closes it; everything acknowledged is on the disk already.
    async fn close(&self);
}
