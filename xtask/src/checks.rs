//! Everything that must hold before a change goes in, the cheap checks first.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::deny;
use crate::files;
use crate::instructions;
use crate::page::{self, Module, PageProfile};
use crate::postgres;
use crate::process::{self, clean};
use crate::report::Report;
use crate::toolchain::Toolchain;
use crate::tools::{Browser, NODE, VALGRIND};
use crate::workspace::{NATIVE, Workspace};

/// `npm ci` downloads one compiler.
const NPM_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Runs every check; the first failure ends it.
pub fn run(workspace: &Workspace, with_browser: bool) -> Result<()> {
    let mut report = Report::new();
    let result = steps(workspace, with_browser, &mut report);
    report.print(result.is_ok());
    result
}

fn steps(workspace: &Workspace, with_browser: bool, report: &mut Report) -> Result<()> {
    let (toolchain, node) = report.step("set-up", || set_up(workspace, with_browser))?;
    report.step("formatting", || process::run(workspace.cargo().args(["fmt", "--all", "--check"])))?;
    deny::check(workspace, report)?;
    if node {
        report.step("page: unit tests", || page_tests(workspace))?;
        report.step("page: types", || page_types(workspace))?;
    } else {
        report.leave_out("the page's unit tests and types: there is no Node.js");
    }
    report.step("xtask: tests", || {
        process::run(workspace.cargo().args(["test", "--profile", "xtask", "--package", "xtask"]))
    })?;
    report.step("clippy", || clippy(workspace))?;
    tests(workspace, report)?;
    report.step("clippy, wasm", || clippy_wasm(workspace, toolchain))?;
    if with_browser {
        let page = report.step("page", || page::build(workspace, PageProfile::Release))?;
        report.step("sizes", || page::check_sizes(workspace))?;
        report.step("browser tests", || browser_tests(workspace, &page))?;
    } else {
        report.leave_out("the page's build and the browser tests (--no-browser)");
    }
    Ok(())
}

/// All native tests, with a PostgreSQL of their own where there is one.
fn tests(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let mut tests = workspace.cargo();
    tests.arg("test").args(NATIVE);
    // Ends with this function, whatever becomes of the tests.
    let cluster = if env::var_os(postgres::URL_VARIABLE).is_some() {
        None
    } else if let Some(programs) = report.step("PostgreSQL", || Ok(postgres::ensure()))? {
        let cluster = report.step("a private PostgreSQL cluster", || postgres::Cluster::start(&programs))?;
        tests.env(postgres::URL_VARIABLE, cluster.url());
        Some(cluster)
    } else {
        report.leave_out("the tests on PostgreSQL: it is not here (Debian's package is postgresql)");
        None
    };
    report.step("tests", || process::run(&mut tests))?;
    if VALGRIND.ensure().is_ok() {
        report.step("instructions", || instructions::check(workspace))?;
    } else {
        report.leave_out("the count of training's instructions: valgrind is not here");
    }
    // A build of its own: the product has no failpoints.
    let mut crashes = workspace.cargo();
    crashes.arg("test").args(NATIVE).args(["--features", "fedner-server/failpoints", "--test", "crash"]);
    crashes.envs(cluster.as_ref().map(|cluster| (postgres::URL_VARIABLE, cluster.url())));
    report.step("crash tests", || process::run(&mut crashes))
}

/// Installs what is missing; answers with the wasm compiler and whether there is Node.js.
fn set_up(workspace: &Workspace, with_browser: bool) -> Result<(Toolchain, bool)> {
    let toolchain = Toolchain::ensure(workspace)?;
    println!("wasm compiler: {toolchain:?}");
    if with_browser {
        NODE.ensure()?;
        Browser::ensure()?;
    }
    Ok((toolchain, NODE.is_there()))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--workspace", "--exclude", "fedner-client", "--all-targets"]);
    process::run(clippy.args(["--features", "fedner-tests/browser,fedner-server/failpoints", "--", "-D", "warnings"]))
}

/// In the page's profile: build scripts and macros are the ones that the page's build uses.
fn clippy_wasm(workspace: &Workspace, toolchain: Toolchain) -> Result<()> {
    let mut clippy = toolchain.cargo("clippy", workspace);
    clippy.args(["--profile", Module::Webgpu.profile(PageProfile::Release)]);
    let packages: BTreeSet<&str> = Module::ALL.into_iter().map(Module::cargo_package).collect();
    clippy.args(packages.into_iter().flat_map(|package| ["--package", package]));
    // With what is off by default too: nothing else compiles it.
    process::run(clippy.args(["--all-features", "--lib", "--examples", "--", "-D", "warnings"]))
}

fn page_tests(workspace: &Workspace) -> Result<()> {
    let www = workspace.root.join("www");
    let tests = files::below(&www.join("test"))?.into_iter().filter(|path| path.to_string_lossy().contains(".test."));
    let tests = tests.map(|path| Path::new("test").join(path)).collect::<Vec<_>>();
    if tests.is_empty() {
        bail!("there is no test in {}", www.join("test").display());
    }
    process::run(clean("node").current_dir(www).arg("--test").args(tests))
}

/// Type-checks a copy, so that the sources stay without `node_modules`.
fn page_types(workspace: &Workspace) -> Result<()> {
    let copy = workspace.target.join("web-check");
    let lock = fs::read(workspace.root.join("www/package-lock.json")).context("can't read www/package-lock.json")?;
    let installed = copy.join("node_modules/.installed-from");
    files::mirror(&workspace.root.join("www"), &copy, "node_modules")?;
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        let mut npm = clean("npm");
        npm.current_dir(&copy).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        process::run_within(&mut npm, NPM_LIMIT).context("the type checker could not be installed")?;
        fs::write(&installed, lock).with_context(|| format!("can't write {}", installed.display()))?;
    }
    process::run(clean("node").current_dir(&copy).args(["node_modules/typescript/bin/tsc", "-p", "."]))
}

fn browser_tests(workspace: &Workspace, page: &Path) -> Result<()> {
    let mut tests = workspace.cargo();
    tests.arg("test").args(NATIVE).args(["--features", "fedner-tests/browser", "--test", "browser"]);
    process::run(tests.envs(Browser::ensure()?.environment(page)))
}
