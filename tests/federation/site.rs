//! A site of the real participant, on a thread of its own, with a transport that loses what the test
//! wants lost.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use burn::tensor::Device;
use fedner_core::corpus::{Corpus, Note};
use fedner_core::formats::{self, InputFile};
use fedner_core::labels::LabelSet;
use fedner_core::model::Model;
use fedner_core::observer::{Event, Observer, Participation};
use fedner_core::participant::{Entropy, Invitation, Outcome, ParticipantError, participate};
use fedner_core::training::Session;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::attack::Attack;
use crate::transport::{Losses, NativeTransport};

/// Why a record can be locked.
pub const NOT_POISONED: &str = "no thread panics while it holds the record";

/// What a site saw and kept; tests look at it while the site runs and after it ended.
#[derive(Default)]
pub struct Record {
    pub events: Vec<Event>,
    pub participation: Option<Participation>,
    pub checkpoint: Option<Vec<u8>>,
    /// Every update that went out, sent again or not: its round and bytes.
    pub updates: Vec<(u32, Vec<u8>)>,
}

/// What a site does.
pub struct Task {
    pub origin: String,
    pub corpus: Corpus,
    pub seed: u64,
    pub losses: Losses,
    /// What it does to its updates, if it is not honest.
    pub attack: Option<Attack>,
    /// Stops as closing the tab does, after so many steps.
    pub stop_after_steps: Option<usize>,
    /// A checkpoint and enrolment to go on from.
    pub resume: Option<(Vec<u8>, Participation)>,
}

impl Task {
    /// An honest site without losses that runs to the end.
    pub fn new(origin: String, corpus: Corpus, seed: u64) -> Self {
        Self { origin, corpus, seed, losses: Losses::default(), attack: None, stop_after_steps: None, resume: None }
    }
}

/// How a site ended.
pub struct Ended {
    pub outcome: Result<Outcome, ParticipantError>,
    pub session: Option<Session>,
}

/// A running site.
pub struct RunningSite {
    pub record: Arc<Mutex<Record>>,
    thread: JoinHandle<Ended>,
}

impl RunningSite {
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
    let mut observer = Watcher { record: Arc::clone(&record), steps: 0, stop_after_steps: task.stop_after_steps };
    // A returning site draws other ids than before, as a browser's generator does.
    let mut entropy = SeededEntropy(ChaCha8Rng::seed_from_u64(task.seed + 1000 * u64::from(task.resume.is_some())));
    let mut transport = NativeTransport::new(&task.origin, (task.losses, task.attack), record);
    let (checkpoint, participation) = task.resume.map_or((None, None), |(c, p)| (Some(c), Some(p)));
    let mut session = checkpoint.map(|bytes| Session::restore(&bytes, &device).expect("the checkpoint is whole"));
    let federation = "test".parse().expect("it is a federation id");
    let invitation = Invitation { federation, secret: None, identity: None, participation, seed: task.seed };
    let outside = (&mut transport, &mut entropy, &mut observer);
    let outcome = participate(&mut session, &device, &task.corpus, invitation, outside).await;
    Ended { outcome, session }
}

struct Watcher {
    record: Arc<Mutex<Record>>,
    steps: usize,
    stop_after_steps: Option<usize>,
}

impl Observer for Watcher {
    fn event(&mut self, event: Event) {
        let mut record = self.record.lock().expect(NOT_POISONED);
        match &event {
            Event::Step { .. } => self.steps += 1,
            Event::Enrolled { participation } => record.participation = Some(participation.clone()),
            _ => (),
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

    async fn breathe(&mut self) {
        tokio::task::yield_now().await;
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

/// The page's sample notes of a demo hospital.
pub fn sample_corpus(hospital: &str) -> Corpus {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples").join(hospital);
    corpus(&folder.join("train.conll"), &folder.join("held-out.conll"), usize::MAX)
}

/// One site's notes through the product's importer. Of each file, documents are taken until they have so many sentences.
pub fn corpus(training: &Path, held_out: &Path, sentences_max: usize) -> Corpus {
    let mut notes = Vec::new();
    let mut labels = Vec::new();
    for (file, held_out) in [(training, false), (held_out, true)] {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let imported =
            formats::read(&[InputFile { name: &name, bytes: &bytes }], None).expect("the file can be imported");
        assert!(imported.problems.is_empty(), "{:?}", imported.problems);
        labels.extend(imported.labels);
        let mut sentences = 0;
        for document in imported.documents {
            if sentences >= sentences_max {
                break;
            }
            sentences += document.text.lines().count();
            notes.push(Note { id: document.name, text: document.text, spans: document.spans, held_out });
        }
    }
    labels.sort();
    labels.dedup();
    Corpus::new(&notes, LabelSet::new(labels).expect("the files have labels"))
}
