//! The page that the program's own file carries behind the program: `cargo xtask dist` appends it.
//!
//! A tar archive, its SHA-256, its length as eight bytes (little-endian) and [`MARK`]. It is unpacked below the data folder
//! once, and served from there like any other page.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The last bytes of a program that carries a page.
const MARK: &[u8; 16] = b"\nfedner page 01\n";
/// Bytes of the digest.
const DIGEST_BYTES: usize = 32;
/// Digest, length and mark.
const TRAILER_BYTES: usize = DIGEST_BYTES + 8 + MARK.len();
/// Largest archive; the page has some 25 MB with its compressed forms.
const ARCHIVE_BYTES_MAX: u64 = 512 << 20;
/// What folders of unpacked pages begin with.
const FOLDER: &str = "page-";
/// Hexadecimal digits of the digest in a folder's name.
const NAME_DIGITS: usize = 32;

/// A page in a program's file.
#[derive(Debug)]
pub(crate) struct Bundle {
    program: PathBuf,
    start: u64,
    bytes: u64,
    digest: [u8; DIGEST_BYTES],
}

impl Bundle {
    /// The page that this program carries; `None` when it has none.
    ///
    /// # Errors
    /// When its file can't be read.
    pub(crate) fn own() -> io::Result<Option<Self>> {
        Self::of(&std::env::current_exe()?)
    }

    fn of(program: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(program)?;
        let all = file.metadata()?.len();
        let Some(end) = all.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
        file.seek(SeekFrom::Start(end))?;
        let mut trailer = [0; TRAILER_BYTES];
        file.read_exact(&mut trailer)?;
        let (digest, rest) = trailer.split_at(DIGEST_BYTES);
        let (length, mark) = rest.split_at(8);
        if mark != MARK {
            return Ok(None);
        }
        // Both have the length that they are split at.
        let (digest, length) = (digest.try_into().unwrap_or_default(), length.try_into().unwrap_or_default());
        let bytes = u64::from_le_bytes(length);
        let start = end.checked_sub(bytes).filter(|_| bytes <= ARCHIVE_BYTES_MAX);
        let start = start.ok_or_else(|| damaged(program, "its length can't be right"))?;
        Ok(Some(Self { program: program.to_owned(), start, bytes, digest }))
    }

    /// The digest that names the page, in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The page as a folder below `data`, unpacked where it is not there yet. Earlier pages go.
    ///
    /// # Errors
    /// When the page is not what was appended, or the folder can't be written.
    pub(crate) fn unpack(&self, data: &Path) -> io::Result<PathBuf> {
        let name = format!("{FOLDER}{}", &self.digest()[..NAME_DIGITS]);
        let folder = data.join(&name);
        if !folder.is_dir() {
            let staging = tempfile::Builder::new().prefix(".page-").tempdir_in(data)?;
            let archive = self.read()?;
            tar::Archive::new(archive.as_slice()).unpack(staging.path())?;
            // Whole or not at all. Another server that starts on the same folder may have been quicker.
            match fs::rename(staging.path(), &folder) {
                Ok(()) => drop(staging.keep()),
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        remove_others(data, &name);
        Ok(folder)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.program)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut archive = Vec::new();
        file.take(self.bytes).read_to_end(&mut archive)?;
        if Sha256::digest(&archive)[..] != self.digest {
            return Err(damaged(&self.program, "it is not what was appended"));
        }
        Ok(archive)
    }
}

fn damaged(program: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the page in {}: {what}", program.display()))
}

/// Of earlier programs. One that can't be removed takes room and does no harm.
fn remove_others(data: &Path, kept: &str) {
    let Ok(entries) = fs::read_dir(data) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_page = name.to_str().is_some_and(|name| {
            let digits = name.strip_prefix(FOLDER).filter(|digits| digits.len() == NAME_DIGITS);
            name != kept && digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        });
        if is_page && let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!("the page of an earlier program can't be removed: {}: {error}", entry.path().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as `cargo xtask dist` makes it.
    fn program(folder: &Path, page: &str) -> PathBuf {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(page.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, "index.html", page.as_bytes()).unwrap();
        let archive = archive.into_inner().unwrap();
        let digest = Sha256::digest(&archive);
        let length = (archive.len() as u64).to_le_bytes();
        let path = folder.join("program");
        fs::write(&path, [b"the program", archive.as_slice(), &digest, &length, MARK].concat()).unwrap();
        path
    }

    #[test]
    fn what_was_appended_is_unpacked_once_and_takes_the_place_of_an_earlier_page() {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = Bundle::of(&program(folder.path(), "one")).unwrap().unwrap().unpack(data.path()).unwrap();
        assert_eq!(fs::read_to_string(first.join("index.html")).unwrap(), "one");
        fs::create_dir(data.path().join("page-of-mine")).unwrap();
        let second = Bundle::of(&program(folder.path(), "two")).unwrap().unwrap();
        let place = second.unpack(data.path()).unwrap();
        fs::write(place.join("mark"), "").unwrap();
        assert_eq!(second.unpack(data.path()).unwrap(), place);
        assert!(place.join("mark").exists(), "it is not unpacked again");
        assert!(!first.exists());
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 2, "nothing else is touched or left");
    }

    #[test]
    fn a_program_without_a_page_has_none_and_a_damaged_one_is_refused() {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(Bundle::own().unwrap().is_none(), "a test carries no page");
        let path = program(folder.path(), "page");
        let mut bytes = fs::read(&path).unwrap();
        bytes[200] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let error = Bundle::of(&path).unwrap().unwrap().unpack(data.path()).unwrap_err().to_string();
        assert!(error.contains("not what was appended"), "{error}");
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
        let length = bytes.len() - MARK.len() - 1;
        bytes[length] = 0xff;
        fs::write(&path, &bytes).unwrap();
        assert!(Bundle::of(&path).unwrap_err().to_string().contains("length"));
    }
}
