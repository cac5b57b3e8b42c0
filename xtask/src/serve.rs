//! The page and the server together, with a ready demo federation.
//!
//! It serves as soon as the server and the modules `cpu` and `files` are there; the page's other modules are built meanwhile by a
//! program in the background, which ends with the server.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::build_times::{BuildTimes, Part};
use crate::page::{Earlier, Module, Page, PageProfile};
use crate::process::{self, clean, find_program};
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// The profile of the demo's server.
const PROFILE: &str = "serve";

/// Where the server listens and keeps its store, and how the parts are built.
#[derive(clap::Args)]
pub struct Serve {
    /// Listen on this port of 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keep the server's store there
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data_dir: PathBuf,
    /// Build the server optimised too
    #[arg(long)]
    release: bool,
    /// A page that is less optimised and quicker to rebuild
    #[arg(long)]
    dev: bool,
}

/// Builds what has changed, says what to do, and becomes the server until Ctrl-C.
pub fn serve(workspace: &Workspace, options: &Serve) -> Result<ExitCode> {
    let toolchain = Toolchain::ensure(workspace)?;
    let mut page = Page::with_built_modules(workspace, PageProfile::chosen(options.dev));
    let server = build_what_is_needed(workspace, options, toolchain, &mut page)?;
    let folder = page.compose(Earlier::Remove)?;
    let mut command = clean(server);
    command.arg("--demo").arg("--data-dir").arg(&options.data_dir).arg("--page-dir").arg(folder);
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
    if !page.missing().is_empty() {
        println!("The page works already, on the CPU. What makes it faster is built meanwhile.\n");
        complete_in_the_background()?;
    }
    become_program(&mut command)
}

/// Builds the server and, at the same time, what the page can't do without.
fn build_what_is_needed(
    workspace: &Workspace,
    options: &Serve,
    toolchain: Toolchain,
    page: &mut Page<'_>,
) -> Result<PathBuf> {
    let program = server_program(workspace, options.release);
    let server = Part { name: "the server", first: !program.exists(), typical_s: 120 };
    let profile = PageProfile::chosen(options.dev);
    let needed: Vec<Module> = page.missing().into_iter().filter(|module| !module.is_optional()).collect();
    // Before anything is built: afterwards they are there.
    let parts: Vec<Part> = needed.iter().map(|module| module.part(workspace, profile)).collect();
    let (all, mut times) = (1 + page.missing().len(), BuildTimes::load(workspace));
    for (at, part) in [server].iter().chain(&parts).enumerate() {
        println!("Building {} ({} of {all}): {}", part.name, at + 1, times.estimate(*part));
    }
    let (built_server, built_modules) = std::thread::scope(|scope| {
        let server = scope.spawn(|| timed(|| build_server(workspace, options.release)));
        let modules = needed.iter().map(|module| timed(|| page.add(toolchain, *module, process::run)));
        let modules = modules.collect::<Result<Vec<Duration>>>();
        // A thread that panics has said why.
        (server.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the server's build broke off"))), modules)
    });
    times.record(server, built_server?)?;
    for (part, time) in parts.into_iter().zip(built_modules?) {
        times.record(part, time)?;
    }
    Ok(program)
}

/// How long it takes.
fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work().map(|()| start.elapsed())
}

fn server_program(workspace: &Workspace, release: bool) -> PathBuf {
    let folder = workspace.target.join(if release { "release" } else { PROFILE });
    folder.join(format!("fedner-server{}", std::env::consts::EXE_SUFFIX))
}

fn build_server(workspace: &Workspace, release: bool) -> Result<()> {
    let mut build = workspace.cargo();
    build.args(["build", "--package", "fedner-server", "--bin", "fedner-server"]);
    build.args(["--profile", if release { "release" } else { PROFILE }]);
    process::run(&mut build).context("the server could not be built")
}

/// Starts another one of this tool, which gives way to everything else on the machine.
fn complete_in_the_background() -> Result<()> {
    let tool = std::env::current_exe().context("this program has no path")?;
    let mut builder = match find_program("nice") {
        Some(nice) => {
            let mut command = Command::new(nice);
            command.args(["-n", "10"]).arg(tool);
            command
        }
        None => Command::new(tool),
    };
    builder.args(["complete-page", "--until-end-of", &std::process::id().to_string()]).stdin(Stdio::null());
    builder.spawn().context("can't start to build the rest of the page").map(drop)
}

/// Builds the modules that the served page lacks, one after the other; whoever loads the page then gets them. Ends when
/// the process of this id does. A later start goes on where this one ended.
pub fn complete_page(workspace: &Workspace, server: u32) -> Result<()> {
    let toolchain = Toolchain::ensure(workspace)?;
    let mut page = Page::with_built_modules(workspace, PageProfile::Release);
    let (missing, mut times) = (page.missing(), BuildTimes::load(workspace));
    for (at, module) in missing.iter().enumerate() {
        let (part, start) = (module.part(workspace, PageProfile::Release), Instant::now());
        let estimate = times.estimate(part);
        println!("In the background: building {} ({} of {}): {estimate}", part.name, at + 1, missing.len());
        let built =
            page.add(toolchain, *module, |cargo| process::run_while(cargo.arg("--quiet"), || is_parent(server)));
        if !is_parent(server) {
            return Ok(());
        }
        built?;
        page.compose(Earlier::Keep)?;
        times.record(part, start.elapsed())?;
        println!("In the background: {} is built. Load the page again to use it.", part.name);
    }
    Ok(())
}

/// Whether a process is there and has started this one.
#[cfg(unix)]
fn is_parent(id: u32) -> bool {
    std::os::unix::process::parent_id() == id
}

/// Where a process does not learn of its parent's end, it finishes its work.
#[cfg(not(unix))]
fn is_parent(_: u32) -> bool {
    true
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
