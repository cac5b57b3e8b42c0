//! Python packages for checks against other people's programs, in an environment of their own below the target folder.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, clean, find_program};
use crate::workspace::Workspace;

/// Downloading and unpacking packages, of which spaCy's take some 200 MB.
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The environment with spaCy, which several commands compare with: its name and packages.
pub const SPACY: (&str, &[&str]) = ("bench-spacy", &["spacy==3.8.18"]);

/// An environment with some packages.
#[derive(Clone)]
pub struct Python {
    program: PathBuf,
}

/// An environment, or in words why there is none: a check is left out then, and says so.
pub type Found = Result<Python, String>;

impl Python {
    /// The environment of this name with exactly these packages (`name==version`); made where it is not there yet.
    ///
    /// # Errors
    /// When a folder can't be written. A Python or a network that is missing is no error but an answer.
    pub fn ensure(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<Found> {
        let folder = workspace.target.join("python").join(name);
        let python = Python { program: folder.join("bin/python") };
        let (installed, wanted) = (folder.join("installed"), packages.join("\n"));
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(Ok(python));
        }
        let Some(system) = find_program("python3") else {
            return Ok(Err("there is no python3 on PATH".to_owned()));
        };
        let mut make = clean(system);
        if process::run_within(make.args(["-m", "venv", "--clear"]).arg(&folder), INSTALL_LIMIT).is_err() {
            return Ok(Err("python3 can't make an environment (on Debian: apt-get install python3-venv)".to_owned()));
        }
        let mut pip = python.command();
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]).args(packages);
        if process::run_within(&mut pip, INSTALL_LIMIT).is_err() {
            return Ok(Err(format!("pip could not install {}", packages.join(", "))));
        }
        fs::write(&installed, wanted).with_context(|| format!("can't write {}", installed.display()))?;
        Ok(Ok(python))
    }

    /// Its interpreter.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A program that one of its packages brings.
    pub fn script(&self, name: &str) -> PathBuf {
        self.program.with_file_name(name)
    }

    /// A command that runs its interpreter.
    pub fn command(&self) -> std::process::Command {
        let mut command = clean(&self.program);
        command.env("PYTHONUTF8", "1").env_remove(OsStr::new("PYTHONPATH"));
        command
    }
}
