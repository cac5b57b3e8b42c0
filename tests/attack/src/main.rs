//! `cargo xtask attack`: the table of all attacks.

use anyhow::Result;
use clap::Parser;
use fedner_attack::observation::Tables;
use fedner_attack::table::{HOSPITALS, Hospital, lines, neighbours};

/// Attacks the updates of sites with the page's sample notes.
#[derive(Parser)]
struct Options {
    /// Sentences behind an update
    #[arg(long, value_delimiter = ',', default_value = "16,64,160")]
    sentences: Vec<usize>,
    /// Seeds
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let hospitals = HOSPITALS.map(Hospital::of_the_demo);
    println!(
        "| sentences | seed | tables | the attacker has | words: precision | recall | chance | moves and counts | membership |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for sentences in &options.sentences {
        for seed in &options.seeds {
            for tables in [Tables::Whole, Tables::Tenth] {
                for line in lines(tables, &hospitals, *sentences, *seed)? {
                    let words = line.words;
                    println!(
                        "| {sentences} | {seed} | {tables:?} | {:?} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                        line.protection, words.precision, words.recall, words.chance, words.counts, line.membership
                    );
                }
            }
        }
    }
    println!(
        "\n| sentences | seed | a neighbour's update in a round of two: relative error | of three |\n|---|---|---|---|"
    );
    for sentences in &options.sentences {
        for seed in &options.seeds {
            let (two, three) = neighbours(Tables::Tenth, &hospitals, *sentences, *seed)?;
            println!("| {sentences} | {seed} | {two:.1e} | {three:.2} |");
        }
    }
    Ok(())
}
