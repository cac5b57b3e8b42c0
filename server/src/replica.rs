//! This server process as one of several on the same store.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{REPLICA_TIMEOUT_MS, ReplicaId, Store, StoreError};
use crate::store_clock::StoreClock;

/// How often a server says that it is alive.
const HEARTBEAT_MS: u64 = REPLICA_TIMEOUT_MS / 3;
/// A server that has been silent for so long is forgotten, and what it saw with it: a day.
const FORGET_AFTER_MS: u64 = 24 * 3600 * 1000;

/// Says that this server is alive.
pub struct Heart {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    store_clock: Option<Arc<StoreClock>>,
    replica: ReplicaId,
}

impl Heart {
    /// Enters this server among those on the store.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn start(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        store_clock: Option<Arc<StoreClock>>,
    ) -> Result<Self, StoreError> {
        let replica = ReplicaId::generate().map_err(|e| StoreError::Database(format!("random numbers: {e}")))?;
        let heart = Self { store, clock, store_clock, replica };
        heart.say_alive().await?;
        Ok(heart)
    }

    /// The server's name.
    pub fn replica(&self) -> &ReplicaId {
        &self.replica
    }

    /// Beats until `stopping`.
    pub async fn run(self, stopping: CancellationToken) {
        let beats = async {
            loop {
                self.clock.sleep_until(self.clock.steady().plus_ms(HEARTBEAT_MS)).await;
                self.beat().await;
            }
        };
        stopping.run_until_cancelled(beats).await;
        if let Err(error) = self.store.replica_stopped(&self.replica).await {
            tracing::warn!("other servers can't be notified that this one has stopped: {error}");
        }
    }

    /// One beat: the time is compared, and the other servers are notified.
    pub async fn beat(&self) {
        if let Some(clock) = &self.store_clock
            && let Err(error) = clock.compare().await
        {
            tracing::warn!("the database can't be asked for its time: {error}");
        }
        if let Err(error) = self.say_alive().await {
            tracing::warn!("other servers can't be notified that this one is alive: {error}");
        }
    }

    async fn say_alive(&self) -> Result<(), StoreError> {
        let now = self.clock.steady();
        // Those from the future were stored before a clock was set back; they would count as alive until then.
        let kept = now.minus_ms(FORGET_AFTER_MS)..now.plus_ms(REPLICA_TIMEOUT_MS);
        self.store.replica_alive(&self.replica, now, kept).await
    }
}
