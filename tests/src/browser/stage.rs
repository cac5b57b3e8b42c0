//! One test at a time: sets it up, runs it, and looks at every tab before it counts as passed.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use fedner_server::FederationConfig;
use tokio::sync::Mutex as OneAtATime;

use super::driver::Driver;
use super::profile::{Gpu, Profile};
use super::tab::Tab;
use super::{foreign_requests, page_dir};
use crate::TestApp;

/// Browsers with several tabs that train need the whole machine.
static ONE_AT_A_TIME: OneAtATime<()> = OneAtATime::const_new(());

/// What a test is given.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    name: &'static str,
    driver: Driver,
    tabs: Mutex<Vec<Tab>>,
    profiles: Mutex<Vec<Arc<Profile>>>,
}

/// Runs a test with a stage. It fails when its body does, or when any tab shows or logs an error that the
/// test did not expect, or when any request went to another origin. What the tabs looked like is then kept
/// below `target/browser-failures`.
///
/// What the body returns, such as its server, lives until the tabs are closed.
pub async fn run<T, B: Future<Output = T>>(name: &'static str, body: impl FnOnce(Stage) -> B) {
    let _turn = ONE_AT_A_TIME.lock().await;
    let inner = Inner { name, driver: Driver::start().await, tabs: Mutex::default(), profiles: Mutex::default() };
    let stage = Stage(Arc::new(inner));
    let result = CatchUnwind(Box::pin(body(stage.clone()))).await;
    let mut problems = Vec::new();
    let tabs = lock(&stage.0.tabs).clone();
    for tab in tabs {
        problems.extend(tab.problems().await.into_iter().map(|problem| format!("{}: {problem}", tab.name())));
    }
    if result.is_err() || !problems.is_empty() {
        stage.keep_evidence(&problems).await;
    }
    let tabs = std::mem::take(&mut *lock(&stage.0.tabs));
    for tab in tabs {
        tab.quit().await;
    }
    for profile in std::mem::take(&mut *lock(&stage.0.profiles)) {
        let foreign = profile.netlogs().into_iter().flat_map(|log| foreign_requests(&log));
        problems.extend(foreign.map(|request| format!("{}: a request to another origin: {request}", profile.name)));
    }
    for problem in &problems {
        eprintln!("{name}: {problem}");
    }
    match result {
        Err(panic) => resume_unwind(panic),
        Ok(_) => assert!(problems.is_empty(), "{} problems were seen in the browser: {problems:#?}", problems.len()),
    }
}

impl Stage {
    /// A server with the page and these federations, on the real clock.
    pub async fn server(&self, federations: impl IntoIterator<Item = FederationConfig>) -> TestApp {
        let builder = TestApp::builder().page(page_dir()).real_clock();
        federations.into_iter().fold(builder, |builder, federation| builder.federation(federation)).start().await
    }

    /// A fresh profile.
    pub fn profile(&self, name: &str, gpu: Gpu) -> Arc<Profile> {
        let profile = Arc::new(Profile::new(name, gpu));
        lock(&self.0.profiles).push(Arc::clone(&profile));
        profile
    }

    /// Opens an address in a browser with a profile, and waits until the page's engine is up.
    pub async fn open(&self, profile: &Arc<Profile>, url: &str) -> Tab {
        let tab = self.open_unready(profile, url).await;
        tab.until("the engine is up", |state| state.ready).await;
        tab
    }

    /// Opens an address and does not wait for the page.
    pub async fn open_unready(&self, profile: &Arc<Profile>, url: &str) -> Tab {
        let tab = Tab::open(&self.0.driver.url(), Arc::clone(profile), url).await;
        lock(&self.0.tabs).push(tab.clone());
        tab
    }

    /// A fresh profile on the CPU with the page in it.
    pub async fn tab(&self, name: &str, url: &str) -> Tab {
        self.open(&self.profile(name, Gpu::None), url).await
    }

    /// Takes a tab and its profile out of the checks at the end: the test has seen to it itself.
    pub fn dismiss(&self, tab: &Tab) {
        lock(&self.0.tabs).retain(|other| !other.is(tab));
        lock(&self.0.profiles).retain(|profile| !Arc::ptr_eq(profile, tab.profile()));
    }

    /// Takes a tab out that is gone; its profile's requests are still checked.
    pub fn forget_tab(&self, tab: &Tab) {
        lock(&self.0.tabs).retain(|other| !other.is(tab));
    }

    async fn keep_evidence(&self, problems: &[String]) {
        let folder =
            PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/browser-failures")).join(self.0.name);
        // Of the last failure only: older ones would mislead.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        std::fs::write(folder.join("problems.txt"), problems.join("\n")).expect("the target folder can be written");
        let tabs = lock(&self.0.tabs).clone();
        for tab in tabs {
            tab.keep_evidence(&folder).await;
        }
        eprintln!("{}: screenshots, logs and states are in {}", self.0.name, folder.display());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A future whose panic is its result.
struct CatchUnwind<F>(std::pin::Pin<Box<F>>);

impl<F: Future> Future for CatchUnwind<F> {
    type Output = std::thread::Result<F::Output>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let inner = &mut self.0;
        match std::panic::catch_unwind(AssertUnwindSafe(|| inner.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    }
}
