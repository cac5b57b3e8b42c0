//! The table for people.

use std::fmt::Write;

use super::{Figure, Summary};

/// Of fewer seeds a spread says nothing.
const SPREAD_SEEDS_MIN: usize = 2;

pub(super) fn table(summary: &Summary) -> String {
    let mut text = String::new();
    let sites: Vec<&String> = summary.sites.keys().collect();
    let _ = writeln!(
        text,
        "Strict entity micro-F1 on each site's test file, in percent: mean over {} seeds (lowest–highest).\n`{}`\n",
        summary.seeds.len(),
        summary.command,
    );
    let names = sites.iter().map(|site| format!(" {site} |")).collect::<String>();
    let _ = writeln!(text, "| method |{names} macro | against `local` |");
    let _ = writeln!(text, "|---|{}---|---|", "---|".repeat(sites.len()));
    let local = summary.macro_f1.get("local");
    for (method, of_sites) in &summary.per_site {
        let cells = sites.iter().map(|site| format!(" {} |", figure(&of_sites[*site]))).collect::<String>();
        let against = local.map_or_else(String::new, |local| format!("{:+.1}", summary.macro_f1[method] - local));
        let _ = writeln!(text, "| `{method}` |{cells} {} | {against} |", figure(&summary.macro_f1_over_seeds[method]));
    }
    text.push_str(&late(summary));
    text.push_str(&calibration(summary));
    text
}

fn late(summary: &Summary) -> String {
    if summary.late_joiners.is_empty() {
        return String::new();
    }
    let mut text =
        "\n| joins when all is done | alone | from the shared module | gain |\n|---|---|---|---|\n".to_owned();
    for (site, late) in &summary.late_joiners {
        let (alone, joined, gain) = (figure(&late.alone), figure(&late.joined), late.joined.mean - late.alone.mean);
        let _ = writeln!(text, "| {site} | {alone} | {joined} | {gain:+.1} |");
    }
    text
}

fn calibration(summary: &Summary) -> String {
    let errors = summary.calibration.iter().map(|(method, c)| format!("`{method}` {:.1}", c.expected_error));
    let errors = errors.collect::<Vec<_>>().join(", ");
    format!("\nExpected calibration error of an entity's confidence, in percentage points: {errors}.\n")
}

fn figure(figure: &Figure) -> String {
    if figure.by_seed.len() < SPREAD_SEEDS_MIN {
        return format!("{:.1}", figure.mean);
    }
    format!("{:.1} ({:.1}–{:.1})", figure.mean, figure.min, figure.max)
}
