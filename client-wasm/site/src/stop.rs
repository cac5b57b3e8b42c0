//! Ending an operation early: by a signal, or because nothing can be stored any more.

use std::sync::Arc;

use fedner_core::participant::TransportError;
use tokio::sync::watch;

use crate::failure::Failure;

/// Why an operation is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Signal,
    Storage(String),
}

/// Says whether to stop, to everything that runs or waits.
#[derive(Clone)]
pub struct Stop(Arc<watch::Sender<Option<Reason>>>);

impl Stop {
    /// One that Ctrl-C and a request to terminate set. A second such signal ends the program at once.
    pub fn on_signals() -> Result<Self, Failure> {
        let stop = Self(Arc::new(watch::channel(None).0));
        let signalled = stop.clone();
        let mut signals = Signals::new().map_err(|e| Failure::Other(format!("can't listen for signals: {e}")))?;
        tokio::spawn(async move {
            signals.next().await;
            signalled.set(Reason::Signal);
            signals.next().await;
            std::process::exit(i32::from(Failure::Stopped.status()));
        });
        Ok(stop)
    }

    /// Ends the operation because something could not be stored.
    pub fn on_storage(&self, error: impl ToString) {
        self.set(Reason::Storage(error.to_string()));
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// As what the operation fails, if it was stopped.
    pub fn failure(&self) -> Result<(), Failure> {
        match &*self.0.borrow() {
            None => Ok(()),
            Some(Reason::Signal) => Err(Failure::Stopped),
            Some(Reason::Storage(why)) => Err(Failure::Other(why.clone())),
        }
    }

    /// What a future gives, unless it is stopped before.
    pub async fn race<T>(&self, future: impl Future<Output = T>) -> Result<T, TransportError> {
        let mut receiver = self.0.subscribe();
        tokio::select! {
            biased;
            _ = receiver.wait_for(Option::is_some) => Err(TransportError::Cancelled),
            value = future => Ok(value),
        }
    }

    fn set(&self, reason: Reason) {
        self.0.send_if_modified(|set| set.is_none() && set.replace(reason).is_none());
    }
}

/// Ctrl-C, and what a service manager sends.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        let signals = Self { terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())? };
        #[cfg(not(unix))]
        let signals = Self {};
        Ok(signals)
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => (),
            _ = self.terminate.recv() => (),
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
