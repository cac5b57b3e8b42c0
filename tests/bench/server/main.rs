//! `cargo xtask server-bench`: how many sites one server carries, and how it lives through ten minutes with faults. Everything
//! is on this machine: the server is a process of its own, the sites are tasks of this one.

mod config;
mod flower;
mod load;
mod numbers;
mod server;
mod soak;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use self::config::ModelSize;
use self::load::Load;

/// Measures a server under load.
#[derive(Parser)]
struct Arguments {
    /// The server's program.
    #[arg(long)]
    server: PathBuf,
    /// Numbers of sites.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 500, 1000])]
    sites: Vec<usize>,
    /// Sizes of the shared module.
    #[arg(long, value_delimiter = ',', default_values_t = [ModelSize::Small, ModelSize::Million])]
    models: Vec<ModelSize>,
    /// Rounds that are measured of each.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Time over which the sites of a round send, as sites of different sizes do, in seconds; 0 for all at once.
    #[arg(long, default_value_t = 20)]
    spread_s: u64,
    /// Instead: so many minutes with faults.
    #[arg(long, value_name = "MINUTES")]
    soak: Option<u64>,
    /// Compare with Flower's server, run by this Python.
    #[arg(long, value_name = "PROGRAM")]
    flower: Option<PathBuf>,
    /// Decides who sends when, and which faults there are.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    numbers::raise_open_files()?;
    println!("{}\n", numbers::machine());
    if let Some(minutes) = arguments.soak {
        return soak::run(&arguments.server, Duration::from_secs(60 * minutes), arguments.seed).await;
    }
    println!("{}", load::HEADER);
    for model in &arguments.models {
        for sites in &arguments.sites {
            let load = Load {
                sites: *sites,
                model: *model,
                rounds: arguments.rounds,
                spread: Duration::from_secs(arguments.spread_s),
                seed: arguments.seed,
            };
            println!("{}", load.run(&arguments.server).await?);
            if let Some(python) = &arguments.flower {
                println!("{}", flower::run(python, &load)?);
            }
        }
    }
    Ok(())
}

impl std::fmt::Display for ModelSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}
