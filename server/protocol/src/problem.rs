//! Refusals, as problem details (RFC 9457) with a stable code.

use serde::{Deserialize, Serialize};

/// Media type of a problem.
pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was refused. The names are stable; a client acts on them, never on a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// The request can't be read: 400.
    BadRequest,
    /// No credential, or one that is not known: 401.
    NotEnrolled,
    /// Known, but not for this federation, or the federation needs an invitation: 403.
    NotAllowed,
    /// The federation takes new sites by invitation only: 403.
    InvitationNeeded,
    /// There is no such invitation to this federation: 403.
    InvitationUnknown,
    /// The invitation was used already: 403.
    InvitationUsed,
    /// The invitation was not used in time: 403.
    InvitationExpired,
    /// The operator has taken the invitation back: 403.
    InvitationRevoked,
    /// The operator has ended this site's part: 403.
    SiteRevoked,
    /// The call is the operator's, and the credential is not: 401.
    NotOperator,
    /// The identity key or its signature is missing or wrong: 422.
    InvalidIdentity,
    /// The request line and the headers are larger than they may be: 431.
    HeadTooLarge,
    /// No such federation, model or path: 404.
    NotFound,
    /// The site or the id already has an update with other content in this round: 409.
    UpdateConflict,
    /// The update was trained from another shared module than the round's: 409. Fetch the newest and train anew.
    BaseChanged,
    /// The round is over: 410; `current_round` says which one is open.
    RoundOver,
    /// The body is larger than any valid one: 413.
    TooLarge,
    /// The update can't be taken: wrong name, shape, digest or header, a value that is not finite, or too large
    /// a norm: 422.
    InvalidUpdate,
    /// The round is not open yet: 425; `current_round` says where the federation stands.
    TooEarly,
    /// Too many streams or requests at once: 429.
    TooMany,
    /// The server failed; trying again is safe: 500.
    Internal,
    /// The server can't store anything now, or is going down; trying again is safe: 503.
    Unavailable,
}

impl ProblemCode {
    /// Its HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotEnrolled | Self::NotOperator => 401,
            Self::NotAllowed
            | Self::InvitationNeeded
            | Self::InvitationUnknown
            | Self::InvitationUsed
            | Self::InvitationExpired
            | Self::InvitationRevoked
            | Self::SiteRevoked => 403,
            Self::NotFound => 404,
            Self::UpdateConflict | Self::BaseChanged => 409,
            Self::RoundOver => 410,
            Self::TooLarge => 413,
            Self::InvalidUpdate | Self::InvalidIdentity => 422,
            Self::TooEarly => 425,
            Self::TooMany => 429,
            Self::HeadTooLarge => 431,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// A short summary, the same for every problem of this code.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request can't be read",
            Self::NotEnrolled => "This site is not enrolled",
            Self::NotAllowed => "This site may not do that",
            Self::InvitationNeeded => "An invitation is needed",
            Self::InvitationUnknown => "This invitation is not known",
            Self::InvitationUsed => "This invitation was used already",
            Self::InvitationExpired => "This invitation has expired",
            Self::InvitationRevoked => "This invitation was taken back",
            Self::SiteRevoked => "This site may not take part any more",
            Self::NotOperator => "This is for the operator only",
            Self::InvalidIdentity => "The identity key is not accepted",
            Self::HeadTooLarge => "The request's headers are too large",
            Self::NotFound => "There is no such thing here",
            Self::UpdateConflict => "Another update is already there",
            Self::BaseChanged => "The update starts from another shared module",
            Self::RoundOver => "The round is over",
            Self::TooLarge => "The body is too large",
            Self::InvalidUpdate => "The update can't be taken",
            Self::TooEarly => "The round is not open yet",
            Self::TooMany => "Too many at once",
            Self::Internal => "The server failed",
            Self::Unavailable => "The server can't take this now",
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::TooEarly | Self::TooMany | Self::Internal | Self::Unavailable)
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:fedner:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code.
    pub code: ProblemCode,
    /// Its short summary.
    pub title: String,
    /// Its HTTP status.
    pub status: u16,
    /// What was wrong here, and what to do.
    pub detail: String,
    /// The round that is open, or the next one, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_round: Option<u32>,
    /// Seconds after which trying again makes sense, as in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem with its own explanation.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let name = serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        Self {
            kind: format!("urn:fedner:problem:{name}"),
            code,
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            current_round: None,
            retry_after_s: None,
        }
    }

    /// Adds where the federation stands.
    pub fn with_current_round(mut self, round: u32) -> Self {
        self.current_round = Some(round);
        self
    }

    /// Adds when to try again.
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_code() {
        let problem = Problem::new(ProblemCode::RoundOver, "round 3 was merged").with_current_round(4);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:fedner:problem:round-over");
        assert_eq!(json["status"], 410);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
