//! Why a federation can't be served.

use fedner_protocol::Digest;

use crate::store::StoreError;

/// Why a federation can't be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model specification changed since it started.
    #[error(
        "federation {id}: the configured model ({configured}) is not the one it was started with ({stored}). \
         Sites have trained that one: put the old [federations.model] back, or give the federation a new id"
    )]
    ModelChanged {
        /// The federation.
        id: String,
        /// Digest of the configured manifest.
        configured: Digest,
        /// Digest of the stored one.
        stored: Digest,
    },
    /// The seed changed since it started.
    #[error(
        "federation {id}: the configured seed {configured} is not the one it was started with ({stored}). \
         Put the old one back, or give the federation a new id"
    )]
    SeedChanged {
        /// The federation.
        id: String,
        /// The configured seed.
        configured: u64,
        /// The stored one.
        stored: u64,
    },
    /// Fewer rounds than were merged, while updates of a further one are waiting.
    #[error(
        "federation {id}: rounds is {rounds}, {merged} rounds are merged, and {waiting} updates of the next one were \
         acknowledged and wait for their merge. Set rounds to {} or more, let that round end, and then lower it", merged + 1
    )]
    TooFewRounds {
        /// The federation.
        id: String,
        /// The configured number of rounds.
        rounds: u32,
        /// The newest version.
        merged: u32,
        /// Updates that wait.
        waiting: usize,
    },
    /// The shared module that it is to start from can't be used.
    #[error(
        "federation {id}: initial_model {path}: {reason}. It must be a shared module of the configured \
         [federations.model], as fedner-server model or cargo xtask pretrain writes it"
    )]
    InitialModel {
        /// The federation.
        id: String,
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A fault of this program.
    #[error("{0}")]
    Internal(String),
}
