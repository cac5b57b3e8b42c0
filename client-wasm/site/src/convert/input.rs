//! Gets the bytes that are to be read, none beyond the limits of the formats.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fedner_formats::OutputFile;
use fedner_formats::limits::{FILE_BYTES_MAX, FILES_MAX};

use super::Endpoint;

/// How deep folders may lie in folders.
const DEPTH_MAX: usize = 32;

/// The most bytes of all files together.
const TOTAL_BYTES_MAX: u64 = 16 * FILE_BYTES_MAX as u64;

/// Reads a file, a folder or standard input.
pub fn read(endpoint: &Endpoint) -> Result<Vec<OutputFile>> {
    match endpoint {
        Endpoint::Standard => {
            let bytes = take(std::io::stdin().lock()).context("can't read standard input")?;
            Ok(vec![OutputFile { name: "standard input".to_owned(), bytes }])
        }
        Endpoint::Path(path) if path.is_dir() => {
            let mut files = Vec::new();
            folder(path, "", DEPTH_MAX, &mut files)?;
            if files.is_empty() {
                bail!("there is no file in {}", path.display());
            }
            Ok(files)
        }
        Endpoint::Path(path) => {
            let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
            Ok(vec![OutputFile { name: name.into_owned(), bytes: open(path)? }])
        }
    }
}

/// The files of a folder and those below, by name; hidden ones aren't meant.
fn folder(path: &Path, prefix: &str, depth: usize, files: &mut Vec<OutputFile>) -> Result<()> {
    if depth == 0 {
        bail!("{} lies more than {DEPTH_MAX} folders deep", path.display());
    }
    let entries = fs::read_dir(path).with_context(|| format!("can't read the folder {}", path.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            folder(&path, &format!("{name}/"), depth - 1, files)?;
            continue;
        }
        let bytes = open(&path)?;
        files.push(OutputFile { name, bytes });
        let total: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
        if files.len() > FILES_MAX || total > TOTAL_BYTES_MAX {
            bail!("there are more than {FILES_MAX} files or {TOTAL_BYTES_MAX} bytes; convert a part at a time");
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("can't open {}", path.display()))?;
    take(file).with_context(|| format!("can't read {}", path.display()))
}

/// One byte more than a file may have shows that it is too large; the rest isn't read.
fn take(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
