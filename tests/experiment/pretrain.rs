//! `cargo xtask pretrain`: a shared module trained on public corpora, for a federation to begin with.

use std::path::PathBuf;

use anyhow::Result;

use crate::methods::warm::{pretrain, write};
use crate::options::{DATA, site};
use crate::settings::{Settings, SiteChoice, WarmStart};

#[derive(clap::Args)]
pub struct Pretrain {
    /// Folders with train, dev and test.conll, all of which is trained on
    #[arg(long, required = true, value_delimiter = ',', value_parser = site)]
    corpora: Vec<SiteChoice>,
    /// Where the shared module goes; a federation takes it as its initial_model
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Where the corpora are
    #[arg(long, value_name = "FOLDER", default_value = DATA)]
    data: PathBuf,
    /// Passes over all sentences
    #[arg(long, default_value_t = WarmStart::PASSES, value_parser = clap::value_parser!(u32).range(1..))]
    passes: u32,
    /// Of the module as it is drawn, and of batches and dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Pretrain {
    /// Trains and writes the module.
    pub fn run(self) -> Result<()> {
        let wanted = WarmStart { corpora: self.corpora, passes: self.passes, seed: self.seed };
        let settings = Settings::default();
        let shared = pretrain(&wanted, &settings, &self.data, &[])?;
        write(&self.to, &settings.model, &shared)?;
        println!("The shared module, {} parameters, is in {}", shared.len(), self.to.display());
        Ok(())
    }
}
