//! `fedner-convert IN OUT`: annotated notes from one format into another. What is read, left out and written is said on
//! standard error.

mod arguments;
mod input;
mod output;
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result};
use fedner_core::formats::{self, InputFile};

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let result = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help) => {
            print!("{}", arguments::help());
            return ExitCode::SUCCESS;
        }
        Ok(Command::Convert(arguments)) => convert(&arguments),
        Err(error) => Err(error),
    };
    match result {
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
    let imported = formats::read(&inputs, arguments.from)?;
    report::imported(&imported);
    let written = formats::write(to, &imported.documents);
    report::written(&written);
    output::save(arguments, to, written).context("nothing more was written")
}
