//! The places where the program changes what is stored, each with a name.
//!
//! A test lets the program die at any of them, before and after the commit, and sees that a restart goes on as
//! if nothing had happened. Only the feature `failpoints` compiles that in; without it a name is all there is.

/// Names the write points, and lists them so that a test can visit them all.
macro_rules! write_points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)*) => {
        /// A kind of change of what is stored.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum WritePoint {
            $($(#[$doc])* $point,)*
        }

        impl WritePoint {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$point),*];

            /// Its name in logs and tests.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)*
                }
            }
        }
    };
}

impl WritePoint {
    /// Whether it stores tensors, so that what it is counted as is what it takes.
    pub const fn has_tensors(self) -> bool {
        matches!(self, Self::StoreUpdate | Self::MergeRound | Self::StartFederation | Self::Probe)
    }
}

write_points! {
    /// The tables are brought up to date.
    Migrate = "migrate",
    /// The server notes in the audit log that it started.
    StartServer = "start-server",
    /// A federation and its version 0.
    StartFederation = "start-federation",
    /// A site.
    EnrolSite = "enrol-site",
    /// A site whose enrolment's answer was lost gets another credential.
    RenewCredential = "renew-credential",
    /// When a site was last seen.
    SeeSite = "see-site",
    /// A site's part ends.
    RevokeSite = "revoke-site",
    /// An invitation.
    MakeInvitation = "make-invitation",
    /// An invitation is taken back.
    RevokeInvitation = "revoke-invitation",
    /// The operator's credential.
    MakeOperator = "make-operator",
    /// A round opens.
    OpenRound = "open-round",
    /// A round fails.
    FailRound = "fail-round",
    /// An update is acknowledged.
    StoreUpdate = "store-update",
    /// A round is merged.
    MergeRound = "merge-round",
    /// A damaged row is set aside.
    SetAside = "set-aside",
    /// The operator pauses or resumes a federation.
    PauseFederation = "pause-federation",
    /// The health check looks whether a change goes through.
    Probe = "probe",
    /// A backup of PostgreSQL fills its file; any backup gets its name.
    BackUp = "back-up",
    /// A backup takes the place of what was stored.
    Restore = "restore",
}

/// On which side of the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Everything is written, nothing is committed.
    BeforeCommit,
    /// It is committed, and nobody has been notified.
    AfterCommit,
}

impl Moment {
    /// Both.
    pub const ALL: &[Self] = &[Self::BeforeCommit, Self::AfterCommit];

    /// Its name in tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
        }
    }
}

/// The program comes to a write point.
#[cfg(not(feature = "failpoints"))]
pub(crate) const fn reach(_: WritePoint, _: Moment) {}

#[cfg(feature = "failpoints")]
pub(crate) use self::armed::reach;

#[cfg(feature = "failpoints")]
mod armed {
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::sync::{Mutex, PoisonError};

    use super::{Moment, WritePoint};

    /// `<write point>:<moment>:<n>`: the program dies when it comes there for the n-th time; `*` is any point.
    const DIE_AT: &str = "FEDNER_FAILPOINT";
    /// A file to which each write point is added as the program comes to it.
    const LOG: &str = "FEDNER_FAILPOINT_LOG";

    static VISITS: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

    /// The program comes to a write point, and dies there if that is its last.
    pub(crate) fn reach(point: WritePoint, moment: Moment) {
        let die_at = std::env::var(DIE_AT).unwrap_or_default();
        for name in [point.name(), "*"] {
            let place = format!("{name}:{}", moment.name());
            let mut visits = VISITS.lock().unwrap_or_else(PoisonError::into_inner);
            let visit = visits.entry(place.clone()).or_default();
            *visit += 1;
            let visit = format!("{place}:{visit}");
            if name != "*" {
                note(&visit);
            }
            if visit == die_at {
                die();
            }
        }
    }

    fn note(visit: &str) {
        let Ok(file) = std::env::var(LOG) else {
            return;
        };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&file);
        if let Err(error) = file.and_then(|mut file| writeln!(file, "{visit}")) {
            tracing::error!("{LOG}: {error}");
        }
    }

    /// As by `kill -9`: no destructor runs, nothing is flushed.
    fn die() -> ! {
        let _ = std::process::Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        std::process::abort()
    }
}
