//! Which formats there are, and what they are called. A new format is a module and a line in the list below.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::definition::Definition;

/// Declares [`Format`] from its variants and the definition of each.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident => $definition:path,)*) => {
        /// A form in which notes and the entities in them are kept in files.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Format {
            $($(#[$doc])* $format,)*
        }

        impl Format {
            /// All of them, in the order to offer them in.
            pub const ALL: &[Self] = &[$(Self::$format,)*];

            pub(super) fn definition(self) -> &'static Definition {
                match self {
                    $(Self::$format => &$definition,)*
                }
            }
        }
    };
}

formats! {
    /// The note as it is, without entities.
    Text => super::plain::FORMAT,
    /// A token a line, its tag in a column.
    Conll => super::conll::FORMAT,
    /// A text, and annotations in a file beside it.
    Brat => super::brat::FORMAT,
    /// doccano's JSON lines.
    Doccano => super::doccano::FORMAT,
    /// Label Studio's tasks.
    LabelStudio => super::label_studio::FORMAT,
    /// spaCy's and Prodigy's JSON lines.
    Spacy => super::spacy::FORMAT,
    /// BioC collections in XML.
    BiocXml => super::bioc::XML,
    /// BioC collections in JSON.
    BiocJson => super::bioc::JSON,
    /// Title and abstract, and entities in lines after.
    Pubtator => super::pubtator::FORMAT,
    /// PubAnnotation's JSON: a text and its denotations.
    Pubannotation => super::pubannotation::FORMAT,
    /// A text, and the BioNLP shared tasks' `.a1` and `.a2` beside it.
    Bionlp => super::bionlp::FORMAT,
    /// A text, and i2b2's concepts by line and word in a `.con` file beside it.
    I2b2 => super::i2b2::FORMAT,
    /// WebAnno's and INCEpTION's TSV 3.
    WebannoTsv => super::webanno_tsv::FORMAT,
    /// A table with a column of texts, CSV or TSV.
    Table => super::table::FORMAT,
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no format {0:?}; the formats are {names}", names = Format::names())]
pub struct UnknownFormat(pub String);

impl Format {
    /// Its name in commands and in JavaScript.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.definition().title
    }

    /// Endings of its files' names, without the dot; the first is the one that is written.
    pub fn extensions(self) -> &'static [&'static str] {
        self.definition().extensions
    }

    /// Whether it can be written, too.
    pub fn can_write(self) -> bool {
        self.definition().write.is_some()
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
