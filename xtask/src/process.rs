//! Running other programs: with a clean cargo environment, an exit status that is looked at, and a limit where one is needed.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a program with a time limit is looked at.
const POLL: Duration = Duration::from_millis(50);

/// The cargo that started this tool, without what it set for this tool only.
pub fn cargo() -> Command {
    clean(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A command without the variables that `cargo run` sets for the program it starts: a cargo below would pass them on to
/// build scripts, and another toolchain's rustc would load the wrong libraries.
pub fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", without_toolchains(&paths));
    }
    command.stdin(Stdio::null());
    command
}

fn set_by_cargo_run(name: &str) -> bool {
    matches!(
        name,
        "CARGO" | "OUT_DIR" | "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME"
    ) || name.starts_with("CARGO_PKG_")
}

fn without_toolchains(paths: &OsStr) -> OsString {
    let foreign =
        |path: &PathBuf| !path.components().any(|part| part.as_os_str() == "toolchains" || part.as_os_str() == "deps");
    // Joining fails only for a path with a separator in it, and these came from splitting at separators.
    env::join_paths(env::split_paths(paths).filter(foreign)).unwrap_or_default()
}

/// Runs a program with its output going where ours goes; an exit status other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("can't start {}", name(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// As `run`, for a program that may hang on a network: it is ended after `limit`.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.spawn().with_context(|| format!("can't start {}", name(command)))?;
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("{} ended with {status}", line(command));
            }
            return Ok(());
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            bail!("{} took longer than {} s and was ended", line(command), limit.as_secs());
        }
        thread::sleep(POLL);
    }
}

/// As `run`, for as long as `wanted` says so: then the program is asked to end, and what it did not finish is an error.
pub fn run_while(command: &mut Command, wanted: impl Fn() -> bool) -> Result<()> {
    let mut child = command.spawn().with_context(|| format!("can't start {}", name(command)))?;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("{} ended with {status}", line(command));
            }
            return Ok(());
        }
        if !wanted() {
            // Not an interrupt, which what is started in the background may ignore.
            if !succeeds(Command::new("kill").args(["-TERM", &child.id().to_string()])) {
                child.kill()?;
            }
            child.wait()?;
            bail!("{} was no longer wanted and was ended", line(command));
        }
        thread::sleep(POLL);
    }
}

/// What a program prints on its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("can't start {}", name(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something else than UTF-8", name(command)))
}

/// Whether a program runs and ends well; what it prints is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The first file of this name on `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The program without its folders.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(name(command)).chain(args).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cargo_run_sets_is_removed() {
        assert!(set_by_cargo_run("CARGO_PKG_NAME"));
        assert!(set_by_cargo_run("CARGO_MANIFEST_DIR"));
        for kept in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE", "CARGO_BUILD_JOBS", "RUSTUP_TOOLCHAIN"] {
            assert!(!set_by_cargo_run(kept), "{kept}");
        }
    }

    #[test]
    fn toolchain_folders_leave_the_library_path() {
        let paths = env::join_paths(["/r/target/dev/deps", "/home/a/.rustup/toolchains/stable/lib", "/opt/lib"]);
        assert_eq!(without_toolchains(&paths.expect("no separators inside")), "/opt/lib");
    }

    #[test]
    fn a_program_over_its_limit_is_ended() {
        let error =
            run_within(Command::new("sleep").arg("600"), Duration::from_millis(1)).expect_err("it can't be done");
        assert!(error.to_string().contains("longer than"), "{error}");
    }

    #[test]
    fn a_program_ends_when_it_is_no_longer_wanted() {
        run_while(&mut Command::new("true"), || true).expect("true ends well");
        let error = run_while(Command::new("sleep").arg("600"), || false).expect_err("nobody wants it");
        assert!(error.to_string().contains("no longer wanted"), "{error}");
    }

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("false").arg("--now")).expect_err("false fails");
        assert!(error.to_string().starts_with("false --now ended with"), "{error}");
    }
}
