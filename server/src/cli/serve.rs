//! Without a subcommand: serve until Ctrl-C or SIGTERM.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::task::JoinHandle;

use super::CommandError;
use crate::clock::SystemClock;
use crate::config::{Config, LogFormat, Overrides};
use crate::server::Server;

/// What only serving takes.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Serve the federation "demo", open for joining by link, if none is configured.
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Port to listen on; 0 takes a free one. Without --address, on this machine only.
    #[arg(long)]
    port: Option<u16>,
    /// Folder with the built page.
    #[arg(long, value_name = "FOLDER")]
    page_dir: Option<PathBuf>,
}

impl ServeArguments {
    pub(super) fn overrides(self, common: Overrides) -> Overrides {
        let Self { demo, address, port, page_dir } = self;
        Overrides { demo, address, port, page_dir, ..common }
    }

    /// The first of these flags that was given.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let given = [
            (self.demo, "--demo"),
            (self.address.is_some(), "--address"),
            (self.port.is_some(), "--port"),
            (self.page_dir.is_some(), "--page-dir"),
        ];
        given.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }
}

/// Starts the server, says where it listens, and stops it when asked to.
pub(super) async fn serve(config: Config, gives_buffers_back: bool) -> Result<(), CommandError> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }

    if !gives_buffers_back {
        tracing::warn!(
            "the allocator does not take the size from which buffers are given back; merges take more memory"
        );
    }
    let mut stop = StopSignal::new()?;
    let server = Server::start(config, Arc::new(SystemClock)).await?;
    let reloading = server.certificate_reload().map(reload_when_told);
    // Whoever started this waits for the line, and may send any signal from then on: all of them are heard by now.
    say(format_args!("listening on {}", server.url()));
    if let Some(file) = server.operator_file() {
        // Its path, and not the credential: standard output may end up in a journal that others read.
        say(format_args!("the operator's credential is in this file, for this user alone: {}", file.display()));
    }
    stop.received().await;
    if let Some(reloading) = reloading {
        reloading.abort();
    }
    tracing::info!("stopping; event streams end, requests under way finish; a second signal ends it at once");
    tokio::select! {
        () = server.stop() => Ok(()),
        // Whatever was acknowledged is stored already.
        () = stop.received() => Err("ended at once by a second signal; what was acknowledged is stored".into()),
    }
}

/// That nobody listens any more is no reason to stop.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}").and_then(|()| std::io::stdout().flush());
}

/// SIGHUP says that there is a new certificate. It is heard from when this returns.
#[cfg(unix)]
fn reload_when_told(reload: impl Fn() + Send + 'static) -> JoinHandle<()> {
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    tokio::spawn(async move {
        match hangup {
            Ok(mut hangup) => {
                while hangup.recv().await.is_some() {
                    reload();
                }
            }
            Err(error) => tracing::warn!("SIGHUP is not heard, new certificates are still found in time: {error}"),
        }
    })
}

#[cfg(not(unix))]
fn reload_when_told(_: impl Fn() + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(async {})
}

/// Ctrl-C, and where there is one, SIGTERM.
struct StopSignal {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignal {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            interrupt: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn received(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
