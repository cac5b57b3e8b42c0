//! The command line.

mod changes;

use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Result, bail};
use clap::Parser;

use crate::pretrain::Pretrain;
use crate::settings::{Method, Settings, SiteChoice};
use changes::Changes;

/// The folder of the corpora, beside the repository.
pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");

/// Training sentences of each site in a quick run.
const QUICK_SENTENCES: usize = 300;
/// Held-out sentences of each site in a quick run.
const QUICK_HELD_OUT: usize = 150;

/// Federated training against training alone, against one model for all, and against all notes in one place
#[derive(Parser)]
#[command(bin_name = "cargo xtask experiment", args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

/// What is run instead of the experiment.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Train a shared module on public corpora, for a federation to begin with
    #[command(bin_name = "cargo xtask pretrain")]
    Pretrain(Pretrain),
}

/// What to run and where.
#[derive(clap::Args)]
pub struct Options {
    /// 300 training sentences a site, one seed: ends within ten minutes on two cores
    #[arg(long)]
    quick: bool,
    /// Take the cells that an earlier run has finished
    #[arg(long)]
    pub resume: bool,
    /// Cells (a method with a seed) at the same time
    #[arg(long, default_value_t = available_parallelism().map_or(1, usize::from))]
    pub jobs: usize,
    /// A folder of sites, each with train, dev and test.conll
    #[arg(long, value_name = "FOLDER", default_value = DATA)]
    pub data: PathBuf,
    /// Where results go
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/experiment/results"))]
    pub out: PathBuf,
    /// First part of the results' file names; a quick run's is "quick"
    #[arg(long, default_value = "main")]
    pub name: String,
    /// Most training sentences of every site
    #[arg(long, value_name = "N")]
    train_limit: Option<usize>,
    /// Methods to run: local, fedner, fedavg-union, pooled, local-warm, spacy (from PyPI)
    #[arg(long, value_delimiter = ',', value_parser = Method::named, default_values_t = Method::ALL)]
    pub methods: Vec<Method>,
    /// The Python for the method spacy, if not the one that is installed for it
    #[arg(long, value_name = "FILE")]
    pub spacy_python: Option<PathBuf>,
    /// So many seeds, from 1
    #[arg(long = "seeds", value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seed_count: u64,
    #[command(flatten)]
    changes: Changes,
    /// All of the above that decides a result.
    #[arg(skip)]
    pub settings: Settings,
    /// The seeds to run.
    #[arg(skip)]
    pub seeds: Vec<u64>,
}

impl Options {
    /// The options with their settings, checked.
    pub fn complete(mut self) -> Result<Self> {
        self.changes.apply(&mut self.settings)?;
        self.seeds = (1..=self.seed_count).collect();
        let mut limit = self.train_limit;
        if self.quick {
            self.seeds.truncate(1);
            self.settings.held_out_max = QUICK_HELD_OUT;
            limit = limit.or(Some(QUICK_SENTENCES));
            if self.name == "main" {
                "quick".clone_into(&mut self.name);
            }
        }
        if let Some(limit) = limit {
            self.settings.sites.iter_mut().for_each(|site| site.train_limit = Some(limit));
        }
        self.methods.sort_unstable();
        self.methods.dedup();
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<()> {
        if self.settings.sites.is_empty() || self.jobs == 0 {
            bail!("at least one site and one job are needed");
        }
        if self.methods.contains(&Method::LocalWarm) && self.settings.warm_start.is_none() {
            bail!("the method local-warm starts from --warm-start: name its corpora");
        }
        if self.methods.contains(&Method::Spacy) && self.spacy_python.is_none() {
            bail!("the method spacy needs a Python that has spaCy: name it with --spacy-python");
        }
        self.settings.model.validate()?;
        self.settings.training.validate()?;
        self.settings.optimiser.validate()?;
        self.settings.round_policy().validate()?;
        Ok(())
    }
}

/// One site of a list.
pub fn site(text: &str) -> Result<SiteChoice> {
    SiteChoice::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_on_the_pages_are_taken() {
        fedner_documentation::check_commands::<Arguments>("cargo xtask experiment", &[]);
    }
}
