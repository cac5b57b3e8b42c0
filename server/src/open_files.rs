//! How many files and connections the process may have open.

use crate::config::Config;

/// Files that are open besides connections: the store's, the page's that are being sent, updates that arrive.
const FILES_BESIDES: u64 = 512;

/// Raises the system's soft limit of open files as far as it may be, and reports if that is too little for the configuration.
#[cfg(unix)]
pub(crate) fn raise_limit(config: &Config) {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let needed = config.listen.connections_max as u64 + FILES_BESIDES;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
    let raised = setrlimit(Resource::Nofile, limit);
    let current = if raised.is_ok() { limit.current } else { getrlimit(Resource::Nofile).current };
    if current.is_some_and(|current| current < needed) {
        tracing::warn!(
            "the system lets this process have {} files open; listen.connections_max needs {needed}. Raise the limit \
             (ulimit -n, or LimitNOFILE of a systemd service), or lower listen.connections_max",
            current.unwrap_or_default()
        );
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn raise_limit(_: &Config) {}
