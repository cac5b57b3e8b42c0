//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::CommandError;
use crate::audit::Verified;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::credential::{CredentialFile, OperatorCredential};
use crate::store::{BackedUp, Purpose, Reapplied, Replaced, ReplacedStore, Restoration, Store, make_folder, restore};

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
    let BackedUp { bytes, audit, damage } = outcome?;
    println!(
        "Backed up to {}: {bytes} bytes.\nThe audit log has {} rows in it. Head: {}",
        arguments.to.display(),
        audit.rows,
        audit.hash
    );
    for row in damage {
        println!("Damaged in the store, and so in the backup: {row}");
    }
    Ok(())
}

pub(super) async fn restore_from(arguments: RestoreArguments, config: &Config) -> Result<(), CommandError> {
    let RestoreArguments { from, force } = arguments;
    let operator = OperatorCredential::generate()?;
    // Before it is stored: nobody could know one that is stored and then not written.
    make_folder(&config.store.data_dir)?;
    let file = CredentialFile::write(&config.store.data_dir, &operator.reveal())?;
    let restoration = Restoration { backup: &from, force, operator: operator.hash(), now: SystemClock.now() };
    let restored = restore(&config.store, &restoration).await?;
    let Verified { rows, head, .. } = restored.verified;
    println!(
        "Restored {} to {}. The audit log is whole: {rows} rows, head {head}; what the restoring did follows in it.",
        from.display(),
        config.store
    );
    print_replaced(&restored.replaced);
    print_reapplied(&restored.reapplied);
    // Its path, and not the credential: standard output may end up in a journal that others read.
    println!(
        "The operator's credential before is worth nothing any more. The new one is in this file, for this user alone: {}",
        file.keep()?.display()
    );
    Ok(())
}

fn print_replaced(replaced: &Replaced) {
    let kept = match replaced {
        Replaced::Nothing => {
            return println!(
                "No store was here before. A site whose part was ended after the backup was made has it again: look \
                 through `sites list`."
            );
        }
        Replaced::Unreadable(reason, kept) => {
            println!(
                "The store that was here could not be read ({reason}). A site whose part was ended after the backup \
                 was made has it again: look through `sites list`."
            );
            kept
        }
        Replaced::Store(ReplacedStore { audit, audit_rows_after, .. }, kept) => {
            println!("The audit log that was here had {} rows, head {}.", audit.rows, audit.hash);
            match audit_rows_after {
                Some(rows) => println!("{rows} rows of it are not in the backup."),
                None => println!("It does not continue the backup's: the backup is of another store."),
            }
            kept
        }
    };
    match kept {
        Some(file) => println!("What was here is kept in {}.", file.display()),
        None => println!("What was here could not be kept."),
    }
}

fn print_reapplied(Reapplied { revoked, discarded, lost, closed }: &Reapplied) {
    for site in revoked {
        println!("Site {site}: its part was ended after the backup was made, and is ended again.");
    }
    for update in discarded {
        println!("Update {update}: it was discarded after the backup was made, and is discarded again.");
    }
    for site in lost {
        println!("Site {site}: it enrolled after the backup was made and is not in it; invite it again.");
    }
    for invitation in closed {
        println!("Invitation {invitation}: it was open in the backup and is closed; make a new one if it is needed.");
    }
}
