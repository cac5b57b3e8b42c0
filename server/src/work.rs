//! Where a computation runs: among the tasks that answer requests, or beside them when it takes long.

use tokio::task::JoinError;

/// What reads no more than this takes less time than handing it to another thread.
const SMALL_BYTES: usize = 16 << 10;

/// Runs a computation on about so many bytes.
///
/// # Errors
/// When it panics on a thread of its own.
pub(crate) async fn run<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    if bytes <= SMALL_BYTES { Ok(work()) } else { tokio::task::spawn_blocking(work).await }
}
