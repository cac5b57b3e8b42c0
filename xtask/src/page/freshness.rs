//! Whether a built file is newer than everything it was built from, by the list of sources that cargo writes beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Whether no source of `built` has changed since. A list or a source that can't be read is a change.
pub fn is_fresh(built: &Path, root: &Path) -> bool {
    let Some(built_at) = modified(built) else { return false };
    let Ok(list) = fs::read_to_string(built.with_extension("d")) else { return false };
    let sources = sources(&list);
    // Features, profiles and the versions of dependencies are in these; no list has them.
    let manifests: BTreeSet<PathBuf> = sources.iter().flat_map(|source| manifests(source, root)).collect();
    let older = |file: &PathBuf| modified(file).is_some_and(|time| time <= built_at);
    !sources.is_empty() && sources.iter().chain(&manifests).chain([&root.join("Cargo.lock")]).all(older)
}

/// The manifests in the folders above a source, up to the root.
fn manifests(source: &Path, root: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = source.ancestors().skip(1).take_while(move |folder| folder.starts_with(root));
    folders.map(|folder| folder.join("Cargo.toml")).filter(|manifest| manifest.is_file())
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// The files behind the colon of a Makefile's rule, in which a space in a name is written `\ `.
fn sources(list: &str) -> Vec<PathBuf> {
    let Some((_, files)) = list.lines().next().and_then(|line| line.split_once(": ")) else { return Vec::new() };
    // No name has this character in it.
    let files = files.replace("\\ ", "\0");
    files.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::Result;

    use super::*;
    use crate::files;

    #[test]
    fn names_with_spaces_are_one_source() {
        let list = "/t/a.wasm: /r/src/lib.rs /r/my\\ notes/b.rs\n\n/r/src/lib.rs:\n";
        assert_eq!(sources(list), [PathBuf::from("/r/src/lib.rs"), PathBuf::from("/r/my notes/b.rs")]);
        assert!(sources("").is_empty());
    }

    #[test]
    fn a_newer_or_missing_source_makes_it_old() -> Result<()> {
        let root = std::env::temp_dir().join(format!("xtask-fresh-{}", std::process::id()));
        let (built, source) = (root.join("a.wasm"), root.join("core/lib.rs"));
        for name in ["Cargo.lock", "Cargo.toml", "core/Cargo.toml", "core/lib.rs", "a.wasm"] {
            files::write(&root.join(name), b"")?;
        }
        assert!(!is_fresh(&built, &root), "there is no list of sources");
        files::write(&root.join("a.d"), format!("{}: {}\n", built.display(), source.display()).as_bytes())?;
        assert!(is_fresh(&built, &root));
        let (now, later) = (SystemTime::now(), SystemTime::now() + Duration::from_secs(10));
        for name in ["Cargo.lock", "Cargo.toml", "core/Cargo.toml", "core/lib.rs"] {
            let file = fs::File::options().write(true).open(root.join(name))?;
            file.set_modified(later)?;
            assert!(!is_fresh(&built, &root), "{name} is newer");
            file.set_modified(now)?;
        }
        fs::File::options().write(true).open(&built)?.set_modified(later)?;
        assert!(is_fresh(&built, &root));
        files::remove(&source)?;
        assert!(!is_fresh(&built, &root), "the source is gone");
        Ok(fs::remove_dir_all(root)?)
    }
}
