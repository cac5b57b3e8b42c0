//! A credential in a file, for the server's own user alone.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The file's name in its folder.
const NAME: &str = "operator-credential";

/// A credential that is written and has no name yet; removed when it does not get one.
pub struct CredentialFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl CredentialFile {
    /// Writes a credential to a new file, which only its owner can read, and waits until it is on the disk.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn write(folder: &Path, credential: &str) -> io::Result<Self> {
        // Made with mode 0600, and never through a link.
        let mut file = tempfile::Builder::new().prefix(".operator-credential-").tempfile_in(folder)?;
        writeln!(file, "{credential}")?;
        file.as_file().sync_all()?;
        Ok(Self { file, path: folder.join(NAME) })
    }

    /// Gives it its name, in place of one of an earlier store.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn keep(self) -> io::Result<PathBuf> {
        self.file.persist(&self.path)?;
        Ok(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_owner_can_read_it_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "before").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(NAME)).unwrap();
        let path = CredentialFile::write(folder.path(), "operator.x").unwrap().keep().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "operator.x\n");
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "before");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(CredentialFile::write(folder.path(), "operator.y").unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left of one that was not kept");
    }
}
