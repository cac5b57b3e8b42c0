//! How many sentences must be annotated until the model is nearly as good as with all: by the model's uncertainty, and
//! at random. The model learns as in the page, in the background after every batch.

mod annotator;
mod corpus;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use annotator::{Order, annotate, full_f1};
use corpus::Sentences;
use report::{CorpusReport, Reached, Report, SHARE};

const HELP: &str = "\
annotation_simulation --corpora <folder> --out <folder>
    --corpus <name>   this one; may be given again (ade, twimed)
    --seeds <number>  runs of each order (3)
    --order <name>    this order besides random; may be given again, or all (normalised-confidence)
    --scored <part>   dev or test (test)
    --quick           the smaller corpus with one seed
";

struct Options {
    corpora: PathBuf,
    out: PathBuf,
    names: Vec<String>,
    orders: Vec<Order>,
    seeds: Vec<u64>,
    scored: String,
}

fn main() -> Result<()> {
    let Some(options) = options()? else {
        print!("{HELP}");
        return Ok(());
    };
    if !options.corpora.is_dir() {
        println!("skipped: there are no corpora in {}", options.corpora.display());
        return Ok(());
    }
    let mut report =
        Report { seeds: options.seeds.clone(), scored: options.scored.clone(), share: SHARE, corpora: Vec::new() };
    for name in &options.names {
        report.corpora.push(simulate(name, &options)?);
        // After each corpus, so that nothing is lost if the next one is broken off.
        std::fs::create_dir_all(&options.out).context("can't make the folder for the report")?;
        std::fs::write(options.out.join("annotation.json"), serde_json::to_string_pretty(&report)?)?;
        std::fs::write(options.out.join("annotation.md"), report.markdown())?;
    }
    println!("\n{}\nEvery point is in {}.", report.markdown(), options.out.join("annotation.json").display());
    Ok(())
}

fn options() -> Result<Option<Options>> {
    let mut options = Options {
        corpora: PathBuf::new(),
        out: PathBuf::new(),
        names: Vec::new(),
        orders: vec![Order::Random],
        seeds: vec![1, 2, 3],
        scored: "test".to_owned(),
    };
    let mut quick = false;
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("corpora") => options.corpora = args.value()?.into(),
            Long("out") => options.out = args.value()?.into(),
            Long("corpus") => options.names.push(args.value()?.string()?),
            Long("seeds") => options.seeds = (1..=args.value()?.parse::<u64>()?).collect(),
            Long("order") => options.orders.extend(orders(&args.value()?.string()?)?),
            Long("scored") => options.scored = args.value()?.string()?,
            Long("quick") => quick = true,
            Long("help") => return Ok(None),
            _ => return Err(arg.unexpected().into()),
        }
    }
    if options.orders.len() == 1 {
        options.orders.push(Order::NormalisedConfidence);
    }
    options.orders.sort_unstable();
    options.orders.dedup();
    if quick {
        (options.names, options.seeds) = (vec!["twimed".to_owned()], vec![1]);
    } else if options.names.is_empty() {
        options.names = vec!["ade".to_owned(), "twimed".to_owned()];
    }
    if options.corpora.as_os_str().is_empty() || options.out.as_os_str().is_empty() || options.seeds.is_empty() {
        bail!("--corpora, --out and at least one seed are needed\n\n{HELP}");
    }
    Ok(Some(options))
}

fn orders(name: &str) -> Result<Vec<Order>> {
    if name == "all" {
        return Ok(Order::ALL.to_vec());
    }
    let order = Order::ALL.iter().find(|order| order.name() == name);
    Ok(vec![*order.with_context(|| format!("there is no order {name:?}"))?])
}

fn simulate(name: &str, options: &Options) -> Result<CorpusReport> {
    let data = Sentences::read(&options.corpora.join(name), &options.scored)?;
    let start = Instant::now();
    let told = |what: String| println!("[{:5.0} s] {name}: {what}", start.elapsed().as_secs_f64());
    let full = options.seeds.iter().map(|seed| full_f1(&data, *seed)).collect::<Result<Vec<f64>>>()?;
    let target = SHARE * full.iter().sum::<f64>() / full.len() as f64;
    told(format!("{} sentences, full F1 {full:.3?}, to reach {target:.3}", data.pool.len()));
    let mut runs = Vec::new();
    for (seed, order) in options.seeds.iter().flat_map(|seed| options.orders.iter().map(move |order| (*seed, *order))) {
        let curve = annotate(&data, order, seed, target)?;
        let reached = Reached::of(&curve, target);
        told(format!("seed {seed}, {}: {:.0?}", order.name(), reached.map(|r| r.sentences)));
        runs.push(report::Run { order, seed, reached, curve });
    }
    let sentences = data.pool.len();
    Ok(CorpusReport { corpus: name.to_owned(), sentences, full_f1: full, target_f1: target, runs })
}
