//! Every refusal of a request, and what the client learns of it.

use std::io::ErrorKind;

use fedner_protocol::{CodecError, Digest, FederationId, InvitationId, Problem, ProblemCode, SiteId, UpdateId};

use crate::aggregate::AggregateError;
use crate::limits::TooFast;
use crate::rounds::Refusal;
use crate::store::{InvitationRefusal, StoreError};

/// Seconds after which a client may try again when the server can't take a request now.
const RETRY_AFTER_S: u64 = 5;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request can't be read.
    #[error("{0}")]
    BadRequest(String),
    /// No credential, or not one of ours. Which of the two is not said.
    #[error(
        "the header \"Authorization: Bearer <credential>\" is missing or its credential is not known here; enrol first"
    )]
    NotEnrolled,
    /// The site belongs to another federation.
    #[error("this site is enrolled in another federation than {0}")]
    OtherFederation(FederationId),
    /// The federation does not take new sites by link.
    #[error("federation {0} is not open for joining by link; ask its operator")]
    NotOpen(FederationId),
    /// The federation has all the sites it may have.
    #[error("federation {federation} has {sites_max} sites already; its operator can raise sites_max")]
    SitesFull {
        /// The federation.
        federation: FederationId,
        /// The limit.
        sites_max: u32,
    },
    /// The federation takes new sites by invitation only.
    #[error(
        "federation {0} takes new sites by invitation only; ask its operator for an invitation link and open it in \
         this browser"
    )]
    InvitationNeeded(FederationId),
    /// The invitation can't be used.
    #[error("{}", invitation_text(*.0))]
    Invitation(InvitationRefusal),
    /// Another site of the federation has this identity key.
    #[error("a site has enrolled with this identity key before; join anew, which makes a new key")]
    KeyTaken,
    /// The identity key is missing or not proven.
    #[error("{0}")]
    InvalidIdentity(String),
    /// The site was enrolled, and the operator has ended that.
    #[error(
        "the operator of this federation has ended this site's part in it; what was learned so far is kept. Ask the \
         operator if that should not be so"
    )]
    SiteRevoked,
    /// Not the operator's credential.
    #[error(
        "the header \"Authorization: Bearer <operator credential>\" is missing or wrong; fedner-server operator new \
         makes a new credential"
    )]
    NotOperator,
    /// No such invitation in the operator's lists, or none that can be taken back.
    #[error("there is no open invitation {0} here")]
    NoInvitation(InvitationId),
    /// No such site in the operator's lists.
    #[error("there is no site {0} here, or its part was ended before and there is nothing of it to discard")]
    NoSite(SiteId),
    /// No such federation.
    #[error("there is no federation {0} here")]
    NoFederation(FederationId),
    /// No such model.
    #[error("version {version} is not made yet, or no site needs it any more; the newest is {newest}")]
    NoModel {
        /// The version asked for.
        version: u32,
        /// The newest.
        newest: u32,
    },
    /// No such path.
    #[error("there is nothing at this path, or not by this method")]
    NoPath,
    /// The id was used with other content, or for another round.
    #[error("update {0} is already here with other content, for another round or from another site; use a new id")]
    UpdateChanged(UpdateId),
    /// The update does not fit its round.
    #[error("{}", refusal_text(.0))]
    Round(Refusal),
    /// There is no open attempt with secure aggregation in this round.
    #[error("federation {0} has no attempt of this round open that takes messages of secure aggregation")]
    NoAttempt(FederationId),
    /// A site's message of secure aggregation is there with other content.
    #[error("this site has sent another message in this step of secure aggregation before")]
    MessageChanged,
    /// The body is too large.
    #[error("the body has more than the {0} bytes that a valid one can have")]
    TooLarge(usize),
    /// The body came too slowly.
    #[error("the body of the request came too slowly, or not to its end; try again")]
    BodyTooSlow,
    /// The site sends another update, or this one again.
    #[error("this site has begun to send an update again; this request was ended for it")]
    UploadReplaced,
    /// An update's temporary file can't be written or read.
    #[error("the data folder can't hold an update that arrives: {0}")]
    Scratch(std::io::Error),
    /// The tensors don't fit.
    #[error("{0}")]
    InvalidUpdate(#[from] CodecError),
    /// The update's header does not fit its path.
    #[error("the update's header says {field} {found}, it should be {expected}")]
    InvalidHeader {
        /// Which field.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// The update was trained from something else than the round's base.
    #[error(
        "the update was trained from another shared module than version {version} as it is here: fetch it again and \
         train from it"
    )]
    BaseChanged {
        /// The round's base.
        version: u32,
    },
    /// The model asked for by its digest is another one.
    #[error("version {version} has another digest than the one asked for: {digest}")]
    OtherModel {
        /// The version asked for.
        version: u32,
        /// Its digest.
        digest: Digest,
    },
    /// The update is so large that it would spoil the model.
    #[error(
        "the update has a Euclidean norm of {norm:.3e}, this federation takes at most {norm_max} (bounds.norm_max): \
         training went wrong, or its learning rate is too high"
    )]
    NormTooLarge {
        /// The update's.
        norm: f64,
        /// The largest allowed.
        norm_max: f32,
    },
    /// Too many event streams of one site.
    #[error("this site has {0} event streams open already; close one first")]
    TooManyStreams(usize),
    /// Too many event streams of one address, or of all.
    #[error("too many event streams are open from this address, or in all; close one, or try again later")]
    TooManyStreamsHere,
    /// Too many requests, or wrong ones.
    #[error("too many requests from this site or address; try again in {} s", .0.retry_after_s)]
    TooFast(TooFast),
    /// The request's head is too large.
    #[error("the request line and headers have more than {0} bytes, or there are too many header lines")]
    HeadTooLarge(usize),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A merge failed.
    #[error("{0}")]
    Aggregate(#[from] AggregateError),
    /// Other servers changed the federation each time before this request could.
    #[error("the federation is busy; nothing of this request was stored. Try again in a moment")]
    Overtaken,
    /// This server and the database don't agree on the time.
    #[error(
        "this server's clock is {ahead_ms} ms ahead of the database's: it decides nothing about rounds until they agree; \
         servers whose clocks are right go on"
    )]
    ClockApart {
        /// Negative when it is behind.
        ahead_ms: i64,
    },
    /// The server is going down.
    #[error("the server is stopping; try again in a moment")]
    Stopping,
    /// Another page asks for a change.
    #[error(
        "this request comes from a page of another server (headers Origin and Sec-Fetch-Site); open this server's own page. \
         Where a proxy stands in front, its operator sets listen.public_url to the address that browsers use"
    )]
    OtherPage,
    /// The server is called by a name that it does not know.
    #[error(
        "this server does not go by the name {0:?} (header Host); its operator sets listen.public_url to the address that \
         browsers use"
    )]
    OtherName(String),
    /// The body does not say that it is JSON.
    #[error("the body must be JSON and say so: Content-Type: application/json")]
    NotJson,
    /// The request took too long.
    #[error("the request took longer than {0} seconds; try again")]
    TooSlow(u64),
    /// A fault of the server.
    #[error("{0}")]
    Internal(String),
}

/// What a client gets to read where there is no room for what it sends.
const STORAGE_FULL: &str = "the server's storage is full; nothing of this request was stored. \
    Try again later; the operator has to free some space";

/// Whether a scratch file was refused for want of space.
fn no_room(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn refusal_text(refusal: &Refusal) -> String {
    match refusal {
        Refusal::RoundOver { current } => format!("this round is over; take the newest model and go on with {current}"),
        Refusal::TooEarly { current } => format!("this round is not open yet, the federation is at round {current}"),
        Refusal::WrongStep { current } => {
            format!(
                "this attempt of round {current} does not take that now, or not from this site; the next attempt will"
            )
        }
        Refusal::SiteHasSent { update } => format!("this site has already sent update {update} in this round"),
    }
}

fn invitation_text(refusal: InvitationRefusal) -> &'static str {
    match refusal {
        InvitationRefusal::Unknown => {
            "there is no such invitation to this federation. Open the whole link as you were sent it, or ask whoever \
             invited you for a new one"
        }
        InvitationRefusal::Used => {
            "a browser has enrolled with this invitation before; each works once. If that was this browser, go on in \
             the workspace where you joined; if not, tell whoever invited you and ask for a new one"
        }
        InvitationRefusal::Expired => {
            "this invitation was not used in time and works no more. Ask whoever invited you for a new one"
        }
        InvitationRefusal::Revoked => {
            "the operator has taken this invitation back. Ask whoever invited you if that should not be so"
        }
    }
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::BadRequest(_) | Self::NotJson => ProblemCode::BadRequest,
            Self::NotEnrolled => ProblemCode::NotEnrolled,
            Self::OtherFederation(_)
            | Self::NotOpen(_)
            | Self::SitesFull { .. }
            | Self::KeyTaken
            | Self::OtherPage
            | Self::OtherName(_) => ProblemCode::NotAllowed,
            Self::InvitationNeeded(_) => ProblemCode::InvitationNeeded,
            Self::Invitation(InvitationRefusal::Unknown) => ProblemCode::InvitationUnknown,
            Self::Invitation(InvitationRefusal::Used) => ProblemCode::InvitationUsed,
            Self::Invitation(InvitationRefusal::Expired) => ProblemCode::InvitationExpired,
            Self::Invitation(InvitationRefusal::Revoked) => ProblemCode::InvitationRevoked,
            Self::InvalidIdentity(_) => ProblemCode::InvalidIdentity,
            Self::SiteRevoked => ProblemCode::SiteRevoked,
            Self::NotOperator => ProblemCode::NotOperator,
            Self::NoFederation(_)
            | Self::NoModel { .. }
            | Self::OtherModel { .. }
            | Self::NoPath
            | Self::NoInvitation(_)
            | Self::NoSite(_) => ProblemCode::NotFound,
            Self::UpdateChanged(_) | Self::MessageChanged | Self::Round(Refusal::SiteHasSent { .. }) => {
                ProblemCode::UpdateConflict
            }
            Self::BaseChanged { .. } => ProblemCode::BaseChanged,
            Self::Round(Refusal::RoundOver { .. } | Refusal::WrongStep { .. }) | Self::NoAttempt(_) => {
                ProblemCode::RoundOver
            }
            Self::Round(Refusal::TooEarly { .. }) => ProblemCode::TooEarly,
            Self::TooLarge(_) => ProblemCode::TooLarge,
            Self::InvalidUpdate(_) | Self::InvalidHeader { .. } | Self::NormTooLarge { .. } => {
                ProblemCode::InvalidUpdate
            }
            Self::TooManyStreams(_) | Self::TooManyStreamsHere | Self::TooFast(_) | Self::UploadReplaced => {
                ProblemCode::TooMany
            }
            Self::HeadTooLarge(_) => ProblemCode::HeadTooLarge,
            Self::Store(_)
            | Self::Scratch(_)
            | Self::Aggregate(_)
            | Self::Overtaken
            | Self::ClockApart { .. }
            | Self::Stopping
            | Self::TooSlow(_)
            | Self::BodyTooSlow => ProblemCode::Unavailable,
            Self::Internal(_) => ProblemCode::Internal,
        }
    }

    /// Whether what arrives found no room on the disk.
    pub(crate) fn is_for_want_of_room(&self) -> bool {
        matches!(self, Self::Scratch(error) if no_room(error))
    }

    /// What the client gets to read. How the server's own parts failed is for the operator's log only.
    pub fn problem(&self) -> Problem {
        let detail = match self {
            Self::Aggregate(AggregateError::Scratch(error)) if no_room(error) => "there is no room for the server's \
                merges. Nothing is lost; the operator has to free some space"
                .to_owned(),
            Self::Aggregate(_) => "the server can't merge the round. Nothing is lost; the operator finds the cause in \
                the server's log"
                .to_owned(),
            Self::Store(StoreError::DamagedRow(row)) => format!(
                "the server's storage can't be used as it is: {} of federation {} is damaged. The operator has to restore \
                 a backup",
                row.part, row.federation
            ),
            Self::Store(StoreError::Full(_)) => STORAGE_FULL.to_owned(),
            Self::Scratch(error) if no_room(error) => STORAGE_FULL.to_owned(),
            Self::Store(StoreError::ReadOnly(_)) => "the server's storage can't be written; nothing of this request \
                was stored. Try again later; the operator has to look after it"
                .to_owned(),
            Self::Store(_) | Self::Scratch(_) => {
                "the server's storage can't be used now; nothing of this request was stored. Try again \
                later; the operator finds the cause in the server's log"
                    .to_owned()
            }
            Self::Internal(_) => "the operator finds the cause in the server's log".to_owned(),
            other => other.to_string(),
        };
        let problem = Problem::new(self.code(), detail);
        match self {
            Self::Round(
                Refusal::RoundOver { current } | Refusal::TooEarly { current } | Refusal::WrongStep { current },
            ) => problem.with_current_round(*current),
            Self::TooFast(TooFast { retry_after_s }) => problem.with_retry_after(*retry_after_s),
            _ if matches!(problem.code, ProblemCode::Unavailable | ProblemCode::TooMany) => {
                problem.with_retry_after(RETRY_AFTER_S)
            }
            _ => problem,
        }
    }

    /// Whether a credential or an invitation was wrong, so that somebody may be guessing.
    pub fn is_wrong_secret(&self) -> bool {
        matches!(self, Self::NotEnrolled | Self::NotOperator | Self::Invitation(_) | Self::InvalidIdentity(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_details_stay_in_the_log() {
        let error = Error::Store(StoreError::Full("/var/lib/x: database or disk is full".into()));
        assert_eq!(error.problem().status, 503);
        assert!(!error.problem().detail.contains("/var/lib"));
        assert!(error.to_string().contains("/var/lib"));
        let problem = Error::Round(Refusal::RoundOver { current: 4 }).problem();
        assert_eq!((problem.status, problem.current_round), (410, Some(4)));
    }
}
