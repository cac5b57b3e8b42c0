//! A site's enrolment in a federation, and where the host keeps it.

use fedner_protocol::{FederationId, SiteId};
use serde::{Deserialize, Serialize};

/// A site's enrolment. It holds the site's credential: it is kept on the device and shown nowhere.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Participation"))]
pub struct Enrolment {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub federation: FederationId,
    /// The site.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub site: SiteId,
    /// Sent with every request.
    pub credential: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment")
            .field("server", &self.server)
            .field("federation", &self.federation)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// Keeps enrolments on the device for the next visit.
pub trait EnrolmentStore {
    /// Keeps an enrolment in place of an earlier one in the same federation.
    fn keep(&mut self, enrolment: &Enrolment);
}
