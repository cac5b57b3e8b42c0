use fedner_protocol::LocalSteps;
use proptest::prelude::*;

use super::*;

const POLICY: RoundPolicy =
    RoundPolicy { min_sites: 3, quorum: 2, deadline_s: 10, rounds: 4, local_steps: LocalSteps::Fixed(1) };
const START: Timestamp = Timestamp::from_ms(1_000_000);
const SITES: u8 = 5;

fn site(i: u8) -> SiteId {
    SiteId::from_random([i; 16])
}

fn update(i: u8) -> UpdateId {
    UpdateId::from_random([i; 16])
}

fn sites(list: &[u8]) -> BTreeSet<SiteId> {
    list.iter().map(|i| site(*i)).collect()
}

fn opened(list: &[u8]) -> Round {
    match Round::after(0, &POLICY).step(&sites(list), START, &POLICY) {
        Step::Open(open) => Round::Open(open),
        step => panic!("{step:?}"),
    }
}

#[test]
fn a_round_opens_with_enough_sites() {
    let waiting = Round::after(0, &POLICY);
    assert_eq!(waiting.clone().step(&sites(&[1, 2]), START, &POLICY), Step::Stay(waiting.clone()));
    assert_eq!(waiting.accept(1, update(1), site(1)), Err(Refusal::TooEarly { current: 1 }));
    let open = opened(&[1, 2, 3]);
    assert_eq!(open.deadline(), Some(START.plus_ms(10_000)));
    let phase = open.phase(START.plus_ms(4000), &POLICY);
    assert_eq!(phase, Phase::Open { round: 1, attempt: 1, received: 0, deadline_in_ms: 6000 });
}

#[test]
fn it_closes_when_everyone_present_has_sent_and_never_below_the_quorum() {
    let round = opened(&[1, 2, 3]).accept(1, update(9), site(1)).unwrap();
    assert!(matches!(round.clone().step(&sites(&[1]), START, &POLICY), Step::Stay(_)));
    let round = round.accept(1, update(4), site(2)).unwrap();
    assert!(matches!(round.clone().step(&sites(&[1, 2, 3]), START, &POLICY), Step::Stay(_)));
    let Step::Merge(merging) = round.step(&sites(&[1, 2]), START, &POLICY) else { panic!("it stays open") };
    assert_eq!(merging.updates().collect::<Vec<_>>(), [update(4), update(9)], "in the order of their ids");
    let next = merging.merged(&POLICY);
    assert_eq!(next, Round::after(1, &POLICY));
    assert_eq!(next.accept(1, update(5), site(3)), Err(Refusal::RoundOver { current: 2 }));
}

#[test]
fn at_the_deadline_it_merges_with_the_quorum_and_fails_below() {
    let late = START.plus_ms(10_000);
    let round = opened(&[1, 2, 3]).accept(1, update(1), site(1)).unwrap();
    let Step::Fail(waiting) = round.clone().step(&sites(&[1, 2, 3]), late, &POLICY) else { panic!("it goes on") };
    assert_eq!((waiting.attempt, waiting.received.len()), (2, 1));
    let Step::Open(anew) = Round::Waiting(waiting).step(&sites(&[1, 2, 3]), late, &POLICY) else { panic!("it waits") };
    assert_eq!((anew.round, anew.attempt, anew.received.len()), (1, 2, 1));
    let round = round.accept(1, update(2), site(2)).unwrap();
    assert!(matches!(round.step(&sites(&[1, 2, 3]), late, &POLICY), Step::Merge(_)));
}

#[test]
fn a_site_sends_once_a_round_and_the_last_round_ends_it() {
    let round = opened(&[1, 2, 3]).accept(1, update(1), site(1)).unwrap();
    let refusal = round.clone().accept(1, update(2), site(1)).unwrap_err();
    assert_eq!(refusal, Refusal::SiteHasSent { update: update(1) });
    assert_eq!(round.accept(2, update(2), site(1)), Err(Refusal::TooEarly { current: 2 - 1 }));
    let finished = Round::after(POLICY.rounds, &POLICY);
    assert_eq!(finished, Round::Finished(4));
    assert_eq!(finished.accept(5, update(1), site(1)), Err(Refusal::RoundOver { current: 4 }));
}

#[test]
fn a_paused_round_keeps_its_updates_takes_more_and_goes_on_when_it_is_resumed() {
    let paused = opened(&[1, 2, 3]).accept(1, update(1), site(1)).unwrap().paused();
    assert_eq!((paused.phase(START, &POLICY), paused.deadline(), paused.version()), (Phase::Paused, None, 0));
    let late = START.plus_ms(1_000_000);
    assert_eq!(paused.clone().step(&sites(&[1, 2, 3]), late, &POLICY), Step::Stay(paused.clone()));
    assert_eq!(paused.clone().accept(1, update(2), site(1)), Err(Refusal::SiteHasSent { update: update(1) }));
    assert_eq!(paused.clone().accept(2, update(2), site(2)), Err(Refusal::TooEarly { current: 1 }));
    // All have sent, but nothing is merged.
    let paused = [2, 3].into_iter().fold(paused, |round, i| round.accept(1, update(i), site(i)).unwrap());
    assert!(matches!(paused.clone().step(&sites(&[1, 2, 3]), late, &POLICY), Step::Stay(_)));
    let Round::Paused(Waiting { attempt, received, .. }) = paused.clone() else { panic!("{paused:?}") };
    let resumed = Round::restored(0, attempt, None, received.clone(), &POLICY);
    let Step::Open(open) = resumed.step(&sites(&[1, 2, 3]), late, &POLICY) else { panic!("it does not open") };
    assert_eq!((open.attempt, open.deadline, &open.received), (1, late.plus_ms(10_000), &received));
    assert_eq!(Round::Finished(4).paused(), Round::Finished(4));
}

/// What a store would hold.
#[derive(Debug, Clone, Default)]
struct Durable {
    attempt: u32,
    deadline: Option<Timestamp>,
    received: Received,
    merges: Vec<Received>,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Join(u8),
    Leave(u8),
    /// The site sends an update for the round that it believes in, and hears the answer.
    Send(u8),
    /// As `Send`, but the answer is lost: the site will send the same again.
    SendAndLoseAnswer(u8),
    /// The site sends its last update once more.
    Duplicate(u8),
    Pass(u16),
    /// Memory is lost; the next operation finds what was stored.
    Crash,
    /// The server crashes right after its next change is stored, before it is applied.
    CrashAtNextChange,
}

/// A federation as the driver runs it, with crashes.
struct Simulation {
    durable: Durable,
    round: Round,
    present: BTreeSet<SiteId>,
    now: Timestamp,
    crash_next: bool,
    ids: u8,
    pending: BTreeMap<u8, (UpdateId, u32)>,
    acknowledged: BTreeSet<UpdateId>,
}

impl Simulation {
    fn new() -> Self {
        Self {
            durable: Durable { attempt: 1, ..Durable::default() },
            round: Round::after(0, &POLICY),
            present: BTreeSet::new(),
            now: START,
            crash_next: false,
            ids: 0,
            pending: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
        }
    }

    fn restart(&mut self) {
        let durable = self.durable.clone();
        let version = durable.merges.len() as u32;
        self.round = Round::restored(version, durable.attempt, durable.deadline, durable.received, &POLICY);
        self.crash_next = false;
    }

    /// Stores a change, then applies it, unless the server crashes between the two.
    fn change(&mut self, store: impl FnOnce(&mut Durable), next: Round) -> bool {
        store(&mut self.durable);
        if self.crash_next {
            self.restart();
            return false;
        }
        self.round = next;
        true
    }

    fn advance(&mut self) {
        loop {
            match self.round.clone().step(&self.present, self.now, &POLICY) {
                Step::Stay(_) => return,
                Step::Advance(open) => panic!("no update is masked here: {open:?}"),
                Step::Open(open) => {
                    let deadline = Some(open.deadline);
                    self.change(|durable| durable.deadline = deadline, Round::Open(open));
                }
                Step::Fail(waiting) => {
                    let attempt = waiting.attempt;
                    let store = |durable: &mut Durable| (durable.attempt, durable.deadline) = (attempt, None);
                    self.change(store, Round::Waiting(waiting));
                }
                Step::Merge(merging) => {
                    assert!(merging.updates().len() >= POLICY.quorum as usize);
                    assert_eq!(merging.round() as usize, self.durable.merges.len() + 1, "no version is left out");
                    let next = merging.clone().merged(&POLICY);
                    let store = |durable: &mut Durable| {
                        let merges = [std::mem::take(&mut durable.merges), vec![merging.0.received.clone()]].concat();
                        *durable = Durable { attempt: 1, merges, ..Durable::default() };
                    };
                    self.change(store, next);
                }
            }
        }
    }

    /// Whether the site gets an acknowledgement.
    fn put(&mut self, sender: u8, id: UpdateId, round: u32) -> bool {
        let merged = self.durable.merges.iter().any(|merge| merge.contains_key(&id));
        if merged || self.durable.received.contains_key(&id) {
            return true;
        }
        let Ok(next) = self.round.clone().accept(round, id, site(sender)) else { return false };
        self.change(|durable| durable.received.extend([(id, site(sender))]), next)
    }

    fn send(&mut self, sender: u8, answered: bool) {
        let next = self.round.version() + 1;
        let (id, round) = *self.pending.entry(sender).or_insert_with(|| {
            self.ids += 1;
            (update(self.ids), next)
        });
        if self.put(sender, id, round) && answered {
            self.acknowledged.insert(id);
        }
        // A site forgets an update only when its round is over or it was acknowledged.
        if answered && (self.acknowledged.contains(&id) || round < next) {
            self.pending.remove(&sender);
        }
    }

    fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Join(i) => drop(self.present.insert(site(i))),
            Operation::Leave(i) => drop(self.present.remove(&site(i))),
            Operation::Send(i) => self.send(i, true),
            Operation::SendAndLoseAnswer(i) => self.send(i, false),
            Operation::Duplicate(i) => {
                if let Some((id, round)) = self.pending.get(&i).copied() {
                    self.put(i, id, round);
                }
            }
            Operation::Pass(ms) => self.now = self.now.plus_ms(u64::from(ms)),
            Operation::Crash => self.restart(),
            Operation::CrashAtNextChange => self.crash_next = true,
        }
        self.advance();
    }
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let site = 1..=SITES;
    let one = prop_oneof![
        4 => site.clone().prop_map(Operation::Join),
        1 => site.clone().prop_map(Operation::Leave),
        6 => site.clone().prop_map(Operation::Send),
        2 => site.clone().prop_map(Operation::SendAndLoseAnswer),
        1 => site.prop_map(Operation::Duplicate),
        2 => (0..12_000u16).prop_map(Operation::Pass),
        1 => Just(Operation::Crash),
        1 => Just(Operation::CrashAtNextChange),
    ];
    prop::collection::vec(one, 0..120)
}

proptest! {
    #[test]
    fn whatever_happens_each_acknowledged_update_is_in_exactly_one_merge(operations in operations()) {
        let mut simulation = Simulation::new();
        for operation in operations {
            simulation.run(operation);
            prop_assert_eq!(simulation.round.version() as usize, simulation.durable.merges.len());
        }
        let Simulation { durable, acknowledged, .. } = simulation;
        let mut all: Vec<_> = durable.merges.iter().chain([&durable.received]).flat_map(|r| r.keys()).collect();
        for id in &acknowledged {
            prop_assert_eq!(all.iter().filter(|other| **other == id).count(), 1, "update {}", id);
        }
        let count = all.len();
        all.sort();
        all.dedup();
        prop_assert_eq!(all.len(), count, "no update counts twice");
        for merge in &durable.merges {
            prop_assert_eq!(merge.values().collect::<BTreeSet<_>>().len(), merge.len(), "one update a site");
        }
    }
}
