//! Which files belong together: `a/note.txt` and `a/note.ann`.

use std::collections::HashMap;

use super::super::lines::{base, ends_with};
use super::super::{Format, InputFile};

/// The ending of files with annotations.
const ANNOTATIONS: &str = "ann";

/// What brat keeps beside the documents.
const CONFIGURATION: &[&str] = &["annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf"];

/// What a file is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Role {
    /// A file that says all by itself.
    Alone,
    /// A text with the annotations in the file at this place.
    Text(usize),
    /// Annotations of a text that is among the files.
    Annotations,
    /// Annotations without their text.
    Orphan,
}

/// Finds the texts of annotations. Where a format other than brat's is asked for every file stands alone.
pub(in super::super) fn roles(files: &[InputFile<'_>], format: Option<Format>) -> Vec<Role> {
    let mut roles = vec![Role::Alone; files.len()];
    if format.is_some_and(|format| format != Format::Brat) {
        return roles;
    }
    let texts = files.iter().enumerate().filter(|(_, file)| ends_with(file.name, &["txt"]));
    let texts: HashMap<&str, usize> = texts.map(|(at, file)| (without_ending(file.name), at)).collect();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| ends_with(file.name, &[ANNOTATIONS])) {
        roles[at] = Role::Orphan;
        if let Some(text) = texts.get(without_ending(file.name))
            && roles[*text] == Role::Alone
        {
            roles[*text] = Role::Text(at);
            roles[at] = Role::Annotations;
        }
    }
    roles
}

/// Whether a file says how brat shows documents, and holds none.
pub(in super::super) fn is_configuration(name: &str) -> bool {
    CONFIGURATION.contains(&base(name))
}

fn without_ending(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
