//! Folders: listing them, and keeping a copy equal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The files below a folder, relative to it; `node_modules` is never looked into.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, root: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read the folder {}", folder.display()))? {
        let path = entry?.path();
        if !path.is_dir() {
            files.push(path.strip_prefix(root)?.to_path_buf());
        } else if !path.ends_with("node_modules") {
            collect(&path, root, files)?;
        }
    }
    Ok(())
}

/// Makes `to` hold the files of `from` and, beside them, only its own folder `keep`. Files that are equal stay untouched.
pub fn mirror(from: &Path, to: &Path, keep: &str) -> Result<()> {
    let files = below(from)?.into_iter().collect::<BTreeSet<_>>();
    fs::create_dir_all(to).with_context(|| format!("can't make the folder {}", to.display()))?;
    for file in &files {
        copy_if_changed(&from.join(file), &to.join(file))?;
    }
    for old in below(to)? {
        if !files.contains(&old) && !old.starts_with(keep) {
            remove(&to.join(&old))?;
        }
    }
    Ok(())
}

/// Writes a file, and the folders it lies in where they are missing.
pub fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    }
    fs::write(file, bytes).with_context(|| format!("can't write {}", file.display()))
}

/// Removes a file.
pub fn remove(file: &Path) -> Result<()> {
    fs::remove_file(file).with_context(|| format!("can't remove {}", file.display()))
}

/// Removes every folder below this one that holds nothing, or only such folders.
pub fn remove_empty_folders(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read the folder {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            remove_empty_folders(&path)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path).with_context(|| format!("can't remove {}", path.display()))?;
            }
        }
    }
    Ok(())
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("can't read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    write(to, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_follows_changes_and_removals_and_keeps_its_own_folder() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-mirror-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        write(&from.join("index.html"), b"one")?;
        write(&from.join("ui/a.js"), b"a")?;
        write(&to.join("gone/old.js"), b"old")?;
        write(&to.join("node_modules/module.js"), b"module")?;
        mirror(&from, &to, "node_modules")?;
        write(&from.join("index.html"), b"two")?;
        mirror(&from, &to, "node_modules")?;
        assert!(to.join("node_modules/module.js").is_file());
        let names =
            || Ok::<_, anyhow::Error>(below(&to)?.iter().map(|path| path.display().to_string()).collect::<Vec<_>>());
        assert_eq!(names()?, ["index.html", "ui/a.js"]);
        assert_eq!(fs::read_to_string(to.join("index.html"))?, "two");
        assert!(to.join("gone").is_dir());
        remove_empty_folders(&to)?;
        assert!(!to.join("gone").exists());
        Ok(fs::remove_dir_all(folder)?)
    }
}
