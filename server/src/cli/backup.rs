//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::CommandError;
use crate::audit::Verified;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::store::{BackedUp, Purpose, Store, restore};

/// Where the backup goes.
#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// A new file; it holds hashes of credentials, so keep it as safe as the data folder.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Where the backup comes from.
#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// A file that `backup` wrote.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Take the place of what is stored. An SQLite file is kept beside the new one, under another name.
    #[arg(long)]
    force: bool,
}

pub(super) async fn back_up(arguments: BackupArguments, config: &Config) -> Result<(), CommandError> {
    let store = Store::open(&config.store, Purpose::Command).await?;
    let outcome = store.back_up(&arguments.to).await;
    store.close().await;
    let BackedUp { bytes, audit } = outcome?;
    println!(
        "Backed up to {}: {bytes} bytes.\nThe audit log has {} rows in it. Head: {}",
        arguments.to.display(),
        audit.rows,
        audit.hash
    );
    Ok(())
}

pub(super) async fn restore_from(arguments: RestoreArguments, config: &Config) -> Result<(), CommandError> {
    let Verified { rows, head, .. } =
        restore(&config.store, &arguments.from, arguments.force, SystemClock.now()).await?;
    println!(
        "Restored {} to {}. The audit log is whole: {rows} rows, head {head}; the restoring is one row more.",
        arguments.from.display(),
        config.store
    );
    Ok(())
}
