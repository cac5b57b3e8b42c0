//! `cargo xtask pretrain`: a shared module trained on public corpora, for a federation to begin with.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use crate::methods::warm::{pretrain, write};
use crate::options::list;
use crate::settings::{Settings, SiteWish, WarmStart};

const HELP: &str = "\
cargo xtask pretrain --corpora <a,b> --to <file> [options]
    --corpora <a,b>         folders with train, dev and test.conll, all of which is trained on
    --to <file>             where the shared module goes; a federation takes it as its initial_model
    --data <folder>         where the corpora are (../shared/data)
    --passes <n>            passes over all sentences (10)
    --seed <n>              of the module as it is drawn, and of batches and dropout (1)
";

/// Reads the rest of the command line and trains.
pub fn run() -> Result<()> {
    let mut data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let (mut wanted, mut to) = (WarmStart::of(Vec::new()), None);
    let mut args = lexopt::Parser::from_args(std::env::args_os().skip(2));
    while let Some(arg) = args.next()? {
        match arg {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("corpora") => wanted.corpora = list(args.value()?.string()?, SiteWish::parse)?,
            Long("to") => to = Some(PathBuf::from(args.value()?)),
            Long("data") => data = args.value()?.into(),
            Long("passes") => wanted.passes = args.value()?.parse().context("--passes takes a number")?,
            Long("seed") => wanted.seed = args.value()?.parse().context("--seed takes a number")?,
            _ => return Err(arg.unexpected().into()),
        }
    }
    let to = to.context("--to names the file to write")?;
    if wanted.corpora.is_empty() || wanted.passes == 0 {
        bail!("name at least one corpus with --corpora, and take at least one pass");
    }
    let settings = Settings::default();
    let shared = pretrain(&wanted, &settings, &data, &[])?;
    write(&to, &settings.model, &shared)?;
    println!("The shared module, {} parameters, is in {}", shared.len(), to.display());
    Ok(())
}
