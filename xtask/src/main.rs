//! `cargo xtask`: the repository's own commands. It sets up what is missing, builds the page, serves it and checks it all.

mod bench;
mod checks;
mod files;
mod formats;
mod instructions;
mod licences;
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
mod workspace;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use page::PageProfile;
use serve::Serve;
use workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  serve                 build the page and the server, and start them with a demo federation
      --port <port>     listen on this port of 127.0.0.1 (8080)
      --data-dir <dir>  keep the server's store there (./data)
      --release         build the server optimised too
      --dev             a page that is less optimised and quicker to rebuild
  test                  install what is missing, then check everything
      --no-browser      without the page's build and the browser tests
  with-postgres <cmd>…  run a command with FEDNER_TEST_POSTGRES naming a PostgreSQL cluster that ends with it
  page                  build the page into target/page
      --dev             less optimised, quicker to rebuild
  bench                 measure how fast the model trains, next to others
      --json <file>     write the rows there too, and a drawing of how a step's time grows beside them
      --quick           fewer repeats
      --pytorch         compare with PyTorch (from PyPI the first time)
      --spacy           compare with spaCy (from PyPI the first time)
      --tfjs            compare with TF.js (from npm the first time)
      --burn-lstm       compare with burn's LSTM on WebGPU in a tab (builds a third module)
      --no-browser      without the page
  size                  build the page and print what people download; fails over budget
  annotate-bench        measure how fluent the page is with 10 000 notes and one of 100 000 characters
  experiment            federated against alone, pooled and one model for all, on real corpora (needs ../shared/data)
      --quick           within ten minutes; other options: experiment --help
  pretrain              train a shared module on public corpora, for a federation to begin with: pretrain --help
  poison                measure what one poisoned site of seven costs the others, by aggregation (minutes)
  merge-bench           measure a merge's peak memory and throughput at 10, 100 and 1,000 sites (minutes)
  fuzz                  try the readers of file formats with damaged files
      --minutes <n>     for so long (10)
      --seed <n>        other damage
  formats-check         have programs from PyPI read what is written of the corpora, and compare
  annotation-simulation how much must be annotated, by the model's uncertainty and at random (needs ../shared/data)
      --quick           the smaller corpus, one seed; other options: annotation-simulation --help
  model-export-check    an exported model in Python finds what it finds here (needs PyPI the first time)
  sample-notes          write the sample notes in www/samples anew
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = lexopt::Parser::from_env();
    let Some(command) = args.next()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        Short('h') | Long("help") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Value(name) => match name.string()?.as_str() {
            "serve" => serve_command(args),
            "test" => test_command(args),
            "with-postgres" => with_postgres_command(args),
            "page" => page_command(args),
            "bench" => bench_command(args),
            "size" => size_command(args),
            "annotate-bench" => annotate_bench_command(args),
            "experiment" => experiment_command(args),
            "pretrain" => pretrain_command(args),
            "poison" => measure_command(args, &measure::POISON),
            "merge-bench" => measure_command(args, &measure::MERGE),
            "fuzz" => fuzz_command(args),
            "formats-check" => formats_check_command(args),
            "annotation-simulation" => annotation_simulation_command(args),
            "model-export-check" => model_export_command(args),
            "sample-notes" => sample_notes_command(args),
            other => bail!("there is no command {other:?}\n\n{HELP}"),
        },
        other => Err(other.unexpected().into()),
    }
}

fn bench_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut options = bench::Bench::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("json") => options.json = Some(args.value()?.into()),
            Long("quick") => options.quick = true,
            Long("pytorch") => options.pytorch = true,
            Long("spacy") => options.spacy = true,
            Long("tfjs") => options.tfjs = true,
            Long("burn-lstm") => options.burn_lstm = true,
            Long("no-browser") => options.no_browser = true,
            _ => return Err(arg.unexpected().into()),
        }
    }
    bench::bench(&Workspace::find()?, &options)?;
    Ok(ExitCode::SUCCESS)
}

fn serve_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut options = Serve::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("port") => options.port = args.value()?.parse().context("--port takes a number from 0 to 65535")?,
            Long("data-dir") => options.data_dir = args.value()?.into(),
            Long("release") => options.release_server = true,
            Long("dev") => options.page = PageProfile::Dev,
            _ => return Err(arg.unexpected().into()),
        }
    }
    serve::serve(&Workspace::find()?, &options)
}

fn test_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut with_browser = true;
    while let Some(arg) = args.next()? {
        match arg {
            Long("no-browser") => with_browser = false,
            _ => return Err(arg.unexpected().into()),
        }
    }
    checks::run(&Workspace::find()?, with_browser)?;
    Ok(ExitCode::SUCCESS)
}

fn with_postgres_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut command = args.raw_args()?;
    let program = command.next().context("name the command to run, such as: cargo test -p fedner-server")?;
    let programs = postgres::ensure().context("there is no PostgreSQL here (Debian's package is postgresql)")?;
    let cluster = postgres::Cluster::start(&programs)?;
    process::run(process::clean(program).args(command).env(postgres::URL_VARIABLE, cluster.url()))?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses arguments of a command that takes none.
fn no_more(mut args: lexopt::Parser) -> Result<()> {
    args.next()?.map_or(Ok(()), |arg| Err(arg.unexpected().into()))
}

fn page_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut profile = PageProfile::Release;
    while let Some(arg) = args.next()? {
        match arg {
            Long("dev") => profile = PageProfile::Dev,
            _ => return Err(arg.unexpected().into()),
        }
    }
    page::build(&Workspace::find()?, profile)?;
    Ok(ExitCode::SUCCESS)
}

fn size_command(args: lexopt::Parser) -> Result<ExitCode> {
    no_more(args)?;
    let workspace = Workspace::find()?;
    page::build(&workspace, PageProfile::Release)?;
    page::check_sizes(&workspace)?;
    Ok(ExitCode::SUCCESS)
}

fn annotate_bench_command(args: lexopt::Parser) -> Result<ExitCode> {
    no_more(args)?;
    checks::annotate_bench(&Workspace::find()?)?;
    Ok(ExitCode::SUCCESS)
}

fn experiment_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    measure::experiment(&Workspace::find()?, args.raw_args()?)?;
    Ok(ExitCode::SUCCESS)
}

fn pretrain_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    measure::experiment(&Workspace::find()?, std::iter::once("pretrain".into()).chain(args.raw_args()?))?;
    Ok(ExitCode::SUCCESS)
}

fn measure_command(args: lexopt::Parser, measurement: &measure::Measurement) -> Result<ExitCode> {
    no_more(args)?;
    measure::run(&Workspace::find()?, measurement)?;
    Ok(ExitCode::SUCCESS)
}

fn fuzz_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let (mut minutes, mut seed) = (10, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("minutes") => minutes = args.value()?.parse().context("--minutes takes a whole number")?,
            Long("seed") => seed = Some(args.value()?.parse().context("--seed takes a whole number")?),
            _ => return Err(arg.unexpected().into()),
        }
    }
    formats::fuzz(&Workspace::find()?, minutes, seed)?;
    Ok(ExitCode::SUCCESS)
}

fn formats_check_command(args: lexopt::Parser) -> Result<ExitCode> {
    no_more(args)?;
    formats::check(&Workspace::find()?)?;
    Ok(ExitCode::SUCCESS)
}

fn annotation_simulation_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut run = workspace.cargo();
    // Only here: it trains for minutes, and elsewhere our own crates should be quick to rebuild.
    run.args(["run", "--quiet", "--config", "profile.dev.package.fedner-core.opt-level=3"]);
    run.args(["--package", "fedner-core", "--example", "annotation_simulation", "--", "--corpora"]);
    run.arg(workspace.root.join("../shared/data")).arg("--out").arg(workspace.target.join("annotation-simulation"));
    process::run(run.args(args.raw_args()?))?;
    Ok(ExitCode::SUCCESS)
}

fn model_export_command(args: lexopt::Parser) -> Result<ExitCode> {
    no_more(args)?;
    let workspace = Workspace::find()?;
    match model_export::python(&workspace)? {
        Ok(python) => model_export::check(&workspace, &python)?,
        Err(why) => bail!("there is no Python to check with: {why}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn sample_notes_command(args: lexopt::Parser) -> Result<ExitCode> {
    no_more(args)?;
    sample_notes::write(&Workspace::find()?.root.join("www/samples"))?;
    Ok(ExitCode::SUCCESS)
}
