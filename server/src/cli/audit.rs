//! `audit show` and `audit verify`.

use std::io::{BufWriter, Write};

use clap::Subcommand;

use super::CommandError;
use crate::audit::{AuditRow, ChainHash, Verified};
use crate::config::Config;
use crate::store::{AUDIT_PAGE_ROWS, Purpose, Store};

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Print the audit log, oldest first.
    Show {
        /// Only the rows after this number.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Check that no row was changed, removed, added or moved since it was written.
    Verify {
        /// A head that an earlier `audit verify` printed and that was noted elsewhere: it must be in the log.
        #[arg(long, value_name = "HASH")]
        head: Option<ChainHash>,
    },
}

pub(super) async fn run(command: AuditCommand, config: &Config) -> Result<(), CommandError> {
    let store = Store::open(&config.store, Purpose::Command).await?;
    let outcome = match command {
        AuditCommand::Show { after, json } => show(&store, after, json).await,
        AuditCommand::Verify { head } => verify(&store, head).await,
    };
    store.close().await;
    outcome
}

async fn show(store: &Store, mut after: u64, json: bool) -> Result<(), CommandError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let rows = store.audit_rows(after, AUDIT_PAGE_ROWS).await?;
        let Some(last) = rows.last() else {
            return Ok(out.flush()?);
        };
        after = last.number;
        for row in &rows {
            if json { writeln!(out, "{}", serde_json::to_string(row)?)? } else { writeln!(out, "{}", line(row))? }
        }
    }
}

fn line(row: &AuditRow) -> String {
    let AuditRow { number, at, actor, federation, kind, detail, hash: _ } = row;
    format!("{number:>6}  {}  {actor}  {}  {kind}  {detail}", at.rfc3339(), federation.as_deref().unwrap_or("-"))
}

async fn verify(store: &Store, noted: Option<ChainHash>) -> Result<(), CommandError> {
    let verified = store.verify_audit(noted).await?;
    let verified = verified.map_err(|error| format!("the audit log is not what was written: {error}"))?;
    println!("{}", summary(&verified));
    Ok(())
}

fn summary(verified: &Verified) -> String {
    let Verified { rows, head, noted } = verified;
    let noted = match noted {
        Some(row) => format!("The noted head is row {row}; {} rows were added since.\n", rows - row),
        None => String::new(),
    };
    format!(
        "The audit log is whole: {rows} rows, none changed, removed or moved.\n{noted}Head: {head}\n\
         Note the head where the server can't write; `audit verify --head` then also finds a log that was written anew."
    )
}
