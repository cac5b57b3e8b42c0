//! `fedner-site`: a participant without a browser, on the same core as the page. It joins federations, trains alone, tags,
//! scores, exports and converts; its model files are the page's.

mod arguments;
mod convert;
mod encoder;
mod evaluate;
mod export;
mod failure;
mod host;
mod join;
mod link;
mod masking;
mod membership;
mod model;
mod notes;
mod predict;
mod report;
mod state_folder;
mod stop;
mod train;
mod transport;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.command.json();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::failed(&failure, json);
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    if let Command::Convert(arguments) = command {
        return Ok(convert::convert(&arguments)?);
    }
    // The thread beside this one reads from the network while this one trains.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|e| Failure::Other(format!("no thread can be started: {e}")))?;
    runtime.block_on(async {
        let stop = stop::Stop::on_signals()?;
        match command {
            Command::Join(arguments) => join::join(&arguments, &stop).await,
            Command::Train(arguments) => train::train(&arguments, &stop).await,
            Command::Predict(arguments) => predict::predict(&arguments, &stop).await,
            Command::Evaluate(arguments) => evaluate::evaluate(&arguments, &stop).await,
            Command::Export(arguments) => export::export(&arguments).await,
            Command::Convert(_) => Ok(()),
        }
    })
}
