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

/// Makes `to` hold the wanted files of `from` and, beside them, only its own folder `keep`. Files that are equal stay untouched.
pub fn mirror(from: &Path, to: &Path, keep: &str, wanted: impl Fn(&Path) -> bool) -> Result<()> {
    let files = below(from)?.into_iter().filter(|path| wanted(path)).collect::<BTreeSet<_>>();
    fs::create_dir_all(to).with_context(|| format!("can't make the folder {}", to.display()))?;
    for file in &files {
        copy_if_changed(&from.join(file), &to.join(file))?;
    }
    for old in below(to)? {
        if !files.contains(&old) && !old.starts_with(keep) {
            fs::remove_file(to.join(&old)).with_context(|| format!("can't remove {}", to.join(&old).display()))?;
        }
    }
    Ok(())
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("can't read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    }
    fs::write(to, bytes).with_context(|| format!("can't write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_follows_changes_and_removals_and_keeps_its_own_folder() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-mirror-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        let write = |path: &Path, text: &str| -> Result<()> {
            fs::create_dir_all(path.parent().context("a file in a folder")?)?;
            Ok(fs::write(path, text)?)
        };
        write(&from.join("index.html"), "one")?;
        write(&from.join("ui/a.js"), "a")?;
        write(&from.join("package.json"), "{}")?;
        write(&to.join("old.js"), "old")?;
        write(&to.join("pkg/module.wasm"), "wasm")?;
        let wanted = |path: &Path| path != Path::new("package.json");
        mirror(&from, &to, "pkg", wanted)?;
        write(&from.join("index.html"), "two")?;
        mirror(&from, &to, "pkg", wanted)?;
        let names = below(&to)?.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(names, ["index.html", "pkg/module.wasm", "ui/a.js"]);
        assert_eq!(fs::read_to_string(to.join("index.html"))?, "two");
        Ok(fs::remove_dir_all(folder)?)
    }
}
