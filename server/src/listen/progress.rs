//! A connection whose other end has to take what it is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::pace::{Pace, Patience};

/// Ends with an error where the other end takes nothing, or too little, of an answer.
pub struct Progressing<S> {
    stream: S,
    patience: Patience,
}

impl<S> Progressing<S> {
    /// Around a connection.
    pub fn new(stream: S, pace: Pace) -> Self {
        Self { stream, patience: Patience::new(pace) }
    }

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.patience.progress(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.patience.poll_over(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the other end does not take what it is sent"))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progressing<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progressing<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Ready(done) => {
                self.patience.rest();
                Poll::Ready(done)
            }
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(cx) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.waits(cx).map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    fn pace(stall_ms: u64, bytes_per_s: f64) -> Pace {
        Pace { stall: Duration::from_millis(stall_ms), bytes_per_s }
    }

    #[tokio::test]
    async fn who_takes_nothing_is_cut_off_and_who_is_slow_is_not() {
        let (own, _other) = duplex(64);
        let (pace, start) = (pace(50, 100.0), Instant::now());
        let error = Progressing::new(own, pace).write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() >= pace.stall);

        let (own, mut other) = duplex(64);
        let taken = tokio::spawn(async move {
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                other.read_exact(&mut [0; 60]).await.unwrap();
            }
        });
        // It takes longer than a stall may, but each byte takes less than its share.
        Progressing::new(own, self::pace(200, 1000.0)).write_all(&[0; 6000]).await.unwrap();
        taken.await.unwrap();
    }

    #[tokio::test]
    async fn a_trickle_is_cut_off() {
        let (own, mut other) = duplex(64);
        let taker = tokio::spawn(async move {
            while other.read_exact(&mut [0; 1]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let error = Progressing::new(own, pace(100, 1e6)).write_all(&[0; 100_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        taker.abort();
    }
}
