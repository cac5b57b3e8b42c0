//! How a federation comes to its end.

use fedner_protocol::Phase;

use super::{DEADLINE_S, World};
use crate::federation::simulation::operation::{Delivery, SITES, TabId};

/// A federation without further accidents must be at its end after so many turns of everybody.
const TURNS_MAX: usize = 60;

impl World {
    /// Without further accidents and with every site there, the federation must come to its end.
    pub(in super::super) async fn come_to_an_end(&mut self) -> Result<(), String> {
        self.replicas.iter().for_each(|replica| replica.store.faults.disarm());
        self.recover().await;
        self.set_paused(false, true).await?;
        let late = self.delayed.split_off(self.delayed.len() / 2);
        for request in std::mem::take(&mut self.delayed) {
            self.deliver(&request, 0).await?;
        }
        for turn in 0..TURNS_MAX {
            for site in 0..SITES {
                if self.revoked.contains(&self.sites[site]) {
                    // What it has sent would keep another site from its place.
                    self.revoke(site, true).await?;
                }
                self.enrol(site).await?;
                self.join(TabId { site, tab: 0 }, self.at(site)).await?;
            }
            self.follow().await?;
            let before = self.summary();
            for tab in self.tabs_there() {
                self.send(tab, Delivery::Arrives, self.at(turn + tab.site)).await?;
                self.settle().await?;
            }
            self.follow().await?;
            if matches!(self.state().phase, Phase::Finished) {
                for request in late {
                    self.deliver(&request, 0).await?;
                }
                for tab in self.tabs_there() {
                    self.train(tab).await?;
                }
                return Ok(());
            }
            if self.summary() == before {
                self.pass(u64::from(DEADLINE_S) * 1000).await;
                self.settle().await?;
            }
        }
        Err(format!("the federation does not come to its end: {}", self.summary()))
    }
}
