//! The page's start: one document, put together from `index.html` and the parts in `views`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::tree::IMMUTABLE;

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
    fn a_part_that_is_missing_or_put_nowhere_is_an_error() {
        let missing = with_views("<!-- views/b.html -->", &mut files(&[])).expect_err("there is no such part");
        assert!(missing.to_string().contains("views/b.html"), "{missing}");
        let nowhere = with_views("<main></main>", &mut files(&["views/a.html"])).expect_err("it is put nowhere");
        assert!(nowhere.to_string().contains("views/a.html"), "{nowhere}");
    }
}
