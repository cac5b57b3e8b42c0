//! `cargo xtask poison`: what one poisoned site of seven costs the others, by aggregation.

use std::path::{Path, PathBuf};

use clap::Parser;
use fedner_core::corpus::Corpus;
use fedner_protocol::{Aggregation, UpdateBounds};
use fedner_tests::participant::{Attack, Defence, MEAN, PoisonedFederation, PoisonedRun, corpus, run_poisoned};

const CORPORA: [&str; 7] = ["ade", "anatem", "bc5cdr", "maccrobat", "ncbi-disease", "psytar", "twimed"];
/// The site that is poisoned.
const POISONED: usize = 2;
const ROUNDS: u32 = 10;
const LOCAL_STEPS: u32 = 20;
/// Of each corpus' training and of its held-out part.
const SENTENCES_MAX: usize = 400;
const SEEDS: [u64; 3] = [1, 2, 3];
/// About the norm of an honest update here; printed at the end.
const NORM_CLIP: f32 = 5.0;

/// Measures what one poisoned site of seven costs the others, by aggregation.
#[derive(Parser)]
struct Options {
    /// The folder of the corpora.
    #[arg(long)]
    corpora: PathBuf,
}

#[tokio::main]
async fn main() {
    let Options { corpora } = Options::parse();
    if !corpora.is_dir() {
        println!("skipped: there are no corpora at {}", corpora.display());
        return;
    }
    measure(&corpora).await;
}

async fn measure(corpora: &Path) {
    let sites = CORPORA.map(|name| site(&corpora.join(name))).to_vec();
    let setting = PoisonedFederation { sites, poisoned: POISONED, rounds: ROUNDS, local_steps: LOCAL_STEPS };
    println!(
        "Strict micro-F1 on held-out notes in percent, mean over {} honest sites; median of {} seeds (lowest to highest).\n\
         Sites: {}; poisoned: {}. {ROUNDS} rounds of {LOCAL_STEPS} steps, the small model, {SENTENCES_MAX} \
         training and as many held-out sentences of each corpus.\n",
        CORPORA.len() - 1,
        SEEDS.len(),
        CORPORA.join(", "),
        CORPORA[POISONED],
    );
    println!("| aggregation | honest | sign flip | ×100 | noise ×10 | sign flip, samples overstated |");
    println!("|---|---|---|---|---|---|");
    let mut norms = Vec::new();
    for defence in defences() {
        let mut line = format!("| {} |", defence.name);
        for attack in [None].into_iter().chain(Attack::ALL.map(Some)) {
            let mut f1s = Vec::new();
            for seed in SEEDS {
                let PoisonedRun { f1s: sites, norms: of_run } = run_poisoned(&setting, &defence, attack, seed).await;
                f1s.push(100.0 * sites.iter().sum::<f64>() / sites.len() as f64);
                norms.extend(of_run.into_iter().filter(|_| attack.is_none()));
            }
            f1s.sort_by(f64::total_cmp);
            line += &format!(" {:.1} ({:.1} to {:.1}) |", f1s[f1s.len() / 2], f1s[0], f1s[f1s.len() - 1]);
        }
        println!("{line}");
    }
    norms.sort_by(f64::total_cmp);
    let (low, median, high) = (norms[0], norms[norms.len() / 2], norms[norms.len() - 1]);
    println!("\nNorms of honest updates without an attack: median {median:.2}, {low:.2} to {high:.2}.");
}

fn site(folder: &Path) -> Corpus {
    corpus(&folder.join("train.conll"), &folder.join("dev.conll"), SENTENCES_MAX)
}

fn defences() -> Vec<Defence> {
    let mean = Defence::new("mean", MEAN);
    let clip = UpdateBounds { norm_clip: Some(NORM_CLIP), ..mean.bounds.clone() };
    let median = Aggregation::Median {};
    vec![
        Defence { name: "mean, norms clipped", bounds: clip, ..mean.clone() },
        mean,
        Defence::new("trimmed mean, 20 %", Aggregation::TrimmedMean { trim_percent: 20 }),
        Defence::new("median", median),
    ]
}
