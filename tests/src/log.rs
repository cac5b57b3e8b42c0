//! What a server in this process logs.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;

/// A log that is kept in memory. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeptLog(Arc<Mutex<Vec<u8>>>);

impl KeptLog {
    /// What writes to it whatever passes this filter.
    pub fn subscriber(&self, filter: &str) -> impl Subscriber + Send + Sync + use<> {
        let log = self.clone();
        let filter = EnvFilter::new(filter);
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || log.clone()).with_ansi(false).finish()
    }

    /// All of it so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nothing panics while it writes")).into_owned()
    }
}

impl Write for KeptLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics while it writes").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
