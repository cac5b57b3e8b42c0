//! CoNLL files: a token a line with its tag in a column, or a sentence a line of tokens such as `London|B-GPE`.

mod builder;
mod flatten;
mod layout;
mod line;
mod mark;
mod read;
mod scheme;
mod write;

use super::definition::Definition;

/// CoNLL.
pub(super) const FORMAT: Definition = Definition {
    name: "conll",
    title: "CoNLL",
    extensions: &["conll", "iob", "iob2", "bio", "bioes", "tsv", "conllu"],
    annotations: &[],
    recognise: read::recognise,
    read: read::read,
    write: Some(write::write),
    // A comment says it, which only this reader knows.
    says_unread: false,
    keeps_details: false,
    advice: "each line needs a token and a tag such as O, B-DRUG or I-DRUG",
};

/// The comment after a document's mark that says that nobody has looked at it.
const UNREAD: &str = "# labelled = no";
