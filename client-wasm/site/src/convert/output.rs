//! Puts what was written where it was asked for, over nothing that is there already.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fedner_formats::{Format, OutputFile, Written, archive};

use super::{Endpoint, Target};

/// Whether the output can be written at all, before time is spent on reading.
pub fn check(target: &Target) -> Result<()> {
    let Endpoint::Path(path) = &target.output else { return Ok(()) };
    if path.is_file() && !target.force {
        bail!("{} is there already; use --force to overwrite it", path.display());
    }
    Ok(())
}

/// Saves one file as one, several in a folder or an archive.
pub fn save(target: &Target, format: Format, mut written: Written) -> Result<()> {
    let path = match &target.output {
        Endpoint::Path(path) => path,
        Endpoint::Standard if written.files.len() == 1 => {
            return std::io::stdout()
                .lock()
                .write_all(&written.files[0].bytes)
                .context("can't write to standard output");
        }
        Endpoint::Standard => bail!("{} makes {} files: name a folder or a .zip", format.title(), written.files.len()),
    };
    let is_archive = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if is_archive {
        return put(path, &archive::pack(&written.files)?, target.force);
    }
    let is_folder = path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
    if is_folder || written.files.len() != 1 {
        return folder(path, &written.files, target.force);
    }
    let file = written.files.remove(0);
    put(path, &file.bytes, target.force)
}

fn folder(path: &Path, files: &[OutputFile], force: bool) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("can't make the folder {}", path.display()))?;
    if !force && let Some(there) = files.iter().map(|file| path.join(&file.name)).find(|file| file.exists()) {
        bail!("{} is there already; use --force to overwrite it", there.display());
    }
    files.iter().try_for_each(|file| put(&path.join(&file.name), &file.bytes, force))
}

/// Without force the system itself sees to it that no file is overwritten.
///
/// # Errors
/// When the file is there already, or can't be written.
pub fn put(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let mut file = options.open(path).with_context(|| format!("can't write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("can't write {}", path.display()))
}
