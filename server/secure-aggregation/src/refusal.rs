//! Why a site does not go on, in words for a person.

use fedner_protocol::SiteId;

/// What a site has found wrong in what the server told it. Nothing more of the attempt is answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too few or too many sites.
    #[error("the server lists {0} sites for secure aggregation; it needs 3 to 64")]
    Sites(usize),
    /// The list is not in order, names a site twice or leaves this one out.
    #[error("the server's list of sites is wrong: {0}")]
    Roster(String),
    /// A signature does not fit.
    #[error(
        "the keys of site {0} are not signed by its identity key: the server or somebody between may have invented them"
    )]
    Signature(SiteId),
    /// This site's own keys are not what it has sent.
    #[error("the server lists other keys for this site than it has sent")]
    OwnKeys,
    /// A peer has another identity key than before.
    #[error(
        "site {0} has another identity key than when this site first met it; ask its hospital whether that is so before \
         you go on"
    )]
    Identity(SiteId),
    /// A key that is no key.
    #[error("site {0} has a key that can't be used")]
    Key(SiteId),
    /// Lists differ between two messages of one attempt.
    #[error("the server has changed {0} within one attempt of a round")]
    Changed(&'static str),
    /// The attempt is another one.
    #[error("the server mixes messages of different rounds or attempts")]
    Attempt,
    /// Shares of a peer can't be opened.
    #[error("the shares of site {0} can't be opened: the server may have told it another list of sites")]
    Sealed(SiteId),
    /// Fewer than the threshold.
    #[error("the server names {found} sites where at least {threshold} are needed; a sum of fewer would tell too much")]
    TooFew {
        /// Named.
        found: usize,
        /// Needed.
        threshold: usize,
    },
    /// It was answered for another list already.
    #[error(
        "the server asks a second time in one attempt, with another list of survivors: that would tell both secrets of a site"
    )]
    OtherSurvivors,
    /// The round was answered in an earlier attempt, for another list.
    #[error(
        "the server asks again for round {0}, with another list of sites than it was answered for before: two such sums \
         would tell the update of a single site, so this one does not answer until the list is the same"
    )]
    OtherSum(u32),
    /// Another update was masked with the same masks before.
    #[error("another update was masked in this attempt already; two with the same masks would tell their difference")]
    MaskedBefore,
    /// The steps come in another order.
    #[error("the server asks for a step of secure aggregation out of order")]
    Order,
    /// A fault of this program.
    #[error("secure aggregation: {0}")]
    Internal(String),
}
