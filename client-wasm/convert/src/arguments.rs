//! What the command was asked.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use fedner_core::formats::Format;
use lexopt::prelude::*;

/// Something to do.
pub enum Command {
    /// Say how the command is used.
    Help,
    /// Convert.
    Convert(Arguments),
}

/// Where notes come from or go to.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// `-`: standard input or output.
    Standard,
    /// A file or a folder.
    Path(PathBuf),
}

/// What to convert, and how.
pub struct Arguments {
    /// Where the notes are.
    pub input: Place,
    /// Where they go.
    pub output: Place,
    /// The format to read; none for the one that each file shows.
    pub from: Option<Format>,
    /// The format to write; none for the one that the output's name shows.
    pub to: Option<Format>,
    /// Whether files may be overwritten.
    pub force: bool,
}

impl Arguments {
    /// The format asked for, or the only one that the output's name can mean.
    pub fn target_format(&self) -> Result<Format> {
        if let Some(format) = self.to {
            return Ok(format);
        }
        let name = match &self.output {
            Place::Path(path) => path.extension().and_then(|extension| extension.to_str()).unwrap_or_default(),
            Place::Standard => "",
        };
        let mut fitting = Format::ALL.iter().filter(|format| format.extensions().contains(&name));
        match (fitting.next(), fitting.next()) {
            (Some(format), None) => Ok(*format),
            _ => bail!("say with --to which format to write; the formats are {}", names()),
        }
    }
}

/// Reads the command line.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let mut places = Vec::new();
    let (mut from, mut to, mut force) = (None, None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('f') | Long("from") => from = Some(format(&mut parser, "--from")?),
            Short('t') | Long("to") => to = Some(format(&mut parser, "--to")?),
            Long("force") => force = true,
            Value(value) if places.len() < 2 => {
                places.push(if value == "-" { Place::Standard } else { Place::Path(value.into()) });
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut places = places.into_iter();
    let (Some(input), Some(output)) = (places.next(), places.next()) else {
        bail!("say where the notes are and where they go\n\n{}", help());
    };
    Ok(Command::Convert(Arguments { input, output, from, to, force }))
}

fn format(parser: &mut lexopt::Parser, option: &str) -> Result<Format> {
    let name = parser.value()?.string()?;
    name.parse().with_context(|| format!("{option} can't be followed"))
}

fn names() -> String {
    Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

/// How the command is used.
pub fn help() -> String {
    let formats = Format::ALL
        .iter()
        .map(|format| format!("  {:<14}{:<20}{}\n", format.name(), format.title(), format.extensions().join(", ")));
    format!(
        "\
fedner-convert IN OUT [--from FORMAT] [--to FORMAT] [--force]

Converts notes with annotated entities. IN is a file, a folder (all files in it and below), a zip archive or -, standard
input. OUT is a file, a folder (an existing one, or a name that ends with /), a name that ends with .zip, or -, standard
output, for formats that are one file. Counts and problems, by file and line, go to standard error; the exit status is 0
unless nothing could be read or written.

  -f, --from FORMAT  what IN is; otherwise each file's name and content show it
  -t, --to FORMAT    what to write; otherwise OUT's ending shows it, where only one format has it
      --force        overwrite files
  -h, --help         this text

Formats, and the endings of their files:

{}",
        formats.collect::<String>()
    )
}
