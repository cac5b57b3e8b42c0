//! The compiler for wasm32: the active one, else what rustup fetches, else Debian's compiler with the standard library's source.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo, clean};
use crate::setup;
use crate::workspace::Workspace;

/// The target the page's module is built for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler and cargo with the standard library's source, a linker as new as that compiler, and clippy.
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-22", "rust-web-clippy"];

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-22";

/// One argument, so that cargo takes the flags for the same ones however they were given.
const RUSTFLAGS: &str = "-Ctarget-feature=+simd128";

/// `rustup target add` downloads 20 MB; without a network it would try for long.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// Kept in the wasm build folder: changing the compiler builds everything anew, so a choice once made stays.
const MARKER: &str = "built-with-debian-toolchain";

const INSTALL_HELP: &str = "there is no compiler for wasm32-unknown-unknown here. Install one of:
  - with rustup:          rustup target add wasm32-unknown-unknown
  - on Debian, as root:   apt-get install rustc-web cargo-web rust-web-src lld-22 rust-web-clippy
  - elsewhere:            your distribution's Rust standard library for wasm32-unknown-unknown (and lld)
then start this command again";

/// A compiler that builds for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The active one has the target's standard library.
    Active,
    /// Debian's, which builds the standard library from source.
    Debian,
}

impl Toolchain {
    /// Finds the compiler, installing it where that can be done.
    pub fn ensure(workspace: &Workspace) -> Result<Toolchain> {
        let marker = workspace.wasm_target().join(MARKER);
        let mut facts = Facts::probe(&marker);
        loop {
            match next_step(&facts) {
                Step::UseActive => return Ok(Toolchain::Active),
                Step::UseDebian => {
                    remember(&marker)?;
                    return Ok(Toolchain::Debian);
                }
                Step::AddTarget => {
                    println!("The compiler lacks {WASM_TARGET}; asking rustup for it");
                    let mut rustup = clean("rustup");
                    if let Err(error) = process::run_within(rustup.args(["target", "add", WASM_TARGET]), RUSTUP_LIMIT) {
                        println!("rustup could not add it ({error:#}); looking for another way");
                    }
                    facts.rustup = Way::Closed;
                    facts.active_has_target = active_has_target();
                }
                Step::InstallDebian => {
                    if let Err(error) = setup::apt_install(DEBIAN_PACKAGES) {
                        println!("{error:#}");
                    }
                    facts.apt = Way::Closed;
                    facts.debian_installed = debian_installed();
                }
                Step::GiveUp => bail!(INSTALL_HELP),
            }
        }
    }

    /// `cargo <subcommand>` for wasm32 with this compiler.
    pub fn cargo(self, subcommand: &str, workspace: &Workspace) -> Command {
        let mut command = match self {
            Toolchain::Active => cargo(),
            // Cargo looks for its subcommands in its own home before the PATH, and would find rustup's.
            Toolchain::Debian if subcommand == "clippy" => debian(DEBIAN_CLIPPY),
            Toolchain::Debian => debian(DEBIAN_CARGO),
        };
        // An outer RUSTFLAGS would replace the target's flags, and with them the vector instructions.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        command.env("CARGO_TARGET_DIR", workspace.wasm_target());
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
        command.current_dir(&workspace.root).arg(subcommand);
        if self == Toolchain::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command.args(["--target", WASM_TARGET]);
        command
    }
}

fn debian(program: &str) -> Command {
    let mut command = clean(program);
    command.env("CARGO", DEBIAN_CARGO);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTUP_TOOLCHAIN_SOURCE", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC"] {
        command.env_remove(name);
    }
    command.env("PATH", system_first(&env::var_os("PATH").unwrap_or_default()));
    command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    command
}

/// Debian's programs before rustup's stand-ins, which would start another toolchain.
fn system_first(path: &OsString) -> OsString {
    let system = PathBuf::from("/usr/bin");
    let others = env::split_paths(path).filter(|folder| *folder != system).collect::<Vec<_>>();
    // Joining fails only for a path with a separator in it, and these came from splitting at separators.
    env::join_paths(std::iter::once(system).chain(others)).unwrap_or_default()
}

/// What a look at the machine says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    active_has_target: bool,
    rustup: Way,
    debian_installed: bool,
    debian_chosen_before: bool,
    apt: Way,
}

/// A way to get a compiler: there to be tried, or not there, or tried in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    UseActive,
    AddTarget,
    UseDebian,
    InstallDebian,
    GiveUp,
}

/// The order in which compilers are tried; a build folder keeps the one it has.
fn next_step(facts: &Facts) -> Step {
    let debian_again = facts.debian_installed && facts.debian_chosen_before;
    match facts {
        _ if debian_again => Step::UseDebian,
        Facts { active_has_target: true, .. } => Step::UseActive,
        Facts { rustup: Way::Open, .. } => Step::AddTarget,
        Facts { debian_installed: true, .. } => Step::UseDebian,
        Facts { apt: Way::Open, .. } => Step::InstallDebian,
        _ => Step::GiveUp,
    }
}

impl Facts {
    fn probe(marker: &Path) -> Facts {
        let way = |open| if open { Way::Open } else { Way::Closed };
        Facts {
            active_has_target: active_has_target(),
            rustup: way(process::find_program("rustup").is_some()),
            debian_installed: debian_installed(),
            debian_chosen_before: marker.exists(),
            apt: way(setup::can_apt_install()),
        }
    }
}

fn active_has_target() -> bool {
    let mut rustc = clean(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    process::output(&mut rustc).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn debian_installed() -> bool {
    setup::apt_has(DEBIAN_PACKAGES)
        && [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_LINKER].iter().all(|path| Path::new(path).exists())
}

fn remember(marker: &Path) -> Result<()> {
    if let Some(folder) = marker.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    }
    fs::write(marker, "").with_context(|| format!("can't write {}", marker.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Facts = Facts {
        active_has_target: false,
        rustup: Way::Closed,
        debian_installed: false,
        debian_chosen_before: false,
        apt: Way::Closed,
    };

    #[test]
    fn the_active_compiler_goes_first() {
        let all = Facts {
            active_has_target: true,
            rustup: Way::Open,
            debian_installed: true,
            debian_chosen_before: false,
            apt: Way::Open,
        };
        assert_eq!(next_step(&all), Step::UseActive);
    }

    #[test]
    fn rustup_is_asked_before_debian() {
        let facts = Facts { rustup: Way::Open, debian_installed: true, apt: Way::Open, ..NOTHING };
        assert_eq!(next_step(&facts), Step::AddTarget);
        assert_eq!(next_step(&Facts { rustup: Way::Closed, ..facts }), Step::UseDebian);
    }

    #[test]
    fn a_choice_once_made_stays_while_it_is_installed() {
        let facts = Facts { active_has_target: true, debian_installed: true, debian_chosen_before: true, ..NOTHING };
        assert_eq!(next_step(&facts), Step::UseDebian);
        assert_eq!(next_step(&Facts { debian_installed: false, ..facts }), Step::UseActive);
    }

    #[test]
    fn packages_are_installed_last_and_then_it_gives_up() {
        assert_eq!(next_step(&Facts { apt: Way::Open, ..NOTHING }), Step::InstallDebian);
        assert_eq!(next_step(&NOTHING), Step::GiveUp);
    }

    #[test]
    fn the_system_folder_goes_before_rustup() {
        let path = env::join_paths(["/home/a/.cargo/bin", "/usr/bin", "/bin"]).expect("no separators inside");
        let wanted = env::join_paths(["/usr/bin", "/home/a/.cargo/bin", "/bin"]).expect("no separators inside");
        assert_eq!(system_first(&path), wanted);
    }
}
