//! `cargo xtask`: the repository's own commands. It installs what is missing, builds the page, serves it and checks it all.

mod build_times;
mod checks;
mod deny;
mod dist;
mod files;
mod formats;
mod fuzz;
mod instructions;
mod measure;
mod model_export;
mod page;
mod postgres;
mod process;
mod python;
mod report;
mod sample_notes;
mod serve;
mod setup;
mod toolchain;
mod tools;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;

use page::PageProfile;
use workspace::Workspace;

/// The repository's own commands
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Build the page and the server, and start them with a demo federation
    Serve(serve::Serve),
    /// Install what is missing, then check everything
    Test {
        /// Without the page's build and the browser tests
        #[arg(long)]
        no_browser: bool,
    },
    /// Run a command with FEDNER_TEST_POSTGRES naming a PostgreSQL cluster that ends with it
    WithPostgres {
        /// The command with its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Build the page into target/page
    Page {
        /// Less optimised, quicker to rebuild
        #[arg(long)]
        dev: bool,
        /// Only lay out the files of www/ anew, around the modules of the last build
        #[arg(long)]
        files: bool,
    },
    /// Write target/dist: one program that carries the page, with licences, SBOM, checksums and deployment files
    Dist(dist::Dist),
    /// Build the modules that a served page lacks; `serve` starts it
    #[command(hide = true)]
    CompletePage {
        /// The server's process
        #[arg(long)]
        until_end_of: u32,
    },
    /// Build the page and print what people download; fails over budget
    Size,
    /// Measure how fast the model trains, next to others
    Bench(measure::Comparison),
    /// Measure how fluent the page is with 10,000 notes and one of 100,000 characters
    AnnotateBench,
    /// Write what each view of the page looks like to target/screenshots: light, dark and narrow, in both languages
    Screenshots,
    /// Federated against alone, pooled and one model for all, on real corpora (needs ../shared/data)
    #[command(disable_help_flag = true)]
    Experiment(Forwarded),
    /// What a server and a neighbour can read from updates, with and without each protection
    #[command(disable_help_flag = true)]
    Attack(Forwarded),
    /// Measure what secure aggregation costs a site and the server
    SecaggBench,
    /// Train a shared module on public corpora, for a federation to begin with
    #[command(disable_help_flag = true)]
    Pretrain(Forwarded),
    /// Measure how much must be annotated, by the model's uncertainty and at random (needs ../shared/data)
    #[command(disable_help_flag = true)]
    AnnotationSimulation(Forwarded),
    /// Measure what one poisoned site of seven costs the others, by aggregation (minutes)
    Poison,
    /// Measure a merge's peak memory and throughput at 10, 100 and 1,000 sites (minutes)
    MergeBench,
    /// Measure how many sites one server carries, and how it lives through faults
    #[command(disable_help_flag = true)]
    ServerBench(Forwarded),
    /// Try the readers of file formats with damaged files
    Fuzz {
        /// For so long
        #[arg(long, default_value_t = 10)]
        minutes: u64,
        /// Other damage
        #[arg(long)]
        seed: Option<u64>,
        /// Under libFuzzer, with the nightly toolchain: update, model, json, ids, zip or forwarded
        #[arg(long, conflicts_with = "seed")]
        decoder: Option<String>,
    },
    /// Have programs from PyPI read what is written of the corpora, and compare
    FormatsCheck,
    /// Check that an exported model finds in Python what it finds here (needs PyPI the first time)
    ModelExportCheck,
    /// Write the sample notes in www/samples again
    SampleNotes {
        /// Instead write them there as sites for the experiment, each with a test file
        #[arg(long, value_name = "FOLDER")]
        for_experiment: Option<PathBuf>,
    },
}

/// The options of the program that is started; `--help` shows them
#[derive(clap::Args)]
struct Forwarded {
    #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

fn main() -> ExitCode {
    let command = Command::parse();
    match Workspace::find().and_then(|workspace| run(&workspace, command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(workspace: &Workspace, command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(options) => return serve::serve(workspace, &options),
        Command::Test { no_browser } => checks::run(workspace, !no_browser)?,
        Command::WithPostgres { command } => with_postgres(&command)?,
        Command::Page { dev, files: false } => drop(page::build(workspace, PageProfile::chosen(dev))?),
        Command::Page { dev, files: true } => drop(page::lay_out(workspace, PageProfile::chosen(dev))?),
        Command::Dist(options) => dist::run(workspace, &options)?,
        Command::CompletePage { until_end_of } => serve::complete_page(workspace, until_end_of)?,
        Command::Size => {
            page::build(workspace, PageProfile::Release)?;
            page::check_sizes(workspace)?;
        }
        Command::Bench(options) => measure::compare(workspace, &options)?,
        Command::Screenshots => measure::screenshots(workspace)?,
        Command::AnnotateBench => measure::annotating(workspace)?,
        Command::Experiment(Forwarded { options }) => measure::experiment(workspace, options)?,
        Command::Attack(Forwarded { options }) => measure::attack(workspace, &options)?,
        Command::SecaggBench => measure::secure_aggregation(workspace)?,
        Command::Pretrain(Forwarded { options }) => {
            measure::experiment(workspace, [vec!["pretrain".into()], options].concat())?;
        }
        Command::AnnotationSimulation(Forwarded { options }) => measure::annotation_simulation(workspace, &options)?,
        Command::Poison => measure::poison(workspace)?,
        Command::MergeBench => measure::merge(workspace)?,
        Command::ServerBench(Forwarded { options }) => measure::server(workspace, &options)?,
        Command::Fuzz { minutes, decoder: Some(name), .. } => fuzz::decoder(workspace, &name, minutes)?,
        Command::Fuzz { minutes, seed, decoder: None } => formats::fuzz(workspace, minutes, seed)?,
        Command::FormatsCheck => formats::check(workspace)?,
        Command::ModelExportCheck => match model_export::python(workspace)? {
            Ok(python) => model_export::check(workspace, &python)?,
            Err(why) => bail!("there is no Python to check with: {why}"),
        },
        Command::SampleNotes { for_experiment: None } => sample_notes::write(&workspace.root.join("www/samples"))?,
        Command::SampleNotes { for_experiment: Some(folder) } => sample_notes::write_for_experiment(&folder)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a command while a cluster of its own is there.
fn with_postgres(command: &[OsString]) -> Result<()> {
    let (program, args) = command.split_first().context("no command is named")?;
    let programs = postgres::ensure().context("there is no PostgreSQL here (Debian's package is postgresql)")?;
    let cluster = postgres::Cluster::start(&programs)?;
    process::run(process::clean(program).args(args).env(postgres::URL_VARIABLE, cluster.url()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_show_commands_that_are_taken() {
        fedner_documentation::check_commands::<Command>("cargo xtask", &[]);
    }

    #[test]
    fn the_commands_are_consistent_and_options_of_other_programs_are_passed_on() {
        <Command as clap::CommandFactory>::command().debug_assert();
        let parsed = Command::try_parse_from(["xtask", "experiment", "--quick", "--methods", "local,spacy"]);
        let Ok(Command::Experiment(Forwarded { options })) = parsed else { panic!("it is an experiment") };
        assert_eq!(options, ["--quick", "--methods", "local,spacy"]);
        let parsed = Command::try_parse_from(["xtask", "with-postgres", "cargo", "test", "-p", "fedner-server"]);
        let Ok(Command::WithPostgres { command }) = parsed else { panic!("it is a command with PostgreSQL") };
        assert_eq!(command.len(), 4);
        assert!(Command::try_parse_from(["xtask", "bench", "--no-such-option"]).is_err());
    }
}
