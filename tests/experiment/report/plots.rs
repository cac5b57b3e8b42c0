//! Learning curves, bars a site, and confidence against the share that is right.

use super::svg::{Axis, Bar, Chart, Interval};
use super::{BINS, Summary};

/// Room between two sites' bars, as a share of a site's place.
const GAP: f64 = 0.2;
/// Scores are drawn from and to the next multiple of this.
const STEP: f64 = 10.0;

/// Each plot with the end of its file's name.
pub(super) fn all(summary: &Summary) -> Vec<(&'static str, String)> {
    vec![("curves.svg", curves(summary)), ("sites.svg", sites(summary)), ("calibration.svg", calibration(summary))]
}

fn curves(summary: &Summary) -> String {
    let points = || summary.curves.values().flatten();
    let passes = points().map(|p| p.passes).fold(1.0, f64::max).ceil();
    let title = "Strict F1 on held-out notes, mean over sites and seeds";
    let x = Axis { title: "passes over each site's own notes", interval: Interval { low: 0.0, high: passes } };
    let y = Axis { title: "F1, per cent", interval: range(points().map(|p| p.f1)) };
    let mut chart = Chart::new(title, x, y);
    chart.ticks();
    for (series, (method, curve)) in summary.curves.iter().enumerate() {
        chart.line(series, curve.iter().map(|p| (p.passes, p.f1)));
        chart.name(series, method);
    }
    chart.finish()
}

fn sites(summary: &Summary) -> String {
    let figures = || summary.per_site.values().flat_map(|sites| sites.values());
    // Bars begin at 0, or their lengths would show less or more than the figures.
    let interval = Interval { low: 0.0, ..range(figures().map(|figure| figure.max)) };
    let title = "Strict F1 on each site's test file; lines from the lowest to the highest seed";
    let count = summary.sites.len() as f64;
    let x = Axis { title: "", interval: Interval { low: 0.0, high: count } };
    let mut chart = Chart::new(title, x, Axis { title: "F1, per cent", interval });
    let width = (1.0 - GAP) / summary.per_site.len() as f64;
    for (at, site) in summary.sites.keys().enumerate() {
        chart.tick(at as f64 + 0.5, site);
        for (series, sites) in summary.per_site.values().enumerate() {
            let left = at as f64 + GAP / 2.0 + series as f64 * width;
            let figure = &sites[site];
            let place = Interval { low: left, high: left + 0.9 * width };
            let whisker = Interval { low: figure.min, high: figure.max };
            chart.bar(series, &Bar { place, value: figure.mean, whisker });
        }
    }
    summary.per_site.keys().enumerate().for_each(|(series, method)| chart.name(series, method));
    chart.finish()
}

fn calibration(summary: &Summary) -> String {
    let title = "Entities found: confidence against the share that is right";
    let interval = Interval { low: 0.0, high: 100.0 };
    let x = Axis { title: "mean confidence of the bin, per cent", interval };
    let mut chart = Chart::new(title, x, Axis { title: "right, per cent", interval });
    chart.ticks();
    chart.line(BINS, [(0.0, 0.0), (100.0, 100.0)].into_iter());
    for (series, (method, calibration)) in summary.calibration.iter().enumerate() {
        let bins = calibration.bins.iter().filter(|bin| bin.entities > 0);
        let percent = |sum: f64, of: u64| 100.0 * sum / of as f64;
        chart.line(series, bins.map(|b| (percent(b.confidence, b.entities), percent(b.right as f64, b.entities))));
        chart.name(series, method);
    }
    chart.finish()
}

/// From the multiple of ten below the smallest value to the one above the largest.
fn range(values: impl Iterator<Item = f64>) -> Interval {
    let (low, high) = values.fold((100.0, 0.0), |(l, h): (f64, f64), v| (l.min(v), h.max(v)));
    let low = (low / STEP).floor() * STEP;
    Interval { low, high: ((high / STEP).ceil() * STEP).max(low + STEP) }
}
