//! `fedner-server`: reads the configuration, serves until Ctrl-C or SIGTERM.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use fedner_server::config::{EXAMPLE, Overrides};
use fedner_server::{Config, Server, SystemClock};

/// Serves federations: sites train in their browsers, this server merges their updates.
#[derive(Debug, Parser)]
#[command(name = "fedner-server", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Configuration file (TOML); `config-example` prints a commented one.
    #[arg(long, env = "FEDNER_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve the federation "demo", open for joining by link, if none is configured.
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Port to listen on; 0 takes a free one. Without --address, on this machine only.
    #[arg(long)]
    port: Option<u16>,
    /// Folder of the database; made if missing.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Folder with the built page.
    #[arg(long, value_name = "FOLDER")]
    page_dir: Option<PathBuf>,
    /// error, warn, info, debug or trace, or a filter such as info,fedner_server=debug.
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a commented configuration file with every field and its default.
    ConfigExample,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::ConfigExample) = arguments.command {
        print!("{EXAMPLE}");
        return ExitCode::SUCCESS;
    }
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fedner-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let overrides = Overrides {
        file: arguments.config,
        demo: arguments.demo,
        address: arguments.address,
        port: arguments.port,
        data_dir: arguments.data_dir,
        page_dir: arguments.page_dir,
        log_level: arguments.log_level,
    };
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::load(overrides, environment)?;
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();

    let mut stop = StopSignal::new()?;
    let server = Server::start(config, Arc::new(SystemClock)).await?;
    // Whoever started this waits for the line; that it has gone away is no reason to stop.
    let _ = writeln!(std::io::stdout(), "listening on {}", server.url()).and_then(|()| std::io::stdout().flush());
    stop.received().await;
    tracing::info!("stopping; event streams end, requests under way finish");
    server.stop().await;
    Ok(())
}

/// Ctrl-C, and where there is one, SIGTERM.
struct StopSignal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignal {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn received(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
