//! A site of the real participant, on a thread of its own, with a transport that loses what the test
//! wants lost.

mod attack;
mod masking;
mod notes;
mod poisoned;
mod transport;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use burn::tensor::Device;
use fedner_core::corpus::Corpus;
use fedner_core::enrolment::{Enrolment, EnrolmentStore};
use fedner_core::model::Model;
use fedner_core::observer::{Event, Observer};
use fedner_core::participant::{Entropy, Host, Invitation, NoMasking, Outcome, ParticipantError, participate};
use fedner_core::session::Session;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use attack::Attack;
use masking::NativeMasking;
pub use notes::{NotesFile, corpus, sample_corpus};
pub use poisoned::{Defence, MEAN, PoisonedFederation, PoisonedRun, run_poisoned};
pub use transport::Losses;
use transport::{NativeTransport, TransportOptions};

/// Why a record can be locked.
pub const NOT_POISONED: &str = "no thread panics while it holds the record";

/// What a site saw and kept; tests look at it while the site runs and after it ended.
#[derive(Default)]
pub struct Record {
    /// All events, in order.
    pub events: Vec<Event>,
    /// The newest enrolment.
    pub enrolment: Option<Enrolment>,
    /// The newest checkpoint.
    pub checkpoint: Option<Vec<u8>>,
    /// Every update that went out, sent again or not: its round and bytes. Empty
    /// where the task wants none kept.
    pub updates: Vec<(u32, Vec<u8>)>,
    /// Bytes of all updates that went out.
    pub update_bytes: u64,
    /// Its state in secure aggregation.
    pub secure_state: Option<Vec<u8>>,
}

/// What a site has stored when it goes away, and starts from when it comes back.
pub struct StoredSite {
    /// Its newest checkpoint.
    pub checkpoint: Vec<u8>,
    /// Its enrolment.
    pub enrolment: Enrolment,
}

impl Record {
    /// What the site has stored so far.
    ///
    /// # Panics
    /// When it has not taken part yet.
    pub fn stored(&self) -> StoredSite {
        let stored = "a site that took part has a checkpoint and an enrolment";
        StoredSite {
            checkpoint: self.checkpoint.clone().expect(stored),
            enrolment: self.enrolment.clone().expect(stored),
        }
    }
}

/// What a site does.
pub struct Task {
    /// The server, without a slash at the end.
    pub origin: String,
    /// Its notes.
    pub corpus: Corpus,
    /// Seed of its private module, batches and ids.
    pub seed: u64,
    /// What gets lost on the way.
    pub losses: Losses,
    /// Whether its updates are kept for the test to look at.
    pub keep_updates: bool,
    /// What it does to its updates, if it is not honest.
    pub attack: Option<Attack>,
    /// The number that its identity key is made of; with one, it can mask its updates.
    pub identity: Option<u8>,
    /// Stops as closing the tab does, after so many steps.
    pub stop_after_steps: Option<usize>,
    /// A checkpoint and enrolment to go on from.
    pub resume: Option<StoredSite>,
    /// Whether it trains a model alone at the end, to compare.
    pub baseline: bool,
}

impl Task {
    /// An honest site without losses that runs to the end.
    pub fn new(origin: String, corpus: Corpus, seed: u64) -> Self {
        let (losses, attack, identity, stop_after_steps, resume) = (Losses::default(), None, None, None, None);
        let (keep_updates, baseline) = (true, false);
        Self { origin, corpus, seed, losses, keep_updates, attack, identity, stop_after_steps, resume, baseline }
    }
}

/// How a site ended.
pub struct Ended {
    /// What came of it.
    pub outcome: Result<Outcome, ParticipantError>,
    /// The site's model, once it has one.
    pub session: Option<Session>,
}

/// A running site.
pub struct RunningSite {
    /// What it has seen so far.
    pub record: Arc<Mutex<Record>>,
    thread: JoinHandle<Ended>,
}

impl RunningSite {
    /// Starts a site that joins federation `test`.
    pub fn start(task: Task) -> Self {
        let record = Arc::new(Mutex::new(Record::default()));
        let shared = Arc::clone(&record);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime needs nothing a test machine lacks");
            runtime.block_on(run(task, shared))
        });
        Self { record, thread }
    }

    /// Waits for its end.
    pub fn join(self) -> (Ended, Arc<Mutex<Record>>) {
        (self.thread.join().expect("the site does not panic"), self.record)
    }
}

async fn run(task: Task, record: Arc<Mutex<Record>>) -> Ended {
    let device = Device::flex();
    let mut observer = Watcher { stop_after_steps: task.stop_after_steps, ..Watcher::new(Arc::clone(&record)) };
    // A returning site draws other ids than before, as a browser's generator does.
    let mut entropy = SeededEntropy(ChaCha8Rng::seed_from_u64(task.seed + 1000 * u64::from(task.resume.is_some())));
    let mut enrolments = RecordedEnrolments(Arc::clone(&record));
    let options = TransportOptions { losses: task.losses, attack: task.attack, keep_updates: task.keep_updates };
    let mut transport = NativeTransport::new(&task.origin, options, Arc::clone(&record));
    let restore = |site: &StoredSite| Session::restore(&site.checkpoint, &device).expect("the checkpoint is whole");
    let mut session = task.resume.as_ref().map(restore);
    let enrolment = task.resume.map(|site| site.enrolment);
    let federation = "test".parse().expect("it is a federation id");
    let (seed, baseline) = (task.seed, task.baseline);
    let identity = task.identity.map(|number| crate::identity::identity(number, "test", None));
    let invitation = Invitation { federation, secret: None, identity, enrolment, seed, baseline, masked_only: false };
    let (transport, entropy) = (&mut transport, &mut entropy);
    let (enrolments, observer) = (&mut enrolments, &mut observer);
    let outcome = match task.identity {
        Some(number) => {
            let drawn = SeededEntropy(ChaCha8Rng::seed_from_u64(task.seed ^ 0x5ec5));
            let masking = &mut NativeMasking::new(number, drawn, record);
            let host = Host { transport, entropy, enrolments, observer, masking };
            participate(&mut session, &device, &task.corpus, invitation, host).await
        }
        None => {
            let host = Host { transport, entropy, enrolments, observer, masking: &mut NoMasking };
            participate(&mut session, &device, &task.corpus, invitation, host).await
        }
    };
    Ended { outcome, session }
}

/// Records all events.
pub struct Watcher {
    record: Arc<Mutex<Record>>,
    steps: usize,
    stop_after_steps: Option<usize>,
}

impl Watcher {
    /// One that never stops anything.
    pub fn new(record: Arc<Mutex<Record>>) -> Self {
        Self { record, steps: 0, stop_after_steps: None }
    }
}

impl Observer for Watcher {
    fn event(&mut self, event: Event) {
        let mut record = self.record.lock().expect(NOT_POISONED);
        if matches!(event, Event::Step { .. }) {
            self.steps += 1;
        }
        record.events.push(event);
    }

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        self.record.lock().expect(NOT_POISONED).checkpoint = Some(bytes);
    }

    fn is_cancelled(&self) -> bool {
        self.stop_after_steps.is_some_and(|limit| self.steps >= limit)
    }

    async fn yield_now(&mut self) {
        tokio::task::yield_now().await;
    }
}

struct RecordedEnrolments(Arc<Mutex<Record>>);

impl EnrolmentStore for RecordedEnrolments {
    fn keep(&mut self, enrolment: &Enrolment) {
        self.0.lock().expect(NOT_POISONED).enrolment = Some(enrolment.clone());
    }
}

struct SeededEntropy(ChaCha8Rng);

impl Entropy for SeededEntropy {
    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
