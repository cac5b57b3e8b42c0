//! `cargo xtask experiment`: does the federation make each site's model better? Real participants, the real server and
//! public corpora, against training alone, against one model for all, and against all notes in one place.

mod cell;
mod encoder;
mod methods;
mod options;
mod pretrain;
mod report;
mod scoring;
mod settings;
mod site;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;

use cell::Cell;
use methods::{Sites, Warm};
use options::{Arguments, Command, Options};
use report::Summary;
use settings::Method;
use site::Site;

fn main() -> Result<()> {
    let Arguments { command, options } = Arguments::parse();
    if let Some(Command::Pretrain(pretrain)) = command {
        return pretrain.run();
    }
    let options = options.complete()?;
    if !options.data.is_dir() {
        println!("skipped: there are no corpora in {}", options.data.display());
        return Ok(());
    }
    let members = site::read_all(&options.data, &options.settings.sites, &options.settings)?;
    let joiners = site::read_all(&options.data, &options.settings.joiners, &options.settings)?;
    for site in members.iter().chain(&joiners) {
        let size = site.size();
        let (sentences, words, entities) = (size.sentences, size.tokens, size.entities);
        println!("{}: {sentences} sentences, {words} words, {entities} entities to train on", site.title);
    }
    let start = Instant::now();
    let everyone: Vec<&Site> = members.iter().chain(&joiners).collect();
    let warm = Warm::of(&options.settings, &options.data, &everyone, &options.out.join("cells"))?;
    let spacy_python = options.spacy_python.as_deref();
    let sites = Sites { members: &members, joiners: &joiners, warm: warm.as_ref(), spacy_python };
    let cells = run_all(&options, &sites)?;
    let summary = Summary::new(&options, &cells, &members)?;
    summary.write(&options)?;
    println!(
        "\n{}\nAll of it is in {}; {:.0} s.",
        summary.markdown(),
        options.out.display(),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Runs every cell that is not there yet, some at a time, and hands out all of them by method and seed.
fn run_all(options: &Options, sites: &Sites<'_>) -> Result<Vec<Cell>> {
    let folder = options.out.join("cells");
    let (mut cells, mut open) = (Vec::new(), VecDeque::new());
    for (seed, method) in options.seeds.iter().flat_map(|seed| options.methods.iter().map(move |m| (*seed, *m))) {
        let settings = options.settings.relevant(method);
        match Cell::load(&folder, method, seed, &settings)?.filter(|_| options.resume) {
            Some(cell) => cells.push(cell),
            None => open.push_back((method, seed)),
        }
    }
    println!("{} cells are done, {} to run, {} at a time", cells.len(), open.len(), options.jobs);
    let (open, done) = (Mutex::new(open), Mutex::new((cells, Vec::new())));
    let work = || {
        while let Some((method, seed)) = locked(&open).pop_front() {
            let outcome = one(method, seed, options, sites, &folder);
            let mut done = locked(&done);
            match outcome {
                Ok(cell) => done.0.push(cell),
                Err(error) => done.1.push(error.context(format!("{} with seed {seed}", method.name()))),
            }
        }
    };
    std::thread::scope(|scope| (0..options.jobs).for_each(|_| drop(scope.spawn(work))));
    let (mut cells, mut errors) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    match errors.pop() {
        Some(error) => return Err(error),
        None if cells.len() < options.seeds.len() * options.methods.len() => bail!("a cell broke off; see above"),
        None => (),
    }
    cells.sort_by_key(|cell| (cell.method, cell.seed));
    Ok(cells)
}

fn one(method: Method, seed: u64, options: &Options, sites: &Sites<'_>, folder: &std::path::Path) -> Result<Cell> {
    let cell = methods::run(method, seed, &options.settings, sites)?;
    cell.keep(folder).context("keeping the cell")?;
    let by_site: Vec<_> = cell.sites.iter().map(|site| format!("{} {:.1}", site.site, site.test.f1)).collect();
    println!(
        "{}, seed {seed}: macro F1 {:.2} ({}), {:.0} s",
        method.name(),
        cell.macro_f1(),
        by_site.join(", "),
        cell.seconds
    );
    Ok(cell)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
