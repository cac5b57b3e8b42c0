//! This server process as one of several on the same store.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{ReplicaId, Store, StoreError};

/// How often a server says that it is alive.
pub const HEARTBEAT_MS: u64 = 5000;
/// A server that has been silent for so long is forgotten, and what it saw with it: a day.
const FORGET_AFTER_MS: u64 = 24 * 3600 * 1000;

/// Enters this server; returns its name, and what keeps saying until `stopping` that it is alive.
///
/// # Errors
/// When it can't be stored.
pub async fn enter(
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
) -> Result<(ReplicaId, impl Future<Output = ()> + Send + use<>), StoreError> {
    let replica = ReplicaId::generate().map_err(|e| StoreError::Database(format!("random numbers: {e}")))?;
    alive(&store, clock.as_ref(), &replica).await?;
    let own = replica.clone();
    let keep_alive = async move {
        let beat = async {
            loop {
                clock.sleep_until(clock.now().plus_ms(HEARTBEAT_MS)).await;
                if let Err(error) = alive(&store, clock.as_ref(), &own).await {
                    tracing::warn!("other servers can't be told that this one is alive: {error}");
                }
            }
        };
        stopping.run_until_cancelled(beat).await;
    };
    Ok((replica, keep_alive))
}

async fn alive(store: &Store, clock: &dyn Clock, replica: &ReplicaId) -> Result<(), StoreError> {
    let now = clock.now();
    store.replica_alive(replica, now, now.minus_ms(FORGET_AFTER_MS)).await
}
