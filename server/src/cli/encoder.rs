//! `encoder`: packs of pretrained encoders, made from the files that a model hub has.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fedner_encoder::Pack;
use fedner_encoder::make::{HubFiles, PackChoice, make, sample_notes};
use fedner_protocol::Digest;

use super::CommandError;
use crate::config::Config;
use crate::encoders::Encoders;

/// What is done with packs.
#[derive(Debug, Subcommand)]
pub(super) enum EncoderCommand {
    /// Make a pack from an encoder's own files: config.json, model.safetensors, and vocab.txt or tokenizer.json.
    Add(AddArguments),
    /// List the packs.
    List,
    /// Remove a pack.
    Remove {
        /// Its digest.
        digest: Digest,
    },
}

/// Which encoder, and what of it.
#[derive(Debug, Args)]
pub(super) struct AddArguments {
    /// The folder with its files.
    folder: PathBuf,
    /// What people call it; without it the folder's name.
    #[arg(long)]
    name: Option<String>,
    /// Its licence, as SPDX names it; without it what README.md says in its header.
    #[arg(long)]
    licence: Option<String>,
    /// The first and the last layer whose outputs are averaged, as in 3,4. Layers above the last are left out.
    #[arg(long, value_delimiter = ',', num_args = 1, value_name = "FIRST,LAST")]
    layers: Vec<usize>,
    /// Elements of a word's vector; without it 128.
    #[arg(long, value_name = "NUMBER")]
    vector_width: Option<usize>,
    /// Public text to fit the projection on, such as abstracts of your field; without it the page's sample notes. Never
    /// notes of patients: the projection depends on it.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
}

pub(super) fn run(command: EncoderCommand, config: &Config) -> Result<(), CommandError> {
    let encoders = Encoders::of(&config.store.data_dir);
    match command {
        EncoderCommand::Add(arguments) => add(arguments, &encoders),
        EncoderCommand::List => list(&encoders),
        EncoderCommand::Remove { digest } => {
            if let Some(federation) = named_by(config, &digest) {
                let message =
                    format!("the federation {federation} needs this pack: its sites could not read their notes");
                return Err(message.into());
            }
            encoders.remove(&digest)?;
            println!("Removed {digest}.");
            Ok(())
        }
    }
}

fn named_by<'c>(config: &'c Config, digest: &Digest) -> Option<&'c str> {
    let needs = |model: &fedner_protocol::ModelSpec| model.pretrained.as_ref().is_some_and(|p| p.pack == *digest);
    config.federations.iter().find(|federation| needs(&federation.model)).map(|federation| federation.id.as_str())
}

fn add(arguments: AddArguments, encoders: &Encoders) -> Result<(), CommandError> {
    let files = HubFiles::read(&arguments.folder)?;
    let folder_name = || arguments.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = arguments.name.unwrap_or_else(folder_name);
    let licence = arguments.licence.or_else(|| files.licence()).ok_or(
        "the encoder's README.md names no licence in its header: give it with --licence, as in --licence Apache-2.0",
    )?;
    let mut choice = PackChoice::usual(&files, name, licence)?;
    match arguments.layers[..] {
        [] => {}
        [first, last] => choice.layers = [first, last],
        _ => return Err("--layers takes the first and the last layer, as in 3,4".into()),
    }
    choice.vector_width = arguments.vector_width.unwrap_or(choice.vector_width);
    let text = match &arguments.text {
        Some(file) => std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
        None => sample_notes(),
    };
    let made = make(&files, &choice, &[&text])?;
    let identity = Pack::read(&made.bytes)?.identity();
    let path = encoders.add(&identity.pack, &made.bytes)?;
    println!(
        "Added {}: {} ({}), {} bytes, layers up to {}.\nIts projection was fitted on {} words and keeps {:.0} % of their \
         variance.\nA federation's model names it with:\n\n[federations.model.pretrained]\npack = \"{}\"\nwidth = {}",
        path.display(),
        choice.name,
        choice.licence,
        made.bytes.len(),
        choice.layers[1],
        made.words,
        100.0 * made.kept_variance,
        identity.pack,
        identity.width
    );
    Ok(())
}

fn list(encoders: &Encoders) -> Result<(), CommandError> {
    let packs = encoders.list()?;
    if packs.is_empty() {
        println!("There is no pack; \u{201c}encoder add\u{201d} makes one.");
    }
    for pack in packs {
        println!(
            "{}  {} ({}), {} bytes, {} layers, vectors of {} elements",
            pack.digest, pack.name, pack.licence, pack.bytes, pack.layers, pack.width
        );
    }
    Ok(())
}
