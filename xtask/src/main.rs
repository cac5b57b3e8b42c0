//! `cargo xtask`: the repository's own commands. It sets up what is missing, builds the page, serves it and checks it all.

mod page;
mod process;
mod setup;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use page::PageProfile;
use workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  page [--dev]          build the page into target/page
      --dev             less optimised, quicker to rebuild
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = lexopt::Parser::from_env();
    let Some(command) = args.next()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        Short('h') | Long("help") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Value(name) => match name.string()?.as_str() {
            "page" => page_command(args),
            other => bail!("there is no command {other:?}\n\n{HELP}"),
        },
        other => Err(other.unexpected().into()),
    }
}

fn page_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut profile = PageProfile::Release;
    while let Some(arg) = args.next()? {
        match arg {
            Long("dev") => profile = PageProfile::Dev,
            _ => return Err(arg.unexpected().into()),
        }
    }
    page::build(&Workspace::find()?, profile)?;
    Ok(ExitCode::SUCCESS)
}
