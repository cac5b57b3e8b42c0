//! What can happen.

use proptest::prelude::*;

/// Sites of a federation.
pub(super) const SITES: usize = 4;
/// Tabs that a site may have open at once, with one enrolment.
pub(super) const TABS: usize = 2;

/// A tab of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TabId {
    pub(super) site: usize,
    pub(super) tab: usize,
}

impl TabId {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..SITES).flat_map(|site| (0..TABS).map(move |tab| Self { site, tab }))
    }
}

/// What becomes of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Both arrive.
    Arrives,
    /// The request is lost.
    RequestLost,
    /// The answer is lost.
    AnswerLost,
    /// The request arrives twice at once.
    Duplicated,
    /// The request arrives later, when nobody waits for its answer any more.
    Delayed,
}

/// When the server fails, among the changes that it stores from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FailurePoint {
    /// Changes that go well before.
    pub(super) good: u32,
    /// Whether the change itself is stored.
    pub(super) stored: bool,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// A tab opens its event stream; the site is present.
    Join(TabId),
    /// A tab is closed: what it had not sent is lost.
    Close(TabId),
    /// A site leaves politely, with all its tabs.
    Leave(usize),
    /// A tab joins if need be, hears what is new, fetches the newest model and trains, as far as there is something
    /// to do.
    Train(TabId),
    /// A tab trains if need be, and sends its update.
    Send(TabId, Fate),
    /// A request that was delayed arrives.
    Arrive(usize),
    /// Time passes.
    PassMs(u64),
    /// A week passes, and all tabs were closed.
    PassWeek,
    /// The server crashes now.
    Crash,
    /// The server crashes at a change.
    CrashAt(FailurePoint),
    /// The store reports a change as failed.
    StoreFailsAt(FailurePoint),
    /// The operator pauses or resumes the federation: through the server, or on the store behind its back.
    SetPaused { paused: bool, told: bool },
}

/// Lists of up to so many operations.
pub(super) fn operations(count_max: usize) -> impl Strategy<Value = Vec<Operation>> {
    let tab = || (0..SITES, prop_oneof![4 => Just(0), 1 => 0..TABS]).prop_map(|(site, tab)| TabId { site, tab });
    let fate = prop_oneof![
        6 => Just(Fate::Arrives),
        1 => Just(Fate::RequestLost),
        2 => Just(Fate::AnswerLost),
        1 => Just(Fate::Duplicated),
        1 => Just(Fate::Delayed),
    ];
    let point = || (0..4_u32, any::<bool>()).prop_map(|(good, stored)| FailurePoint { good, stored });
    let one = prop_oneof![
        3 => tab().prop_map(Operation::Join),
        1 => tab().prop_map(Operation::Close),
        1 => (0..SITES).prop_map(Operation::Leave),
        3 => tab().prop_map(Operation::Train),
        14 => (tab(), fate).prop_map(|(tab, fate)| Operation::Send(tab, fate)),
        2 => (0..8_usize).prop_map(Operation::Arrive),
        3 => (0..15_000_u64).prop_map(Operation::PassMs),
        1 => Just(Operation::PassWeek),
        1 => Just(Operation::Crash),
        2 => point().prop_map(Operation::CrashAt),
        1 => point().prop_map(Operation::StoreFailsAt),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(paused, told)| Operation::SetPaused { paused, told }),
    ];
    prop::collection::vec(one, 1..count_max)
}
