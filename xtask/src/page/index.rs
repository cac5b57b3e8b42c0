//! The page's start: one document, put together from `index.html` and the parts in `views`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::tree::{HASH_BYTES, IMMUTABLE};

/// The folder of the document's parts.
const VIEWS: &str = "views";

/// The script that the page starts with.
const START: &str = "page/main.js";

/// Takes the parts out of `files` and puts each where the start has a comment with its path, such as
/// `<!-- views/notes.html -->`. A part that is missing, or that is put nowhere, is an error with its path.
pub fn with_views(start: &str, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<String> {
    let mut text = start.to_owned();
    let paths: Vec<PathBuf> = files.keys().filter(|path| path.starts_with(VIEWS)).cloned().collect();
    for path in paths {
        let part = files.remove(&path).with_context(|| format!("{} is gone", path.display()))?;
        let part = String::from_utf8(part).with_context(|| format!("{} is not UTF-8", path.display()))?;
        let comment = format!("<!-- {} -->", in_html(&path));
        if text.matches(&comment).count() != 1 {
            bail!("index.html does not say {comment} once");
        }
        text = text.replace(&comment, part.trim_end());
    }
    if let Some((_, rest)) = text.split_once(&format!("<!-- {VIEWS}/")) {
        bail!("index.html names {VIEWS}/{}, which is not there", rest.lines().next().unwrap_or_default());
    }
    Ok(text)
}

/// The start with every file of its own named by where it is served.
pub fn with_addresses<'a>(start: &str, folder: &str, files: impl Iterator<Item = &'a PathBuf>) -> Result<String> {
    let mut text = start.to_owned();
    for file in files {
        let path = in_html(file);
        for attribute in ["href", "src"] {
            text = text
                .replace(&format!("{attribute}=\"{path}\""), &format!("{attribute}=\"{IMMUTABLE}/{folder}/{path}\""));
        }
    }
    if !text.contains(&format!("src=\"{IMMUTABLE}/{folder}/{START}\"")) {
        bail!("index.html does not start {START}");
    }
    Ok(text)
}

/// The service worker's script, which is told what to keep: the start itself decides the version, as it names the rest.
pub fn service_worker<'a>(script: &str, start: &str, folder: &str, files: impl Iterator<Item = &'a PathBuf>) -> String {
    let hash = Sha256::digest(start.as_bytes());
    let version = hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>();
    let files: Vec<String> = files.map(|file| format!("{IMMUTABLE}/{folder}/{}", in_html(file))).collect();
    format!("const PAGE = {};\n{script}", json!({ "version": version, "files": files }))
}

/// Paths in HTML have slashes on every system.
fn in_html(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
        paths.iter().map(|path| (PathBuf::from(path), b"<p>part</p>\n".to_vec())).collect()
    }

    #[test]
    fn each_part_is_put_where_the_start_says() -> Result<()> {
        let mut own = files(&["views/a.html", "page/main.js"]);
        assert_eq!(with_views("<main><!-- views/a.html --></main>", &mut own)?, "<main><p>part</p></main>");
        assert_eq!(own.len(), 1, "a part is no file of its own");
        Ok(())
    }

    #[test]
    fn another_start_is_another_version() {
        let own = files(&["page/main.js"]);
        let text = |start: &str| service_worker("{}", start, "page-1", own.keys());
        assert!(text("<p>1</p>").contains("immutable/page-1/page/main.js"), "{}", text("<p>1</p>"));
        assert_ne!(text("<p>1</p>"), text("<p>2</p>"));
    }

    #[test]
    fn a_part_that_is_missing_or_put_nowhere_is_an_error() {
        let missing = with_views("<!-- views/b.html -->", &mut files(&[])).expect_err("there is no such part");
        assert!(missing.to_string().contains("views/b.html"), "{missing}");
        let nowhere = with_views("<main></main>", &mut files(&["views/a.html"])).expect_err("it is put nowhere");
        assert!(nowhere.to_string().contains("views/a.html"), "{nowhere}");
    }
}
