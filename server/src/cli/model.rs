//! `model`: a version of the global shared module as a file.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use fedner_protocol::FederationId;

use super::CommandError;
use crate::config::Config;
use crate::store::{Purpose, Store, StoredModel};

/// Which version, and where it goes.
#[derive(Debug, Args)]
pub(super) struct ModelArguments {
    /// The federation; it must have been served once.
    #[arg(long)]
    federation: FederationId,
    /// The version, 0 for what the federation began with; without it the newest.
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
    /// A new file.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(super) async fn write(arguments: ModelArguments, config: &Config) -> Result<(), CommandError> {
    let store = Store::open(&config.store, Purpose::Command).await?;
    let found = find(&store, &arguments).await;
    store.close().await;
    let (version, model) = found?;
    let failure = |e: std::io::Error| format!("{}: {e}", arguments.to.display());
    let mut file = OpenOptions::new().write(true).create_new(true).open(&arguments.to).map_err(failure)?;
    file.write_all(&model.body).and_then(|()| file.sync_all()).map_err(failure)?;
    println!(
        "Wrote version {version} of the shared module of {}: {}, {} bytes, {}.\nThere is no text and no label in it. A page \
         takes it in under \u{201c}Load a model\u{201d}, a new federation as its initial_model.",
        arguments.federation,
        arguments.to.display(),
        model.body.len(),
        model.digest
    );
    Ok(())
}

async fn find(store: &Store, arguments: &ModelArguments) -> Result<(u32, StoredModel), CommandError> {
    let id = &arguments.federation;
    if !store.has_federation(id).await? {
        return Err(format!("there is no federation {id} in this store; it is made when it is first served").into());
    }
    let newest = store.federation(id).await?.version;
    let version = arguments.version.unwrap_or(newest);
    match store.model(id, version).await? {
        Some(model) => Ok((version, model)),
        None => Err(format!(
            "version {version} of {id} is not there; the newest is {newest}, and older ones are kept as models_kept says"
        )
        .into()),
    }
}
