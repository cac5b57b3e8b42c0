//! Word from other servers that a federation changed. It may be lost; a poll then finds out.

use fedner_protocol::FederationId;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{StoreError, failure};
use crate::config::DatabaseUrl;

/// PostgreSQL's channel; what is told is a federation's id.
const CHANNEL: &str = "fedner";
/// Tells the servers that listen, once the transaction is stored.
pub(super) const NOTIFY: &str = "SELECT pg_notify('fedner', $1)";
/// Notices that a slow driver may be behind; it then looks once instead.
const NOTICES_KEPT: usize = 256;
/// Wait after the connection was lost and could not be made anew.
const RECONNECT: std::time::Duration = std::time::Duration::from_secs(2);

/// Where to hear of changes.
#[derive(Debug)]
pub struct Notices {
    changed: broadcast::Sender<FederationId>,
    closed: CancellationToken,
}

impl Notices {
    /// Nobody tells.
    pub(super) fn none() -> Self {
        Self { changed: broadcast::Sender::new(NOTICES_KEPT), closed: CancellationToken::new() }
    }

    /// What PostgreSQL passes on, over a connection of its own.
    pub(super) async fn of_postgres(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let mut listener = PgListener::connect(url.reveal()).await.map_err(failure)?;
        listener.listen(CHANNEL).await.map_err(failure)?;
        let notices = Self::none();
        let (changed, closed) = (notices.changed.clone(), notices.closed.clone());
        tokio::spawn(async move { closed.run_until_cancelled(pass_on(listener, changed)).await });
        Ok(notices)
    }

    /// What is told from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<FederationId> {
        self.changed.subscribe()
    }

    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.close();
    }
}

async fn pass_on(mut listener: PgListener, changed: broadcast::Sender<FederationId>) {
    loop {
        match listener.recv().await {
            // Nobody listening is no fault.
            Ok(notice) => drop(notice.payload().parse().map(|federation| changed.send(federation))),
            Err(error) => {
                tracing::warn!("notices of the database are late: {error}");
                tokio::time::sleep(RECONNECT).await;
            }
        }
    }
}
