//! Which files belong together: `a/note.txt` and `a/note.ann`, or `text/note.txt` and `original/note.ann`.

use std::collections::HashMap;

use super::file_set::annotation_format;
use super::lines::ends_with;
use super::{Format, InputFile};

/// Folders that hold texts whose annotations stand in folders beside them.
const TEXT_FOLDERS: &[&str] = &["text", "texts", "txt", "raw", "notes", "documents"];

/// Folders that hold the annotations to read first, where several belong to one text.
const FIRST_FOLDERS: &[&str] = &["original", "gold", "ann", "annotations", "concept", "brat"];

/// What a file is among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A file that says everything by itself.
    Alone,
    /// A text with one or more sets of annotations, each of which makes a document of it.
    Text(Vec<Layer>),
    /// Annotations of a text that is among the files.
    Annotations,
    /// Codes of entities that other annotations mark.
    Codes,
    /// Annotations of this format without their text.
    Orphan(Format),
}

/// One set of annotations of a text: files of one folder and format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) format: Format,
    folder: String,
    /// Places of the files among all.
    pub(super) files: Vec<usize>,
}

/// Finds the texts of annotations. Where a format is asked for that needs none, every file stands alone.
pub(super) fn roles(files: &[InputFile<'_>], format: Option<Format>) -> Vec<Role> {
    let mut roles = vec![Role::Alone; files.len()];
    let texts = Texts::new(files);
    for (at, file) in files.iter().enumerate() {
        let Some(found) = annotation_format(file.name).filter(|found| format.is_none_or(|format| format == *found))
        else {
            continue;
        };
        if holds_codes(file.bytes) {
            roles[at] = Role::Codes;
            continue;
        }
        let Some(text) = texts.of(file.name) else {
            roles[at] = Role::Orphan(found);
            continue;
        };
        roles[at] = Role::Annotations;
        if roles[text] == Role::Alone {
            roles[text] = Role::Text(Vec::new());
        }
        if let Role::Text(layers) = &mut roles[text] {
            let folder = folder(file.name);
            match layers.iter_mut().find(|layer| (layer.format, layer.folder.as_str()) == (found, folder)) {
                Some(layer) => layer.files.push(at),
                None => layers.push(Layer { format: found, folder: folder.to_owned(), files: vec![at] }),
            }
        }
    }
    for (file, role) in files.iter().zip(&mut roles) {
        if let Role::Text(layers) = role {
            layers.sort_by_key(|layer| (rank(&layer.folder, folder(file.name)), layer.folder.clone()));
        }
    }
    roles
}

/// The name of the text that annotations are of, without its folder and ending: of `a/1.txt.con` and `a/1.con` it is `1`.
pub(super) fn text_stem(annotations: &str) -> &str {
    let stem = super::lines::stem(annotations);
    stem.strip_suffix(".txt").unwrap_or(stem)
}

struct Texts<'f> {
    files: &'f [InputFile<'f>],
    by_stem: HashMap<&'f str, Vec<usize>>,
}

impl<'f> Texts<'f> {
    fn new(files: &'f [InputFile<'f>]) -> Self {
        let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate().filter(|(_, file)| ends_with(file.name, &["txt"])) {
            by_stem.entry(text_stem(file.name)).or_default().push(at);
        }
        Self { files, by_stem }
    }

    /// The text in the same folder, else the one in a folder beside it, else the only one of that name.
    fn of(&self, annotations: &str) -> Option<usize> {
        let named = self.by_stem.get(text_stem(annotations))?;
        let own = folder(annotations);
        let folder_of = |at: &usize| folder(self.files[*at].name);
        if let Some(same) = named.iter().find(|at| folder_of(at) == own) {
            return Some(*same);
        }
        let beside = |at: &&usize| {
            let text = folder_of(at);
            parent(text) == parent(own) || text == parent(own) || parent(text) == own
        };
        let near: Vec<usize> = named.iter().filter(beside).copied().collect();
        match near[..] {
            [] => (named.len() == 1).then(|| named[0]),
            [only] => Some(only),
            // Several: only a folder whose name says that it holds the texts settles it.
            _ => {
                let mut texts = near.iter().filter(|at| TEXT_FOLDERS.contains(&last(folder_of(at))));
                texts.next().copied().filter(|_| texts.next().is_none())
            }
        }
    }
}

/// Annotations in the text's own folder come first, then those in folders known to hold the entities.
fn rank(annotations: &str, text: &str) -> usize {
    match annotations == text {
        true => 0,
        false => 1 + FIRST_FOLDERS.iter().position(|name| *name == last(annotations)).unwrap_or(FIRST_FOLDERS.len()),
    }
}

/// Whether a file's lines give codes to entities that are marked elsewhere, as CADEC's do: `TT1<TAB>10013649 9 19<TAB>…`.
fn holds_codes(bytes: &[u8]) -> bool {
    let first = bytes.trim_ascii_start();
    first.strip_prefix(b"TT").and_then(|rest| rest.first()).is_some_and(u8::is_ascii_digit)
}

fn folder(name: &str) -> &str {
    name.rfind(['/', '\\']).map_or("", |at| &name[..at])
}

fn parent(folder: &str) -> &str {
    self::folder(folder)
}

fn last(folder: &str) -> &str {
    super::lines::base(folder)
}
