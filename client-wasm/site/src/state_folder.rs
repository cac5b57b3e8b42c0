//! What a site keeps from one run to the next. Its files are for its owner alone, and are whole at any time: each is written
//! beside the one that it replaces.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use fedner_core::session::Session;

use crate::failure::Failure;

/// The model with everything beside it, to go on from.
const MODEL: &str = "model.safetensors";
/// The last model before one of other sizes or labels took its place.
const MODEL_BEFORE: &str = "model-before.safetensors";
const LOCK: &str = "lock";

/// A state folder that no other process uses.
pub struct StateFolder {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl StateFolder {
    /// Makes it where it is missing.
    ///
    /// # Errors
    /// When it can't be made, or another process uses it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::Other(format!("can't use the state folder {}: {e}", path.display()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(path).map_err(failed)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::Other(format!("another process uses the state folder {}", path.display())))
            }
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }

    /// A file's path.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A file's content; nothing where there is no such file.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.file(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(named(e, &self.file(name))),
        }
    }

    /// Writes a file in place of an earlier one, and waits until it is on the disk.
    ///
    /// # Errors
    /// When that can't be done; the earlier one stays then.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let write = || {
            // Made with mode 0600, and never through a link.
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.path)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(self.file(name))?;
            #[cfg(unix)]
            File::open(&self.path)?.sync_all()?;
            Ok(())
        };
        write().map_err(|e| named(e, &self.file(name)))
    }

    /// The session that the last run left, if there was one.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn session(&self, device: &Device) -> Result<Option<Session>, Failure> {
        let bytes = self.read(MODEL).map_err(|e| Failure::Model(e.to_string()))?;
        let restored = bytes.map(|bytes| Session::restore(&bytes, device)).transpose();
        restored.map_err(|e| Failure::Model(format!("{}: {e}", self.file(MODEL).display())))
    }

    /// Keeps a checkpoint.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_model(&self, checkpoint: &[u8]) -> io::Result<()> {
        self.write(MODEL, checkpoint)
    }

    /// Keeps the present model under another name, before one that is made anew takes its place.
    ///
    /// # Errors
    /// When it can't be copied.
    pub fn keep_model_before(&self) -> io::Result<()> {
        match self.read(MODEL)? {
            Some(bytes) => self.write(MODEL_BEFORE, &bytes),
            None => Ok(()),
        }
    }
}

fn named(error: io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_whole_and_for_their_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(&place.path().join("state")).ok().unwrap();
        assert_eq!(folder.read("a").unwrap(), None);
        folder.write("a", b"one").unwrap();
        folder.write("a", b"two").unwrap();
        assert_eq!(folder.read("a").unwrap().unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder.path), mode(&folder.file("a"))), (0o700, 0o600));
        }
        let names: Vec<_> = fs::read_dir(&folder.path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(StateFolder::open(&folder.path).is_err(), "another process may not use it");
    }
}
