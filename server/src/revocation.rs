//! Ends the event streams of sites whose part was ended by another process, such as a command.

use std::collections::BTreeMap;
use std::sync::Arc;

use fedner_protocol::FederationId;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::federation::Federation;
use crate::store::{Store, StoreError};
use crate::timestamp::Timestamp;

/// How often it is looked whether a site's part was ended. Its requests are refused at once in any case.
pub const LOOK_EVERY_MS: u64 = 5000;
/// How far the clocks of the machines that use one store may be apart.
const CLOCKS_APART_MAX_MS: u64 = 3_600_000;

/// Looks until the server stops.
pub async fn watch(
    store: Arc<Store>,
    federations: BTreeMap<FederationId, Arc<Federation>>,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
) {
    loop {
        let next = clock.steady().plus_ms(LOOK_EVERY_MS);
        if stopping.run_until_cancelled(clock.sleep_until(next)).await.is_none() {
            return;
        }
        if let Err(error) = look(&store, &federations, clock.now()).await
            && !stopping.is_cancelled()
        {
            tracing::warn!("ended sites are looked for again in a moment: {error}");
        }
    }
}

async fn look(
    store: &Store,
    federations: &BTreeMap<FederationId, Arc<Federation>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let since = Timestamp::from_ms(now.ms().saturating_sub(CLOCKS_APART_MAX_MS));
    for (federation, site) in store.revoked_since(since).await? {
        let Some(federation) = federations.get(&federation).filter(|federation| federation.holds(site)) else {
            continue;
        };
        tracing::info!(federation = %federation.config().id, %site, "the streams of an ended site end");
        // A federation that is stopping ends its streams itself.
        let _ = federation.leave(site).await;
    }
    Ok(())
}
