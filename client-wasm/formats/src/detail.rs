//! What files say of an entity beside its place and its type: a code in a terminology, and attributes.

use super::document::Document;
use super::json::JsonNode;
use super::write::Writer;

/// The most attributes that an entity keeps.
const ATTRIBUTES_MAX: usize = 32;

/// The longest code or attribute, in chars.
const CHARS_MAX: usize = 200;

/// What an attribute's value says where the attribute is a flag.
const TRUE: &str = "true";

/// A code and attributes of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// In a terminology, such as `MESH:D001241`.
    pub code: Option<String>,
    /// `Negated`, or a name and its value, as in `Certainty=low`; sorted, each once.
    pub attributes: Vec<String>,
}

/// The names of members and infons that hold a code, in small letters; the first is the one that is written.
const CODES: &[&str] = &["identifier", "code", "kb_id", "cui", "concept_id", "mesh"];

impl Detail {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.code.is_none() && self.attributes.is_empty()
    }

    /// Adds an attribute; false where there is no room for it.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> bool {
        let (name, value) = (name.trim(), value.trim());
        let attribute = if value.is_empty() || value == TRUE { name.to_owned() } else { format!("{name}={value}") };
        let fits =
            !name.is_empty() && attribute.chars().nth(CHARS_MAX).is_none() && self.attributes.len() < ATTRIBUTES_MAX;
        if fits && let Err(place) = self.attributes.binary_search(&attribute) {
            self.attributes.insert(place, attribute);
        }
        fits
    }

    /// Takes a code, unless there is one; false where there is no room for it.
    pub(super) fn code(&mut self, code: &str) -> bool {
        let code = code.trim();
        let fits = !code.is_empty() && code.chars().nth(CHARS_MAX).is_none() && self.code.is_none();
        if fits {
            self.code = Some(code.to_owned());
        }
        fits
    }

    /// What a member called so says: a code, or an attribute with this name.
    pub(super) fn member(&mut self, name: &str, value: &str) -> bool {
        match CODES.contains(&name.to_lowercase().as_str()) && self.code.is_none() {
            true => self.code(value),
            false => self.attribute(name, value),
        }
    }

    /// Attributes as a list of words, or as an object of names and values.
    pub(super) fn attributes_of(&mut self, node: JsonNode<'_>) {
        for one in node.elements() {
            if let Some(word) = one.string() {
                let (name, value) = word.split_once('=').unwrap_or((&word, ""));
                self.attribute(name, value);
            }
        }
        for (name, value) in node.members() {
            self.attribute(&name, &value.plain());
        }
    }

    /// Everything of both.
    pub(super) fn join(&mut self, other: Self) {
        if let Some(code) = other.code {
            self.code(&code);
        }
        for attribute in other.attributes {
            let (name, value) = attribute.split_once('=').unwrap_or((&attribute, ""));
            self.attribute(name, value);
        }
    }

    /// Code and attributes as names and values, as BioC's infons are.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        let code = self.code.iter().map(|code| (CODES[0], code.as_str()));
        code.chain(self.named())
    }

    /// Attributes as names and values.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|attribute| attribute.split_once('=').unwrap_or((attribute, TRUE)))
    }
}

/// Says that a format can't hold what is said of the entities of these documents.
pub(super) fn say_lost(what: &str, documents: &[Document], writer: &mut Writer, is_lost: impl Fn(&Detail) -> bool) {
    for document in documents {
        let lost = document.details.values().filter(|detail| is_lost(detail)).count();
        if lost > 0 {
            writer.problem(document, format!("{what} of {lost} entities aren't written"));
        }
    }
}
