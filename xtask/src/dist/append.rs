//! A program with the page behind it, as the server's `bundle` reads it: a tar archive, its SHA-256, its length as eight
//! bytes (little-endian), and a mark.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::files;

/// The last bytes of a program that carries a page; the server looks for them.
const MARK: &[u8; 16] = b"\nfedner page 01\n";

/// The page as an archive. The same files give the same bytes: their order, and nothing of when or by whom they were made.
pub fn archive(page: &Path) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files::below(page)? {
        let path = page.join(&file);
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, &file, bytes.as_slice()).with_context(|| format!("{}", path.display()))?;
    }
    archive.into_inner().context("the archive can't be ended")
}

/// Writes the program with the archive behind it.
pub fn write(program: &Path, archive: &[u8], to: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| format!("can't read {}", program.display()))?;
    files::write(to, &with_page(bytes, archive))?;
    // With the rights of the program.
    let rights = fs::metadata(program).with_context(|| format!("can't read {}", program.display()))?.permissions();
    fs::set_permissions(to, rights).with_context(|| format!("can't set the rights of {}", to.display()))
}

fn with_page(mut program: Vec<u8>, archive: &[u8]) -> Vec<u8> {
    program.extend_from_slice(archive);
    program.extend_from_slice(&Sha256::digest(archive));
    program.extend_from_slice(&(archive.len() as u64).to_le_bytes());
    program.extend_from_slice(MARK);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_knows_the_same_mark() {
        let server = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src/bundle.rs"));
        let mark = String::from_utf8_lossy(MARK).escape_default().to_string();
        assert!(server.expect("the file is there").contains(&mark), "{mark}");
    }

    #[test]
    fn the_same_page_gives_the_same_bytes_and_its_length_stands_behind_it() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("fedner-append-{}", std::process::id()));
        files::write(&folder.join("index.html"), b"page")?;
        files::write(&folder.join("immutable/a/b.js"), b"script")?;
        let once = archive(&folder)?;
        files::write(&folder.join("index.html"), b"page")?;
        assert!(once == archive(&folder)?);
        fs::remove_dir_all(&folder)?;
        let all = with_page(b"program".to_vec(), &once);
        let length = all.len() - MARK.len() - 8;
        assert_eq!(all[length..length + 8], (once.len() as u64).to_le_bytes());
        assert_eq!(all.len(), 7 + once.len() + 32 + 8 + MARK.len());
        Ok(())
    }
}
