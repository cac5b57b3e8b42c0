//! What the participant needs of this program: randomness of the system, and an observer that reports and stores.

use std::time::{Duration, Instant};

use fedner_core::model::Model;
use fedner_core::observer::{Event, Observer};
use fedner_core::participant::Entropy;

use crate::report::Report;
use crate::state_folder::StateFolder;
use crate::stop::Stop;

/// From one checkpoint of a training to the next: at most so much of it is lost with the process.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// The system's generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // Without randomness no id is safe to choose.
        getrandom::fill(&mut bytes).unwrap_or_else(|e| panic!("the system has no random generator: {e}"));
        bytes
    }
}

/// A seed that nobody else knows.
pub fn random_seed() -> u64 {
    u128::from_le_bytes(SystemEntropy.bytes()) as u64
}

/// Reports what happens, and stores checkpoints where there is a state folder.
pub struct Watcher<'a> {
    report: &'a mut Report,
    folder: Option<&'a StateFolder>,
    stop: &'a Stop,
    last_checkpoint: Instant,
}

impl<'a> Watcher<'a> {
    /// For one operation.
    pub fn new(report: &'a mut Report, folder: Option<&'a StateFolder>, stop: &'a Stop) -> Self {
        Self { report, folder, stop, last_checkpoint: Instant::now() }
    }
}

impl Observer for Watcher<'_> {
    fn event(&mut self, event: Event) {
        // What is in the state folder is the model that is about to be replaced.
        if let (Event::Replaced { .. }, Some(folder)) = (&event, self.folder)
            && let Err(error) = folder.keep_model_before()
        {
            self.stop.on_storage(error);
        }
        self.report.event(event);
    }

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        if let Some(Err(error)) = self.folder.map(|folder| folder.keep_model(&bytes)) {
            self.stop.on_storage(error);
        }
        self.last_checkpoint = Instant::now();
    }

    fn checkpoint_is_due(&self, _: u64) -> bool {
        self.last_checkpoint.elapsed() >= CHECKPOINT_EVERY
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_set()
    }

    async fn yield_now(&mut self) {
        tokio::task::yield_now().await;
    }
}
