//! `check-config`: everything that a start would refuse, before the start.

use std::fs::File;

use clap::Args;

use super::CommandError;
use crate::bundle::Bundle;
use crate::config::Config;
use crate::listen::Certificate;

/// How the outcome is told.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Warnings fail, too.
    #[arg(long)]
    strict: bool,
}

/// Checks what reading the configuration could not tell, and prints what would be served.
pub(super) fn check(arguments: CheckArguments, config: Config) -> Result<(), CommandError> {
    Certificate::load(&config.tls)?;
    for federation in &config.federations {
        if let Some(file) = &federation.initial_model {
            let found = File::open(file);
            found.map_err(|e| format!("initial_model of federation {}: {}: {e}", federation.id, file.display()))?;
        }
    }
    let warnings = config.warnings();
    warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    println!("listens on {}, {}", config.listen.address, encryption(&config));
    println!("stores in {}", config.store);
    println!("page: {}", page(&config)?);
    for federation in &config.federations {
        let rounds = &federation.rounds;
        println!(
            "federation {} ({:?}): {} rounds, from {} sites on, a round closes with {} updates",
            federation.id, federation.name, rounds.rounds, rounds.min_sites, rounds.quorum
        );
    }
    if arguments.strict && !warnings.is_empty() {
        return Err(format!("{} warnings, and --strict", warnings.len()).into());
    }
    println!("The configuration can be used.");
    Ok(())
}

fn page(config: &Config) -> std::io::Result<String> {
    if let Some(dir) = &config.page.dir {
        return Ok(dir.display().to_string());
    }
    let own = Bundle::own()?;
    Ok(own.map_or("none".to_owned(), |bundle| format!("the program's own, SHA-256 {}", bundle.digest())))
}

fn encryption(config: &Config) -> &'static str {
    match (config.tls.files(), config.listen.trusted_proxies.is_empty()) {
        (Some(_), _) => "with TLS",
        (None, false) => "plain HTTP behind a trusted proxy",
        (None, true) => "plain HTTP",
    }
}
