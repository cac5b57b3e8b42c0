//! What the operator's calls below `/admin` take and answer. Times are milliseconds since the Unix epoch.

use serde::{Deserialize, Serialize};

use crate::{FederationId, InvitationId, SiteId};

/// `POST /admin/invitations`: invites one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    /// To which federation.
    pub federation: FederationId,
    /// Whom, as the operator's lists will name the site: 1 to 100 characters.
    pub name: String,
    /// For how long, in seconds; without it for a week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
}

/// The answer to `POST /admin/invitations`. The link holds the invitation's secret and is shown this once.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeInvitation {
    /// What the server keeps of it.
    pub invitation: InvitationRecord,
    /// The one-time link for the invited site.
    pub link: String,
}

impl std::fmt::Debug for MadeInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeInvitation").field("invitation", &self.invitation).finish_non_exhaustive()
    }
}

/// An invitation, as `GET /admin/invitations` lists it. Its secret is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationRecord {
    /// The invitation.
    pub id: InvitationId,
    /// To which federation.
    pub federation: FederationId,
    /// Whom.
    pub name: String,
    /// When it was made.
    pub made_at_ms: u64,
    /// From when on it is refused.
    pub expires_at_ms: u64,
    /// What has become of it.
    pub state: InvitationState,
}

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum InvitationState {
    /// It can be used.
    Open,
    /// A site enrolled with it.
    Used {
        /// Which.
        site: SiteId,
        /// When.
        at_ms: u64,
    },
    /// Nobody used it in time.
    Expired,
    /// The operator took it back.
    Revoked {
        /// When.
        at_ms: u64,
    },
}

/// A site, as `GET /admin/sites` lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecord {
    /// The site.
    pub id: SiteId,
    /// Its federation.
    pub federation: FederationId,
    /// The name of its invitation; none where it joined an open federation without one.
    pub name: Option<String>,
    /// When it enrolled.
    pub enrolled_at_ms: u64,
    /// When it last asked for something, within a minute.
    pub seen_at_ms: Option<u64>,
    /// When the operator ended its part.
    pub revoked_at_ms: Option<u64>,
    /// Its public identity key (see [`crate::Identity`]).
    pub public_key: Option<String>,
}
