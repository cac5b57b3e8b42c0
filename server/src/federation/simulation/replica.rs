//! One server: all that it has in memory is lost when it crashes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, ManualClock};
use crate::config::{FederationConfig, ListenConfig};
use crate::federation::{Federation, FederationContext};
use crate::replica::Heart;
use crate::store::Store;
use crate::store_clock::StoreClock;

pub(super) struct Replica {
    /// Its own connections to the store.
    pub(super) store: Arc<Store>,
    /// Its machine's clock.
    pub(super) machine: Arc<ManualClock>,
    folder: PathBuf,
    running: Option<Running>,
}

struct Running {
    federation: Arc<Federation>,
    driver: JoinHandle<()>,
    heart: Arc<Heart>,
}

impl Replica {
    pub(super) fn new(store: Arc<Store>, machine: ManualClock, folder: &Path) -> Self {
        Self { store, machine: Arc::new(machine), folder: folder.to_owned(), running: None }
    }

    /// The federation as this server serves it.
    pub(super) fn federation(&self) -> &Arc<Federation> {
        &self.running.as_ref().expect("a server that is asked runs").federation
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it; it may not come to that.
    pub(super) async fn start(&mut self, config: &FederationConfig) {
        // A process counts from the time of day at which it starts.
        self.machine = Arc::new(ManualClock::new(self.machine.now()));
        self.running = self.try_start(config).await;
    }

    async fn try_start(&self, config: &FederationConfig) -> Option<Running> {
        let machine = Arc::clone(&self.machine) as Arc<dyn Clock>;
        let store_clock = StoreClock::start(&self.store, Arc::clone(&machine)).await.ok()?;
        let clock = store_clock.clone().map_or(machine, |clock| clock as Arc<dyn Clock>);
        let heart = Heart::start(Arc::clone(&self.store), Arc::clone(&clock), store_clock.clone()).await.ok()?;
        let context = FederationContext {
            store: Arc::clone(&self.store),
            scratch_dir: self.folder.clone(),
            replica: heart.replica().clone(),
            clock,
            store_clock,
            limits: ListenConfig::default(),
            uploads: Arc::new(Semaphore::new(4)),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
        };
        let (federation, driver) = Federation::start(config.clone(), context).await.ok()?;
        Some(Running { federation, driver, heart: Arc::new(heart) })
    }

    /// Ends it as a crash does.
    pub(super) async fn kill(&mut self) {
        if let Some(Running { driver, .. }) = self.running.take() {
            driver.abort();
            let _ = driver.await;
        }
    }

    /// What says that it is alive.
    pub(super) fn heart(&self) -> Arc<Heart> {
        Arc::clone(&self.running.as_ref().expect("a server that says so runs").heart)
    }
}
