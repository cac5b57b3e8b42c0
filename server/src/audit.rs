//! The audit log: who did what, and when. It only grows, and each row is bound to all before it by a hash.
//!
//! An event names things by id and digest only. No type here can carry a credential, an invitation's secret
//! or a text that a person wrote, so none can get into the log.

mod chain;

use std::collections::BTreeMap;
use std::fmt;

use fedner_protocol::{Digest, FederationId, InvitationId, SiteId, UpdateId};
use serde::Serialize;
use serde_json::{Value, json};

pub use self::chain::{AuditHead, AuditRow, ChainError, ChainHash, Verified, Verifier};
use crate::timestamp::Timestamp;

/// What is kept in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "detail", rename_all = "kebab-case")]
pub enum AuditEvent {
    /// The server began to serve.
    ServerStarted {
        /// Version of the program.
        program: &'static str,
        /// Digest of the configuration without the database's address.
        configuration: Digest,
    },
    /// A federation was served for the first time.
    FederationStarted {
        /// Digest of its manifest.
        manifest: Digest,
        /// Digest of version 0.
        model: Digest,
    },
    /// A site enrolled.
    SiteEnrolled {
        /// The site.
        site: SiteId,
    },
    /// A site's part was ended.
    SiteRevoked {
        /// The site.
        site: SiteId,
    },
    /// Updates of a site whose part was ended were removed before they were merged.
    UpdatesDiscarded {
        /// The site.
        site: SiteId,
        /// Its updates.
        updates: Vec<UpdateId>,
    },
    /// An invitation was made.
    InvitationMade {
        /// The invitation.
        invitation: InvitationId,
        /// From when on it is refused, in milliseconds since the Unix epoch.
        expires_at_ms: u64,
    },
    /// An invitation was taken back.
    InvitationRevoked {
        /// The invitation.
        invitation: InvitationId,
    },
    /// The operator's credential was made, or replaced.
    OperatorCredentialMade,
    /// A round opened.
    RoundOpened {
        /// The round.
        round: u32,
        /// 1, or more after it failed.
        attempt: u32,
    },
    /// A round's deadline passed below the quorum.
    RoundFailed {
        /// The round.
        round: u32,
        /// The attempt that failed.
        attempt: u32,
    },
    /// A round was merged.
    RoundMerged {
        /// The round, and the version that it made.
        round: u32,
        /// Digest of that version.
        model: Digest,
        /// The updates in it.
        updates: Vec<UpdateId>,
    },
    /// A row was found that no longer holds what was written into it.
    RowDamaged {
        /// What it is: `update`, `model` or `optimiser-state`.
        #[serde(rename = "row")]
        kind: &'static str,
        /// The update's id or the model's version.
        name: String,
    },
    /// The federation was paused.
    FederationPaused,
    /// The federation was resumed.
    FederationResumed,
    /// The store was filled from a backup.
    StoreRestored {
        /// Rows of the audit log in the backup.
        rows: u64,
        /// Hash of the last of them.
        head: ChainHash,
        /// Where the audit log of the store ended whose place the backup took.
        replaced: Option<AuditHead>,
    },
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The server by itself.
    Server,
    /// Whoever may run the program on the server's machine.
    CommandLine,
    /// Whoever has the operator credential.
    Operator,
    /// A site.
    Site(SiteId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::CommandLine => f.write_str("command line"),
            Self::Operator => f.write_str("operator"),
            Self::Site(site) => write!(f, "site {site}"),
        }
    }
}

/// An event with all that the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Where; `None` when it is about the whole server.
    pub federation: Option<FederationId>,
    /// What.
    pub event: AuditEvent,
}

impl AuditEntry {
    /// The row that follows `head`.
    ///
    /// # Panics
    /// Never: an event is ids, digests and numbers, which have a JSON form.
    pub fn row_after(&self, head: &AuditHead) -> AuditRow {
        // By name, so that the text does not depend on how another crate has set up serde_json.
        let event: BTreeMap<String, Value> = serde_json::to_value(&self.event)
            .and_then(serde_json::from_value)
            .unwrap_or_else(|e| unreachable!("an event as JSON: {e}"));
        let detail: BTreeMap<&String, &Value> =
            event.get("detail").and_then(Value::as_object).into_iter().flatten().collect();
        let mut row = AuditRow {
            number: head.rows + 1,
            at: self.at,
            actor: self.actor.to_string(),
            federation: self.federation.as_ref().map(ToString::to_string),
            kind: event.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
            detail: json!(detail).to_string(),
            hash: ChainHash::START,
        };
        row.hash = row.hash_after(&head.hash);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_a_row_that_follows_the_head() {
        let site = SiteId::from_random([7; 16]);
        let entry = AuditEntry {
            at: Timestamp::from_ms(1_700_000_000_000),
            actor: Actor::Site(site),
            federation: "demo".parse().ok(),
            event: AuditEvent::SiteEnrolled { site },
        };
        let first = entry.row_after(&AuditHead::START);
        assert_eq!(
            (first.number, first.kind.as_str(), first.federation.as_deref()),
            (1, "site-enrolled", Some("demo"))
        );
        assert_eq!(first.actor, format!("site {site}"));
        assert_eq!(first.detail, format!("{{\"site\":\"{site}\"}}"));
        let second = entry.row_after(&first.head());
        assert_eq!(second.number, 2);
        assert_ne!(second.hash, first.hash);
        let mut verifier = Verifier::new(None);
        verifier.push(&first).unwrap();
        verifier.push(&second).unwrap();
        assert_eq!(verifier.finish(&second.head()).unwrap().rows, 2);
    }
}
