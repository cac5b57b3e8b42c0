//! What can happen.

use proptest::prelude::*;

/// Sites of a federation.
pub(super) const SITES: usize = 4;
/// Servers on one store, where there are several.
pub(super) const REPLICAS: usize = 2;
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
pub(super) enum Delivery {
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
    /// A tab opens its event stream at a server; the site is present.
    Join(TabId, usize),
    /// A tab is closed: what it had not sent is lost.
    Close(TabId),
    /// A site leaves politely, with all its tabs.
    Leave(usize),
    /// A tab joins if need be, hears what is new, fetches the newest model and trains, as far as there is something
    /// to do.
    Train(TabId),
    /// A tab trains if need be, and sends its update to a server.
    Send(TabId, Delivery, usize),
    /// A request that was delayed arrives at a server.
    Arrive(usize, usize),
    /// All servers hear what the others did.
    Follow,
    /// Time passes.
    PassMs(u64),
    /// A week passes, and all tabs were closed.
    PassWeek,
    /// Somebody sets the clock of a server's machine.
    SetClock(usize, i64),
    /// Somebody sets the clock of the database.
    SetStoreClock(i64),
    /// A server crashes now.
    Crash(usize),
    /// A server crashes at a change.
    CrashAt(usize, FailurePoint),
    /// The store reports a change of a server as failed.
    StoreFailsAt(usize, FailurePoint),
    /// A stored update loses bits: the one with the smallest id, or with the largest.
    Rot { smallest: bool },
    /// The state of the server optimiser loses bits.
    RotOptimiserState,
    /// The operator ends a site's part and may discard what it has sent; one server is notified at once, others later.
    Revoke { site: usize, discard: bool },
    /// Where a site's part was ended, another site enrols.
    Enrol(usize),
    /// A backup is made.
    BackUp,
    /// All servers stop, the backup takes the place of the store, and they start again.
    Restore,
    /// The operator pauses or resumes the federation: through the server, or on the store behind its back.
    SetPaused { paused: bool, notified: bool },
}

/// Lists of up to so many operations.
pub(super) fn operations(count_max: usize) -> impl Strategy<Value = Vec<Operation>> {
    let tab = || (0..SITES, prop_oneof![4 => Just(0), 1 => 0..TABS]).prop_map(|(site, tab)| TabId { site, tab });
    let delivery = prop_oneof![
        6 => Just(Delivery::Arrives),
        1 => Just(Delivery::RequestLost),
        2 => Just(Delivery::AnswerLost),
        1 => Just(Delivery::Duplicated),
        1 => Just(Delivery::Delayed),
    ];
    let point = || (0..4_u32, any::<bool>()).prop_map(|(good, stored)| FailurePoint { good, stored });
    let replica = || 0..REPLICAS;
    let ms = || prop_oneof![Just(40_000), Just(-40_000), Just(3_600_000), Just(-7_200_000), -3000..3000_i64];
    let one = prop_oneof![
        3 => (tab(), replica()).prop_map(|(tab, at)| Operation::Join(tab, at)),
        1 => tab().prop_map(Operation::Close),
        1 => (0..SITES).prop_map(Operation::Leave),
        3 => tab().prop_map(Operation::Train),
        14 => (tab(), delivery, replica()).prop_map(|(tab, delivery, at)| Operation::Send(tab, delivery, at)),
        2 => (0..8_usize, replica()).prop_map(|(number, at)| Operation::Arrive(number, at)),
        4 => Just(Operation::Follow),
        3 => (0..15_000_u64).prop_map(Operation::PassMs),
        1 => Just(Operation::PassWeek),
        1 => (replica(), ms()).prop_map(|(at, ms)| Operation::SetClock(at, ms)),
        1 => ms().prop_map(Operation::SetStoreClock),
        1 => replica().prop_map(Operation::Crash),
        2 => (replica(), point()).prop_map(|(at, point)| Operation::CrashAt(at, point)),
        1 => (replica(), point()).prop_map(|(at, point)| Operation::StoreFailsAt(at, point)),
        1 => any::<bool>().prop_map(|smallest| Operation::Rot { smallest }),
        1 => Just(Operation::RotOptimiserState),
        1 => (0..SITES, any::<bool>()).prop_map(|(site, discard)| Operation::Revoke { site, discard }),
        2 => (0..SITES).prop_map(Operation::Enrol),
        1 => Just(Operation::BackUp),
        1 => Just(Operation::Restore),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(paused, notified)| Operation::SetPaused { paused, notified }),
    ];
    prop::collection::vec(one, 1..count_max)
}
