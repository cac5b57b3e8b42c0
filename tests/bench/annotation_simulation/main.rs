//! How many sentences must be annotated until the model is nearly as good as with all: by the model's uncertainty, and
//! at random. The model learns as in the page, in the background after every batch.

mod annotator;
mod corpus;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;

use annotator::{Order, annotate, full_f1};
use corpus::Sentences;
use report::{CorpusReport, Reached, Report, SHARE};

/// How many sentences must be annotated until the model is nearly as good as with all of them: chosen by the model's
/// uncertainty, and at random.
#[derive(Parser)]
struct Options {
    /// The folder with the corpora, each a folder with train, dev and test.conll.
    #[arg(long)]
    corpora: PathBuf,
    /// The folder for the report.
    #[arg(long)]
    out: PathBuf,
    /// This corpus; may be given again.
    #[arg(long = "corpus", value_name = "NAME", default_values = ["ade", "twimed"])]
    names: Vec<String>,
    /// Runs of each order.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// This order beside random, or `all`; may be given again.
    #[arg(long = "order", value_name = "ORDER", default_value = Order::NormalisedConfidence.name(), value_parser = orders)]
    orders: Vec<Orders>,
    /// The part to score on: dev or test.
    #[arg(long, default_value = "test", value_parser = ["dev", "test"])]
    scored: String,
    /// The smaller corpus with one seed.
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if !options.corpora.is_dir() {
        println!("skipped: there are no corpora in {}", options.corpora.display());
        return Ok(());
    }
    let mut report =
        Report { seeds: options.seeds(), scored: options.scored.clone(), share: SHARE, corpora: Vec::new() };
    for name in options.names() {
        report.corpora.push(simulate(name, &options)?);
        // After each corpus, so that nothing is lost if the next one is broken off.
        std::fs::create_dir_all(&options.out).context("can't make the folder for the report")?;
        std::fs::write(options.out.join("annotation.json"), serde_json::to_string_pretty(&report)?)?;
        std::fs::write(options.out.join("annotation.md"), report.markdown())?;
    }
    println!("\n{}\nEvery point is in {}.", report.markdown(), options.out.join("annotation.json").display());
    Ok(())
}

/// What one `--order` stands for.
type Orders = Vec<Order>;

fn orders(name: &str) -> Result<Orders, String> {
    if name == "all" {
        return Ok(Order::ALL.to_vec());
    }
    let order = Order::ALL.iter().find(|order| order.name() == name);
    let names = || Order::ALL.iter().map(|order| order.name()).collect::<Vec<_>>().join(", ");
    Ok(vec![*order.ok_or_else(|| format!("it is none of {} and all", names()))?])
}

impl Options {
    fn names(&self) -> Vec<&str> {
        if self.quick { vec!["twimed"] } else { self.names.iter().map(String::as_str).collect() }
    }

    fn seeds(&self) -> Vec<u64> {
        (1..=if self.quick { 1 } else { self.seeds }).collect()
    }

    /// Random, and those that are asked for.
    fn orders(&self) -> Vec<Order> {
        let mut orders: Vec<Order> = [Order::Random].into_iter().chain(self.orders.iter().flatten().copied()).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }
}

fn simulate(name: &str, options: &Options) -> Result<CorpusReport> {
    let data = Sentences::read(&options.corpora.join(name), &options.scored)?;
    let start = Instant::now();
    let log = |what: String| println!("[{:5.0} s] {name}: {what}", start.elapsed().as_secs_f64());
    let (seeds, orders) = (options.seeds(), options.orders());
    let full = seeds.iter().map(|seed| full_f1(&data, *seed)).collect::<Result<Vec<f64>>>()?;
    let target = SHARE * full.iter().sum::<f64>() / full.len() as f64;
    log(format!("{} sentences, full F1 {full:.3?}, to reach {target:.3}", data.pool.len()));
    let mut runs = Vec::new();
    for (seed, order) in seeds.iter().flat_map(|seed| orders.iter().map(move |order| (*seed, *order))) {
        let curve = annotate(&data, order, seed, target)?;
        let reached = Reached::of(&curve, target);
        log(format!("seed {seed}, {}: {:.0?}", order.name(), reached.map(|r| r.sentences)));
        runs.push(report::Run { order, seed, reached, curve });
    }
    let sentences = data.pool.len();
    Ok(CorpusReport { corpus: name.to_owned(), sentences, full_f1: full, target_f1: target, runs })
}
