//! Word from other servers that a federation changed. It may be lost; a poll then finds out.

use std::fmt;
use std::time::Duration;

use fedner_protocol::FederationId;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{StoreError, failure};
use crate::config::DatabaseUrl;

/// PostgreSQL's channel.
const CHANNEL: &str = "fedner";
/// Notifies the servers that listen, once the transaction is stored.
pub(super) const NOTIFY: &str = "SELECT pg_notify('fedner', $1)";
/// Notices that a slow listener may be behind; it then looks once instead.
const NOTICES_KEPT: usize = 256;
/// Wait after the connection was lost and could not be made anew.
const RECONNECT: Duration = Duration::from_secs(2);

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A federation's round, version, updates or settings.
    Federation(FederationId),
    /// Who is present in it.
    Presence(FederationId),
}

/// Where to hear of changes.
#[derive(Debug)]
pub struct Notices {
    changed: broadcast::Sender<Notice>,
    closed: CancellationToken,
}

impl Notices {
    /// There are no notices.
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

    /// The notices from now on, this server's own changes among it.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
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

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Federation(id) => write!(f, "federation {id}"),
            Self::Presence(id) => write!(f, "presence {id}"),
        }
    }
}

impl Notice {
    /// Reads what [`Display`](fmt::Display) writes; `None` for what another program or version may send.
    fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(' ')?;
        let kind = match kind {
            "federation" => Self::Federation,
            "presence" => Self::Presence,
            _ => return None,
        };
        id.parse().ok().map(kind)
    }
}

async fn pass_on(mut listener: PgListener, changed: broadcast::Sender<Notice>) {
    loop {
        match listener.recv().await {
            // Nobody listening is no fault.
            Ok(notification) => drop(Notice::parse(notification.payload()).map(|notice| changed.send(notice))),
            Err(error) => {
                tracing::warn!("notices of the database are late: {error}");
                tokio::time::sleep(RECONNECT).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let id: FederationId = "a-1".parse().unwrap();
        for notice in [Notice::Federation(id.clone()), Notice::Presence(id)] {
            assert_eq!(Notice::parse(&notice.to_string()), Some(notice));
        }
        for other in ["", "federation", "federation No Id", "site a"] {
            assert_eq!(Notice::parse(other), None, "{other}");
        }
    }
}
