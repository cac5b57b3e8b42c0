//! `fedner-convert IN OUT`: annotated notes from one format into another. What is read, left out and written is said on
//! standard error.

mod arguments;
mod input;
mod output;
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use fedner_formats::InputFile;

use arguments::Arguments;

fn main() -> ExitCode {
    match convert(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn convert(arguments: &Arguments) -> Result<()> {
    let to = arguments.target_format()?;
    output::check(arguments)?;
    let files = input::read(&arguments.input)?;
    let inputs: Vec<InputFile<'_>> =
        files.iter().map(|file| InputFile { name: &file.name, bytes: &file.bytes }).collect();
    let imported = fedner_formats::read(&inputs, &arguments.read_options())?;
    report::imported(&imported);
    report::same_texts(&imported.documents, arguments.same_text);
    let documents = fedner_formats::resolve_same_text(imported.documents, arguments.same_text.into());
    let written = fedner_formats::write(to, &documents);
    report::written(&written);
    output::save(arguments, to, written).context("nothing more was written")
}
