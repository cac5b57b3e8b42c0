//! Which formats there are, and what they are called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A form in which notes and the entities in them are kept in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The note as it is, without entities.
    Text,
    /// A token a line, the tag in the last column.
    Conll,
    /// A text, and annotations in a file beside it.
    Brat,
    /// doccano's JSON lines.
    Doccano,
    /// Label Studio's tasks.
    LabelStudio,
    /// spaCy's and Prodigy's JSON lines.
    Spacy,
    /// BioC collections in XML.
    BiocXml,
    /// BioC collections in JSON.
    BiocJson,
    /// Title and abstract, and entities in lines after.
    Pubtator,
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no format {0:?}; the formats are {names}", names = Format::names())]
pub struct UnknownFormat(pub String);

impl Format {
    /// All of them, in the order to offer them in.
    pub const ALL: &[Self] = &[
        Self::Text,
        Self::Conll,
        Self::Brat,
        Self::Doccano,
        Self::LabelStudio,
        Self::Spacy,
        Self::BiocXml,
        Self::BiocJson,
        Self::Pubtator,
    ];

    /// Its name in commands and in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Conll => "conll",
            Self::Brat => "brat",
            Self::Doccano => "doccano",
            Self::LabelStudio => "label-studio",
            Self::Spacy => "spacy",
            Self::BiocXml => "bioc-xml",
            Self::BiocJson => "bioc-json",
            Self::Pubtator => "pubtator",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "Plain text",
            Self::Conll => "CoNLL",
            Self::Brat => "brat standoff",
            Self::Doccano => "doccano JSONL",
            Self::LabelStudio => "Label Studio JSON",
            Self::Spacy => "spaCy JSONL",
            Self::BiocXml => "BioC XML",
            Self::BiocJson => "BioC JSON",
            Self::Pubtator => "PubTator",
        }
    }

    /// Endings of its files' names, without the dot; the first is the one that is written.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["txt"],
            Self::Conll => &["conll", "iob", "iob2", "bio", "bioes"],
            Self::Brat => &["ann", "txt"],
            Self::Doccano => &["jsonl", "json"],
            Self::LabelStudio => &["json"],
            Self::Spacy => &["jsonl", "json"],
            Self::BiocXml => &["xml"],
            Self::BiocJson => &["json"],
            Self::Pubtator => &["pubtator", "txt"],
        }
    }

    fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
