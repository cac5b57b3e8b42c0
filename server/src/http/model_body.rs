//! A model as the body of an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::models::Model;

/// Bytes that are handed to the connection at a time. What it has not asked for yet is not under way.
const CHUNK_BYTES: usize = 64 << 10;

/// Hands a model out piece by piece without copying it, and keeps it in memory until then.
pub(super) struct ModelBody {
    model: Arc<Model>,
    sent: usize,
}

impl ModelBody {
    pub(super) fn new(model: Arc<Model>) -> Self {
        Self { model, sent: 0 }
    }

    fn left(&self) -> usize {
        self.model.body.len() - self.sent
    }
}

impl Body for ModelBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.left().min(CHUNK_BYTES);
        if bytes == 0 {
            return Poll::Ready(None);
        }
        let start = self.sent;
        self.sent += bytes;
        Poll::Ready(Some(Ok(Frame::data(self.model.body.slice(start..start + bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left() as u64)
    }
}
