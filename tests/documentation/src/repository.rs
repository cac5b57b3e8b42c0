//! The files of the repository, as far as pages may name them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::page::Page;

/// Folders that hold nothing written by hand, by name.
const LEFT_OUT: [&str; 3] = ["target", "node_modules", "data"];

/// Pages written by programs or kept as test data, by a part of their path.
const NOT_OUR_PAGES: [&str; 2] = ["tests/experiment/results/", "testdata/"];

/// Endings of files in which items are defined.
const SOURCES: [&str; 4] = ["rs", "js", "ts", "py"];

/// The working tree that this package was built in.
pub struct Repository {
    root: PathBuf,
    /// Files by their paths from the root, with slashes.
    files: Vec<String>,
}

impl Repository {
    /// Lists the working tree's files.
    ///
    /// # Errors
    ///
    /// When a folder can't be read.
    pub fn open() -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut files = Vec::new();
        list(&root, "", &mut files)?;
        files.sort_unstable();
        Ok(Self { root, files })
    }

    /// The pages that people write.
    ///
    /// # Errors
    ///
    /// When one can't be read.
    pub fn pages(&self) -> io::Result<Vec<Page>> {
        let ours = |path: &&String| path.ends_with(".md") && !NOT_OUR_PAGES.iter().any(|part| path.contains(part));
        self.files
            .iter()
            .filter(ours)
            .map(|path| Ok(Page::new(path, fs::read_to_string(self.root.join(path))?)))
            .collect()
    }

    /// Whether a file or a folder has this path from the root. `*` stands for anything within a name.
    pub fn has(&self, path: &str) -> bool {
        let wanted: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        self.files.iter().any(|file| {
            let mut parts = file.split('/');
            wanted.iter().all(|wanted| parts.next().is_some_and(|part| matches(wanted, part)))
        })
    }

    /// Whether a file or a folder has a path that ends so, in whole names.
    pub fn has_ending(&self, ending: &str) -> bool {
        let wanted: Vec<&str> = ending.trim_end_matches('/').split('/').collect();
        self.files.iter().any(|file| {
            let parts: Vec<&str> = file.split('/').collect();
            parts.windows(wanted.len()).any(|window| wanted.iter().zip(window).all(|(name, part)| matches(name, part)))
        })
    }

    /// The names of the workspace's packages.
    ///
    /// # Errors
    ///
    /// When a manifest can't be read.
    pub fn package_names(&self) -> io::Result<HashSet<String>> {
        let mut names = HashSet::new();
        for file in self.files.iter().filter(|file| file.ends_with("Cargo.toml")) {
            let text = fs::read_to_string(self.root.join(file))?;
            let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            names.extend(name.map(str::to_owned));
        }
        Ok(names)
    }

    /// Every identifier in the source files.
    ///
    /// # Errors
    ///
    /// When a file can't be read.
    pub fn identifiers(&self) -> io::Result<HashSet<String>> {
        let mut identifiers = HashSet::new();
        for file in self.files.iter().filter(|file| SOURCES.iter().any(|ending| extension(file) == Some(ending))) {
            let text = fs::read_to_string(self.root.join(file))?;
            let words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
            identifiers.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
        Ok(identifiers)
    }
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

fn list(root: &Path, folder: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !entry.file_type()?.is_dir() {
            files.push(path);
        } else if name != ".git" && !LEFT_OUT.contains(&name.as_str()) {
            list(root, &path, files)?;
        }
    }
    Ok(())
}

/// Whether a name is what a pattern means, in which each `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(left) = name.strip_prefix(start) else { return false };
    left.char_indices().map(|(at, _)| at).chain([left.len()]).any(|at| matches(rest, &left[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [("*", "a"), ("*.rs", "a.rs"), ("*_*.sql", "0001_start.sql"), ("a*", "a"), ("a", "a")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.rs", "a.js"), ("*_*.sql", "start.sql"), ("a*a", "a")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn paths_are_found_by_whole_names() {
        let repository = Repository { root: PathBuf::new(), files: vec!["a/src/lib.rs".into(), "b.md".into()] };
        for path in ["a", "a/src/", "a/src/lib.rs", "a/*/lib.rs", "a/src/*.rs", "b.md"] {
            assert!(repository.has(path), "{path}");
        }
        for path in ["src", "a/sr", "a/src/lib.rs/x", "a/*.rs", "b"] {
            assert!(!repository.has(path), "{path}");
        }
        assert!(repository.has_ending("src/lib.rs"));
        assert!(!repository.has_ending("rc/lib.rs"));
    }
}
