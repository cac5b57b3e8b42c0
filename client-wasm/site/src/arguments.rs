//! What the command was asked.

use clap::{Parser, Subcommand};

use crate::convert;
use crate::evaluate::EvaluateArguments;
use crate::export::ExportArguments;
use crate::join::JoinArguments;
use crate::predict::PredictArguments;
use crate::train::TrainArguments;

/// A FedNER participant without a browser. Notes, labels and the private module stay on this machine; in a federation only
/// updates of the shared module are sent.
#[derive(Debug, Parser)]
#[command(name = "fedner-site", version, after_help = STATUSES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const STATUSES: &str = "Exit statuses: 0 done, 1 disk or device, 2 wrong command line, 3 notes, 4 model file, \
    5 refused by the server, 6 server not reached (try later), 7 refused by this site under the federation's policy, \
    130 stopped by a signal (the same command goes on)";

/// One of the things that it does.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one")]
pub enum Command {
    /// Take part in a federation until it is finished; started again, it goes on
    Join(JoinArguments),
    /// Train on this site's notes alone
    Train(TrainArguments),
    /// Find entities in notes
    Predict(PredictArguments),
    /// Score the model on notes that people have marked
    Evaluate(EvaluateArguments),
    /// Write the model as one archive, which the page opens
    Export(ExportArguments),
    /// Convert annotated notes between formats
    Convert(convert::Arguments),
}

impl Command {
    /// Whether it reports in lines of JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::Join(arguments) => arguments.json,
            Self::Train(arguments) => arguments.json,
            Self::Predict(arguments) => arguments.json,
            Self::Evaluate(arguments) => arguments.json,
            Self::Export(arguments) => arguments.json,
            Self::Convert(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_commands_that_pages_show_are_taken() {
        fedner_documentation::check_commands::<super::Arguments>("fedner-site", &[]);
    }
}
