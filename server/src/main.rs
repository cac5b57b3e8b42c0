//! `fedner-server`: serves, or does what its subcommand says; see [`fedner_server::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    fedner_server::cli::run()
}
