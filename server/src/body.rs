//! The body of a request while it arrives.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::error::Error;
use crate::pace::{Pace, Patience};

/// Why a body ended early: it came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request came too slowly")]
pub struct CameTooSlowly;

/// The next bytes of a body; `None` at its end.
///
/// # Errors
/// When it comes too slowly, or not to its end.
pub async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, Error> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let mut causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            if causes.any(|cause| cause.is::<CameTooSlowly>()) {
                return Error::BodyTooSlow;
            }
            Error::BadRequest("the body could not be read to its end".to_owned())
        })?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// How long a request has waited for its body. Shared by the body and the request's time limit.
#[derive(Clone, Default)]
pub struct Waited(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    before: Duration,
    since: Option<Instant>,
}

impl Waited {
    /// Up to now.
    pub fn total(&self) -> Duration {
        let waiting = self.lock();
        waiting.before + waiting.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn begins(&self) {
        self.lock().since.get_or_insert_with(Instant::now);
    }

    fn ends(&self) {
        let mut waiting = self.lock();
        if let Some(since) = waiting.since.take() {
            waiting.before += since.elapsed();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that must keep a pace.
pub struct Arriving {
    body: Body,
    patience: Patience,
    waited: Waited,
}

impl Arriving {
    /// Around the body of a request.
    pub fn new(body: Body, pace: Pace, waited: Waited) -> Self {
        Self { body, patience: Patience::new(pace), waited }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len));
                self.patience.progress(bytes.unwrap_or_default());
                self.waited.ends();
                Poll::Ready(frame)
            }
            Poll::Pending => {
                self.waited.begins();
                self.patience.poll_over(cx).map(|()| {
                    self.waited.ends();
                    Some(Err(axum::Error::new(CameTooSlowly)))
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.waited.ends();
    }
}
