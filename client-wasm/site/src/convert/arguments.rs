//! What the command was asked.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use fedner_formats::{Format, ReadOptions, SameTextChoice, TableColumns};

/// Converts notes with annotated entities between formats.
///
/// Counts and problems, by file and line, go to standard error; the exit status is 0 unless nothing could be read or
/// written.
#[derive(Debug, Args)]
#[command(after_help = formats())]
pub struct Arguments {
    /// What to read.
    #[command(flatten)]
    pub source: Source,
    /// Where to write.
    #[command(flatten)]
    pub target: Target,
    /// What to do with documents of the same text and other entities
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub same_text: SameText,
}

/// What to read, and how.
#[derive(Debug, Args)]
pub struct Source {
    /// A file, a folder (all files in it and below), a .zip or .tar.gz archive, or - for standard input
    #[arg(value_name = "IN")]
    pub input: Endpoint,
    /// What IN is; otherwise each file's content shows it
    #[arg(short, long, value_name = "FORMAT")]
    pub from: Option<Format>,
    /// The column of a table with the text
    #[arg(long, value_name = "NAME")]
    pub text_column: Option<String>,
    /// The column of a table with a name for each text
    #[arg(long, value_name = "NAME")]
    pub id_column: Option<String>,
    /// The column of a table with an entity's first character
    #[arg(long, value_name = "NAME")]
    pub start_column: Option<String>,
    /// The column of a table with the character after an entity's last
    #[arg(long, value_name = "NAME")]
    pub end_column: Option<String>,
    /// The column of a table with an entity's type
    #[arg(long, value_name = "NAME")]
    pub label_column: Option<String>,
}

/// Where to write, and what.
#[derive(Debug, Args)]
pub struct Target {
    /// A file, a folder (an existing one, or a name that ends with /), a name that ends with .zip, or - for standard
    /// output, for formats that are one file
    #[arg(value_name = "OUT")]
    pub output: Endpoint,
    /// What to write; otherwise OUT's ending shows it, where only one format has it
    #[arg(short, long, value_name = "FORMAT")]
    pub to: Option<Format>,
    /// Overwrite files
    #[arg(long)]
    pub force: bool,
}

/// Where notes come from or go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `-`: standard input or output.
    Standard,
    /// A file or a folder.
    Path(PathBuf),
}

/// As [`SameTextChoice`], for the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SameText {
    /// Keep all of them, and list them
    #[default]
    Keep,
    /// Keep one, with the entities of all
    Merge,
    /// Keep the last, as of a corrected file
    Last,
    /// Keep the first
    First,
}

impl From<std::ffi::OsString> for Endpoint {
    fn from(value: std::ffi::OsString) -> Self {
        if value == "-" { Self::Standard } else { Self::Path(value.into()) }
    }
}

impl From<SameText> for SameTextChoice {
    fn from(choice: SameText) -> Self {
        match choice {
            SameText::Keep => Self::Keep,
            SameText::Merge => Self::Merge,
            SameText::Last => Self::Last,
            SameText::First => Self::First,
        }
    }
}

impl Target {
    /// A file that is no notes.
    pub fn archive(path: &Path, force: bool) -> Self {
        Self { output: Endpoint::Path(path.to_owned()), to: None, force }
    }

    /// The format asked for, or the only one that the output's name can mean.
    pub fn format(&self) -> Result<Format> {
        if let Some(format) = self.to {
            if !format.can_write() {
                bail!("{} is only read; the formats to write are {}", format.title(), names());
            }
            return Ok(format);
        }
        let name = match &self.output {
            Endpoint::Path(path) => path.extension().and_then(|extension| extension.to_str()).unwrap_or_default(),
            Endpoint::Standard => "",
        };
        let mut fitting = writable().filter(|format| format.extensions().contains(&name));
        match (fitting.next(), fitting.next()) {
            (Some(format), None) => Ok(format),
            _ => bail!("say with --to which format to write; the formats are {}", names()),
        }
    }
}

impl Source {
    /// How to read.
    pub fn options(&self) -> ReadOptions {
        let columns = TableColumns {
            text: self.text_column.clone(),
            id: self.id_column.clone(),
            start: self.start_column.clone(),
            end: self.end_column.clone(),
            label: self.label_column.clone(),
        };
        ReadOptions { format: self.from, columns }
    }
}

fn writable() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| format.can_write())
}

fn names() -> String {
    writable().map(Format::name).collect::<Vec<_>>().join(", ")
}

fn formats() -> String {
    let formats = Format::ALL.iter().map(|format| {
        let read = if format.can_write() { "" } else { " (only read)" };
        format!("  {:<14}{:<20}{}{read}\n", format.name(), format.title(), format.extensions().join(", "))
    });
    format!("Formats, and the endings of their files:\n\n{}", formats.collect::<String>())
}
