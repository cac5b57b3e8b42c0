//! The bytes of a body that has arrived: a few in memory, more in a file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use axum::body::Body;
use hyper::body::Body as _;

use crate::body::next_chunk;
use crate::error::Error;

/// Bytes of one body that are in memory before they go to its file.
const MEMORY_BYTES_MAX: usize = 32 << 10;

/// A body that has arrived.
pub(super) struct Arrived {
    file: Option<File>,
    /// What is not in the file.
    rest: Vec<u8>,
    bytes: usize,
}

impl Arrived {
    /// Reads a body of at most `bytes_max` bytes to its end.
    ///
    /// # Errors
    /// When it is larger, comes too slowly or not to its end, or the folder can't be written.
    pub(super) async fn read(mut body: Body, bytes_max: usize, folder: &Path) -> Result<Self, Error> {
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(Error::TooLarge(bytes_max));
        }
        let mut arrived = Self { file: None, rest: Vec::new(), bytes: 0 };
        while let Some(chunk) = next_chunk(&mut body).await? {
            arrived.bytes += chunk.len();
            if arrived.bytes > bytes_max {
                return Err(Error::TooLarge(bytes_max));
            }
            if arrived.rest.len() + chunk.len() > MEMORY_BYTES_MAX {
                arrived = arrived.lay_off(folder).await?;
            }
            arrived.rest.extend_from_slice(&chunk);
        }
        Ok(arrived)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// When its file can't be read.
    pub(super) async fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let Self { file, mut rest, bytes } = self;
        let Some(mut file) = file else { return Ok(rest) };
        blocking(move || {
            let mut all = Vec::with_capacity(bytes);
            file.rewind()?;
            file.read_to_end(&mut all)?;
            all.append(&mut rest);
            Ok(all)
        })
        .await
    }

    /// Writes what is in memory to the file.
    async fn lay_off(self, folder: &Path) -> Result<Self, Error> {
        let Self { file, mut rest, bytes } = self;
        let folder = folder.to_owned();
        blocking(move || {
            let mut file = file.map_or_else(|| tempfile::tempfile_in(folder), Ok)?;
            file.write_all(&rest)?;
            rest.clear();
            Ok(Self { file: Some(file), rest, bytes })
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|e| Error::Internal(format!("an update's file: {e}")))?.map_err(Error::Scratch)
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::stream;

    use super::*;

    fn body(parts: Vec<Vec<u8>>) -> Body {
        Body::from_stream(stream::iter(parts.into_iter().map(|part| Ok::<_, io::Error>(Bytes::from(part)))))
    }

    #[tokio::test]
    async fn what_arrives_in_parts_comes_out_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for sizes in [vec![], vec![1], vec![MEMORY_BYTES_MAX], vec![5, MEMORY_BYTES_MAX, 7], vec![30_000; 40]] {
            let parts: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(i, size)| vec![i as u8; *size]).collect();
            let arrived = Arrived::read(body(parts.clone()), 2 << 20, folder.path()).await.unwrap();
            assert!(arrived.rest.len() <= MEMORY_BYTES_MAX, "{sizes:?}");
            assert!(arrived.into_bytes().await.unwrap() == parts.concat(), "{sizes:?}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Arrived::read(body(vec![vec![0; 50], vec![0; 51]]), 100, folder.path()).await.err().unwrap();
        assert!(matches!(error, Error::TooLarge(100)), "{error}");
        let error = Arrived::read(Body::from(vec![0; 101]), 100, folder.path()).await.err().unwrap();
        assert!(matches!(error, Error::TooLarge(100)), "{error}");
    }
}
