//! What is written: JSON with everything, a table for people, plots.

mod machine;
mod markdown;
mod plots;
mod svg;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cell::{Cell, Joiner, Point};
use crate::options::Options;
use crate::scoring::{BINS, Bin, calibration_error};
use crate::settings::{Method, Settings};
use crate::site::Site;
use machine::Machine;

/// Mean and spread over the seeds, in percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub mean: f64,
    pub min: f64,
    pub max: f64,
    /// A value a seed, in the order of the seeds.
    pub by_seed: Vec<f64>,
}

impl Figure {
    fn of(by_seed: Vec<f64>) -> Self {
        let mean = by_seed.iter().sum::<f64>() / by_seed.len() as f64;
        let (min, max) = by_seed.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        Self { mean, min, max, by_seed }
    }
}

/// Confidence against the share that is right, over all sites and seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// In percent.
    pub expected_error: f64,
    pub bins: [Bin; BINS],
}

/// A site that came late, over the seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LateSite {
    pub alone: Figure,
    pub joined: Figure,
}

/// What a site trains on and is tested on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiteSize {
    pub labels: Vec<String>,
    pub sentences: usize,
    pub words: usize,
    pub entities: usize,
    pub test_entities: u64,
    /// Entities of the test file that no tag sequence can have; counted as missed.
    pub test_unreachable: u64,
}

/// The results.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Mean over the seeds of the mean over the sites of strict entity micro-F1 on the test files, in percent.
    pub macro_f1: BTreeMap<&'static str, f64>,
    pub macro_f1_over_seeds: BTreeMap<&'static str, Figure>,
    pub per_site: BTreeMap<&'static str, BTreeMap<String, Figure>>,
    pub late_joiners: BTreeMap<String, LateSite>,
    pub calibration: BTreeMap<&'static str, Calibration>,
    /// Mean over sites and seeds of strict micro-F1 on held-out notes, by passes.
    pub curves: BTreeMap<&'static str, Vec<Point>>,
    /// Bytes of updates that a site sent, mean over sites.
    pub uploaded_bytes: BTreeMap<&'static str, u64>,
    /// Mean seconds of a cell; several ran at a time where there were several jobs.
    pub seconds: BTreeMap<&'static str, f64>,
    pub command: String,
    pub seeds: Vec<u64>,
    pub settings: Settings,
    pub sites: BTreeMap<String, SiteSize>,
    pub machine: Machine,
}

impl Summary {
    /// Sums cells up, which are in the order of method and seed.
    pub fn new(options: &Options, cells: &[Cell], sites: &[Site]) -> Result<Self> {
        let mut by_method: BTreeMap<Method, Vec<&Cell>> = BTreeMap::new();
        cells.iter().for_each(|cell| by_method.entry(cell.method).or_default().push(cell));
        let of = |value: &dyn Fn(&[&Cell]) -> Figure| -> BTreeMap<&'static str, Figure> {
            by_method.iter().map(|(method, cells)| (method.name(), value(cells))).collect()
        };
        let macro_f1_over_seeds = of(&|cells| Figure::of(cells.iter().map(|cell| cell.macro_f1()).collect()));
        let mean = |values: &mut dyn Iterator<Item = f64>| Figure::of(values.collect()).mean;
        Ok(Self {
            macro_f1: macro_f1_over_seeds.iter().map(|(method, figure)| (*method, figure.mean)).collect(),
            macro_f1_over_seeds,
            per_site: by_method.iter().map(|(method, cells)| (method.name(), per_site(cells))).collect(),
            late_joiners: late_joiners(cells),
            calibration: by_method.iter().filter_map(|(m, cells)| Some((m.name(), calibration(cells)?))).collect(),
            curves: by_method.iter().map(|(method, cells)| (method.name(), curve(cells))).collect(),
            uploaded_bytes: by_method.iter().map(|(method, cells)| (method.name(), uploaded(cells))).collect(),
            seconds: by_method.iter().map(|(m, c)| (m.name(), mean(&mut c.iter().map(|c| c.seconds)))).collect(),
            command: command(),
            seeds: options.seeds.clone(),
            settings: options.settings.clone(),
            sites: sites.iter().map(|site| (site.title.clone(), size(site, cells))).collect(),
            machine: Machine::here(options.jobs),
        })
    }

    /// Writes all files.
    pub fn write(&self, options: &Options) -> Result<()> {
        fs::create_dir_all(&options.out).with_context(|| format!("can't make {}", options.out.display()))?;
        let mut files = vec![("json", serde_json::to_string_pretty(self)? + "\n"), ("md", self.markdown())];
        files.extend(plots::all(self));
        for (ending, text) in files {
            let path = options.out.join(format!("{}.{ending}", options.name));
            fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(())
    }

    /// The table.
    pub fn markdown(&self) -> String {
        markdown::table(self)
    }
}

fn command() -> String {
    let words: Vec<String> = std::env::args().skip(1).collect();
    format!("cargo xtask experiment {}", words.join(" ")).trim_end().to_owned()
}

fn per_site(cells: &[&Cell]) -> BTreeMap<String, Figure> {
    let sites = cells[0].sites.iter().enumerate();
    sites
        .map(|(at, site)| (site.site.clone(), Figure::of(cells.iter().map(|c| c.sites[at].test.f1).collect())))
        .collect()
}

fn late_joiners(cells: &[Cell]) -> BTreeMap<String, LateSite> {
    let mut found: BTreeMap<String, Vec<&Joiner>> = BTreeMap::new();
    cells.iter().flat_map(|cell| &cell.joiners).for_each(|j| found.entry(j.site.clone()).or_default().push(j));
    let late = |joiners: &[&Joiner]| LateSite {
        alone: Figure::of(joiners.iter().map(|j| j.alone).collect()),
        joined: Figure::of(joiners.iter().map(|j| j.joined).collect()),
    };
    found.iter().map(|(site, joiners)| (site.clone(), late(joiners))).collect()
}

/// None of a method that gives no confidence.
fn calibration(cells: &[&Cell]) -> Option<Calibration> {
    let mut bins = [Bin::default(); BINS];
    for bin_of_site in cells.iter().flat_map(|cell| &cell.sites).map(|site| &site.test.bins) {
        for (sum, bin) in bins.iter_mut().zip(bin_of_site) {
            sum.entities += bin.entities;
            sum.right += bin.right;
            sum.confidence += bin.confidence;
        }
    }
    let any = bins.iter().any(|bin| bin.entities > 0);
    any.then(|| Calibration { expected_error: calibration_error(&bins), bins })
}

/// The mean curve: the sites' points are taken together in their order.
fn curve(cells: &[&Cell]) -> Vec<Point> {
    let curves: Vec<&Vec<Point>> = cells.iter().flat_map(|cell| &cell.sites).map(|site| &site.curve).collect();
    let points = curves.iter().map(|curve| curve.len()).min().unwrap_or(0);
    let mean = |at: usize, of: &dyn Fn(&Point) -> f64| {
        curves.iter().map(|curve| of(&curve[at])).sum::<f64>() / curves.len() as f64
    };
    (0..points).map(|at| Point { passes: mean(at, &|p| p.passes), f1: mean(at, &|p| p.f1) }).collect()
}

fn uploaded(cells: &[&Cell]) -> u64 {
    let sites = cells.iter().flat_map(|cell| &cell.sites);
    let (bytes, count) = sites.fold((0, 0), |(bytes, count), site| (bytes + site.uploaded, count + 1));
    bytes / count.max(1)
}

fn size(site: &Site, cells: &[Cell]) -> SiteSize {
    let size = site.size();
    let tested = cells.iter().flat_map(|cell| &cell.sites).find(|result| result.site == site.title);
    SiteSize {
        labels: site.labels.types().to_vec(),
        sentences: size.sentences,
        words: size.tokens,
        entities: size.entities,
        test_entities: tested.map_or(0, |result| result.test.entities),
        test_unreachable: tested.map_or(0, |result| result.test.unreachable),
    }
}
