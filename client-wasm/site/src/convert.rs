//! `convert IN OUT`: annotated notes from one format into another. What is read, left out and written is said on standard
//! error.

mod arguments;
pub mod input;
pub mod output;
mod report;

pub use arguments::{Arguments, Endpoint, SameText, Source, Target};

use anyhow::{Context, Result};
use fedner_formats::InputFile;

/// Reads, converts and writes.
///
/// # Errors
/// When nothing could be read or written.
pub fn convert(arguments: &Arguments) -> Result<()> {
    let to = arguments.target.format()?;
    output::check(&arguments.target)?;
    let files = input::read(&arguments.source.input)?;
    let inputs: Vec<InputFile<'_>> =
        files.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    let imported = fedner_formats::read(&inputs, &arguments.source.options())?;
    report::imported(&imported);
    report::same_texts(&imported.documents, arguments.same_text);
    let documents = fedner_formats::resolve_same_text(imported.documents, arguments.same_text.into());
    let written = fedner_formats::write(to, &documents);
    report::written(&written);
    output::save(&arguments.target, to, written).context("nothing more was written")
}
