//! The page and the server together, with a ready demo federation.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::page::{self, PageProfile};
use crate::process::{self, clean};
use crate::workspace::Workspace;

/// Where the server listens and keeps its store, and how the parts are built.
pub struct Serve {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The folder of the server's store.
    pub data_dir: PathBuf,
    /// Whether the server is built optimised.
    pub release_server: bool,
    /// How the page's module is built.
    pub page: PageProfile,
}

impl Default for Serve {
    fn default() -> Serve {
        Serve { port: 8080, data_dir: PathBuf::from("./data"), release_server: false, page: PageProfile::Release }
    }
}

/// Builds what has changed, says what to do, and becomes the server until Ctrl-C.
pub fn serve(workspace: &Workspace, options: &Serve) -> Result<ExitCode> {
    let page = page::build(workspace, options.page)?;
    let server = build_server(workspace, options.release_server)?;
    let mut command = clean(server);
    command.arg("--demo").arg("--data-dir").arg(&options.data_dir).arg("--page-dir").arg(page);
    command.args(["--port", &options.port.to_string()]);
    let address = match options.port {
        0 => "the address below".to_owned(),
        port => format!("http://127.0.0.1:{port}/"),
    };
    println!(
        "
Open {address} in three tabs. In each: Try with sample notes, choose another demo hospital, then Join the federation.
The store is in {}. Ctrl-C ends the server.
",
        options.data_dir.display()
    );
    become_program(&mut command)
}

fn build_server(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    println!("Building the server");
    let mut build = workspace.cargo();
    build.args(["build", "--package", "fedner-server", "--bin", "fedner-server"]);
    if release {
        build.arg("--release");
    }
    process::run(&mut build).context("the server could not be built")?;
    let folder = workspace.target.join(if release { "release" } else { "debug" });
    Ok(folder.join(format!("fedner-server{}", std::env::consts::EXE_SUFFIX)))
}

/// This process turns into the server: signals reach it directly, and its exit status is ours.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = command.stdin(Stdio::inherit()).exec();
    Err(error).with_context(|| format!("can't start {}", command.get_program().to_string_lossy()))
}

/// Without exec: the console gives Ctrl-C to both, the server ends, and its exit status is ours.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    let status = command.stdin(Stdio::inherit()).status();
    let status = status.with_context(|| format!("can't start {}", command.get_program().to_string_lossy()))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
