//! Secure aggregation after Bonawitz et al. 2017, "Practical Secure Aggregation for Privacy-Preserving Machine Learning":
//! the server learns the sum of the sites' values and nothing else of them, also when some sites drop out.
//!
//! No input or output, no clock and no generator of its own: a host passes entropy in, stores a [`Member`] before anything
//! that it answers is sent, and signs with the site's identity key. All cryptographic primitives are from maintained crates.
//!
//! One attempt of a round has four steps. **Keys**: each site draws keys for this attempt, signed by its identity key.
//! **Shares**: each site shares two secrets with all others, encrypted between them. **Masked**: each site sends its
//! values plus a mask of its own and one with each peer. **Unmask**: told who has sent, each site gives the shares of the own
//! masks of those who have, and of the pair keys of those who have not; the sum of all masks then falls away.

mod coordinator;
mod keys;
mod mask;
mod member;
mod messages;
mod refusal;
mod ring;
mod sharing;
mod site;

pub use coordinator::{UnmaskError, Unmasked, check_keys, sum_of_masks};
pub use member::{Masked, Member, Pins};
pub use messages::{Attempt, Bytes, KeysMessage, Message, Peer, SharesMessage, Step, UnmaskMessage, View};
pub use refusal::Refusal;
pub use ring::{Ring, SumError};
pub use site::{Action, SiteState};

/// Fewest sites of an attempt.
pub const SITES_MIN: usize = 3;
/// Most sites of an attempt: each pair of them has keys.
pub const SITES_MAX: usize = 64;

/// How many sites must send and answer, of so many that have keys: more than two thirds, so that a server that tells sites
/// different lists of survivors can't gather the shares of both secrets of any honest site while less than a third of the
/// sites work with it.
pub const fn threshold(sites: usize) -> usize {
    let most = 2 * sites / 3 + 1;
    if most > SITES_MIN { most } else { SITES_MIN }
}
