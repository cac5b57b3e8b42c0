//! The command line: `fedner-server` alone serves; each subcommand does one thing to the same store,
//! also while a server is running on it.

mod access;
mod audit;
mod backup;
mod check;
mod encoder;
mod model;
mod pause;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::access::{InvitationsCommand, InviteArguments, OperatorCommand, SitesCommand};
use self::audit::AuditCommand;
use self::backup::{BackupArguments, RestoreArguments};
use self::check::CheckArguments;
use self::encoder::EncoderCommand;
use self::model::ModelArguments;
use self::pause::PauseArguments;
use self::serve::ServeArguments;
use crate::config::{Config, ConfigError, DatabaseUrl, EXAMPLE, Overrides};
use crate::memory;

/// Why a command did not do what it should, in a sentence.
type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// Serves federations: sites train in their browsers, this server merges their updates.
#[derive(Debug, Parser)]
#[command(name = "fedner-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: CommonArguments,
    #[command(flatten)]
    serve: ServeArguments,
}

/// What every command takes: where the configuration and the data are.
#[derive(Debug, Args)]
struct CommonArguments {
    /// Configuration file (TOML); `config-example` prints a commented one.
    #[arg(long, global = true, env = "FEDNER_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite database; made if missing.
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// A PostgreSQL database to use instead: postgres://user@host/database. A password is better kept out of the
    /// command line, in FEDNER_STORE_DATABASE_URL, the configuration file or PostgreSQL's own password file.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// error, warn, info, debug or trace, or a filter such as info,fedner_server=debug.
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a commented configuration file with every field and its default.
    ConfigExample,
    /// Check the configuration as a start would, without starting: file, environment, certificate, page, models.
    CheckConfig(CheckArguments),
    /// Make a one-time link that enrols one site in a federation.
    Invite(InviteArguments),
    /// List or take back invitations.
    #[command(subcommand)]
    Invitations(InvitationsCommand),
    /// List sites, or end a site's part.
    #[command(subcommand)]
    Sites(SitesCommand),
    /// Replace the operator's credential.
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Show or check the audit log, also while a server is running.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Pause a federation, also while a server is running: no round opens or closes, and nothing is lost.
    Pause(PauseArguments),
    /// Let a paused federation go on.
    Resume(PauseArguments),
    /// Add, list or remove packs of pretrained encoders, also while a server is running.
    #[command(subcommand)]
    Encoder(EncoderCommand),
    /// Write a federation's shared module to a file, to start others from: a hospital's own page, or a new federation.
    Model(ModelArguments),
    /// Write all that is stored to one file, also while a server is running.
    Backup(BackupArguments),
    /// Fill the store from a backup, after checking it. No server may be running.
    Restore(RestoreArguments),
}

/// Runs the program with this process's arguments and environment. Called before the process has a second thread.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // Before the runtime makes its threads.
    let gives_buffers_back = memory::give_large_buffers_back();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let acted = runtime.map_err(CommandError::from).and_then(|runtime| {
        let acted = runtime.block_on(act(arguments, gives_buffers_back));
        // What still runs by now is not waited for.
        runtime.shutdown_background();
        acted
    });
    match acted {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fedner-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn act(Arguments { command, common, serve }: Arguments, gives_buffers_back: bool) -> Result<(), CommandError> {
    let Some(command) = command else {
        let config = Config::load(serve.overrides(common.overrides()), environment())?;
        return serve::serve(config, gives_buffers_back).await;
    };
    if let Some(flag) = serve.first_given() {
        return Err(format!("{flag} is for serving; leave it out with a command").into());
    }
    match command {
        Command::ConfigExample => print!("{EXAMPLE}"),
        Command::CheckConfig(arguments) => check::check(arguments, Config::load(common.overrides(), environment())?)?,
        Command::Invite(arguments) => access::invite(arguments, &common.settings()?).await?,
        Command::Invitations(command) => access::invitations(command, &common.settings()?).await?,
        Command::Sites(command) => access::sites(command, &common.settings()?).await?,
        Command::Operator(command) => access::operator(command, &common.settings()?).await?,
        Command::Audit(command) => audit::run(command, &common.settings()?).await?,
        Command::Pause(arguments) => pause::set_paused(arguments, true, &common.settings()?).await?,
        Command::Resume(arguments) => pause::set_paused(arguments, false, &common.settings()?).await?,
        Command::Encoder(command) => encoder::run(command, &common.settings()?)?,
        Command::Model(arguments) => model::write(arguments, &common.settings()?).await?,
        Command::Backup(arguments) => backup::back_up(arguments, &common.settings()?).await?,
        Command::Restore(arguments) => backup::restore_from(arguments, &common.settings()?).await?,
    }
    Ok(())
}

impl CommonArguments {
    fn overrides(self) -> Overrides {
        let Self { config: file, data_dir, database_url, log_level } = self;
        Overrides { file, data_dir, database_url, log_level, ..Overrides::default() }
    }

    /// The configuration for a command that acts on the store and serves nothing.
    fn settings(self) -> Result<Config, ConfigError> {
        Config::load_settings(self.overrides(), environment())
    }
}

/// The environment's variables that are text.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_commands_that_pages_show_are_understood() {
        fedner_documentation::check_commands::<Arguments>("fedner-server", &[]);
    }
}
