//! The BioNLP shared tasks' form: a text, given entities in `.a1` and found ones in `.a2` beside it, in brat's lines.

use super::brat;
use super::definition::Definition;
use super::recognise::{Content, Evidence};

/// BioNLP shared task standoff, which brat's reader reads.
pub(super) const FORMAT: Definition = Definition {
    name: "bionlp",
    title: "BioNLP standoff",
    extensions: &["a1", "a2", "txt"],
    annotations: &["a1", "a2"],
    recognise: by_its_files,
    read: brat::read,
    write: None,
    says_unread: true,
    keeps_details: false,
    advice: "choose the text (.txt) together with its annotations (.a1 and .a2)",
};

fn by_its_files(_: &Content<'_>) -> Evidence {
    Evidence::default()
}
