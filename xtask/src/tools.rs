//! Programs that are not Rust, which checks need; installed where that can be done without asking anybody.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::find_program;
use crate::setup;

/// Runs and type-checks the page's scripts.
pub const NODE: Tool =
    Tool { programs: &["node", "npm"], packages: &["nodejs", "npm"], name: "Node.js 18 or newer with npm" };

/// Counts instructions.
pub const VALGRIND: Tool = Tool { programs: &["valgrind"], packages: &["valgrind"], name: "valgrind" };

const CHROMIUM: Tool = Tool {
    programs: &["chromium", "chromedriver"],
    packages: &["chromium", "chromium-driver"],
    name: "Chromium and ChromeDriver (programs chromium and chromedriver on PATH)",
};

/// Programs that come together.
pub struct Tool {
    programs: &'static [&'static str],
    /// The Debian packages that bring them.
    packages: &'static [&'static str],
    name: &'static str,
}

impl Tool {
    /// Whether all of its programs are on `PATH`.
    pub fn is_there(&self) -> bool {
        self.programs.iter().all(|program| find_program(program).is_some())
    }

    /// Installs it where it is missing and can be installed; an error says what to install otherwise.
    pub fn ensure(&self) -> Result<()> {
        if self.is_there() {
            return Ok(());
        }
        if setup::can_apt_install() {
            setup::apt_install(self.packages)?;
        }
        if !self.is_there() {
            bail!("install {}, or leave the browser out with --no-browser", self.name);
        }
        Ok(())
    }
}

/// A browser that tests and measurements drive.
pub struct Browser {
    driver: OsString,
}

impl Browser {
    /// Finds or installs Chromium and its driver.
    pub fn ensure() -> Result<Browser> {
        CHROMIUM.ensure()?;
        let driver = find_program("chromedriver").context("chromedriver is not on PATH")?;
        Ok(Browser { driver: driver.into() })
    }

    /// Variables for a program that drives it over a built page.
    pub fn environment(&self, page: &Path) -> Vec<(&'static str, OsString)> {
        vec![("FEDNER_PAGE_DIR", page.into()), ("FEDNER_CHROMEDRIVER", self.driver.clone())]
    }
}
