//! What a simulation found: JSON with every point, and a table for people.

use std::fmt::Write;

use serde::Serialize;

use crate::annotator::{FULL_EPOCHS, Order, Point};

/// Share of the full F1 that is to be reached.
pub const SHARE: f64 = 0.9;

/// All of it.
#[derive(Serialize)]
pub struct Report {
    pub seeds: Vec<u64>,
    /// The part of each corpus that the model was scored on.
    pub scored: String,
    pub share: f64,
    pub corpora: Vec<CorpusReport>,
}

/// One corpus.
#[derive(Serialize)]
pub struct CorpusReport {
    pub corpus: String,
    pub sentences: usize,
    /// F1 of a model trained on all sentences, a seed.
    pub full_f1: Vec<f64>,
    pub target_f1: f64,
    pub runs: Vec<Run>,
}

/// One order with one seed.
#[derive(Serialize)]
pub struct Run {
    pub order: Order,
    pub seed: u64,
    /// The work until the target was reached; none where it was not.
    pub reached: Option<Reached>,
    pub curve: Vec<Point>,
}

/// Work done when the target was reached, between two points of the curve in a straight line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reached {
    pub sentences: f64,
    pub tokens: f64,
    pub entities: f64,
}

impl Reached {
    /// Where a curve first comes to the target.
    pub fn of(curve: &[Point], target: f64) -> Option<Self> {
        let at = curve.iter().position(|point| point.f1 >= target)?;
        let after = curve[at];
        let before = if at == 0 { after } else { curve[at - 1] };
        let rise = after.f1 - before.f1;
        let way = if rise > 0.0 { (target - before.f1) / rise } else { 1.0 };
        let between = |before: usize, after: usize| before as f64 + way * (after as f64 - before as f64);
        Some(Self {
            sentences: between(before.sentences, after.sentences),
            tokens: between(before.tokens, after.tokens),
            entities: between(before.entities, after.entities),
        })
    }
}

impl Report {
    /// The table for people: medians over the seeds, and the range.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let percent = |share: f64| 100.0 * share;
        let _ = writeln!(
            text,
            "Work until {} % of the full F1 (all sentences, {FULL_EPOCHS} epochs) on `{}`; medians over {} seeds (range).\n",
            percent(self.share),
            self.scored,
            self.seeds.len(),
        );
        text.push_str(
            "| corpus | full F1 | to reach | order | sentences | of all | words | entities | against random |\n",
        );
        text.push_str("|---|---|---|---|---|---|---|---|---|\n");
        for corpus in &self.corpora {
            let random = corpus.reached(Order::Random, |reached| reached.sentences);
            for order in Order::ALL.iter().copied().filter(|order| corpus.runs.iter().any(|run| run.order == *order)) {
                let sentences = corpus.reached(order, |reached| reached.sentences);
                let words = corpus.reached(order, |reached| reached.tokens);
                let entities = corpus.reached(order, |reached| reached.entities);
                let _ = writeln!(
                    text,
                    "| `{}` | {:.1} | {:.1} | {} | {} | {:.0} % | {} | {} | {:.2} |",
                    corpus.corpus,
                    percent(median(&corpus.full_f1)),
                    percent(corpus.target_f1),
                    order.name(),
                    spread(&sentences),
                    percent(median(&sentences) / corpus.sentences as f64),
                    spread(&words),
                    spread(&entities),
                    median(&sentences) / median(&random),
                );
            }
        }
        text
    }
}

impl CorpusReport {
    /// A figure of each run of an order; where the target was not reached, infinity.
    fn reached(&self, order: Order, of: impl Fn(&Reached) -> f64) -> Vec<f64> {
        let runs = self.runs.iter().filter(|run| run.order == order);
        runs.map(|run| run.reached.as_ref().map_or(f64::INFINITY, &of)).collect()
    }
}

fn spread(values: &[f64]) -> String {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    format!("{:.0} ({low:.0}–{high:.0})", median(values))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
