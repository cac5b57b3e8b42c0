//! `pause` and `resume`.

use clap::Args;
use fedner_protocol::FederationId;

use super::CommandError;
use crate::audit::Actor;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::{PauseOutcome, Purpose, Store};

/// Which federation to pause or to resume.
#[derive(Debug, Args)]
pub(super) struct PauseArguments {
    /// The federation; it must have been served once.
    #[arg(long)]
    federation: FederationId,
}

pub(super) async fn set_paused(
    PauseArguments { federation }: PauseArguments,
    paused: bool,
    config: &Config,
) -> Result<(), CommandError> {
    let store = Store::open(&config.store, Purpose::Command).await?;
    let outcome = store.set_paused(&federation, paused, Actor::CommandLine, SystemClock.now()).await;
    store.close().await;
    let state = if paused { "paused" } else { "not paused" };
    match outcome? {
        PauseOutcome::Done if paused => println!(
            "Federation {federation} is paused: no round opens or closes. Sites wait; updates under way are still taken."
        ),
        PauseOutcome::Done => println!("Federation {federation} goes on as soon as enough sites are there."),
        PauseOutcome::AlreadySo => println!("Federation {federation} was {state} already."),
        PauseOutcome::NoFederation => {
            return Err(format!(
                "there is no federation {federation} in this store; it is made when it is first served"
            )
            .into());
        }
    }
    Ok(())
}
