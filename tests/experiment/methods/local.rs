//! Each site alone, by the product's own local training.

use anyhow::{Context, Result};
use burn::tensor::Device;
use fedner_core::session::Session;
use fedner_core::training::{LocalTraining, TrainingLength};
use pollster::block_on;

use super::{Warm, curve, site_seed, steps_of_pass, watch};
use crate::cell::SiteResult;
use crate::scoring::{TestScore, test};
use crate::settings::Settings;
use crate::site::Site;

pub(super) fn run(seed: u64, settings: &Settings, sites: &[Site], warm: Option<&Warm>) -> Result<Vec<SiteResult>> {
    sites.iter().enumerate().map(|(number, site)| alone(site_seed(seed, number), settings, site, warm)).collect()
}

fn alone(seed: u64, settings: &Settings, site: &Site, warm: Option<&Warm>) -> Result<SiteResult> {
    let mut session = Session::new(&settings.model, &site.labels, seed, &Device::flex());
    if let Some(warm) = warm {
        session.model.set_shared(warm.shared.clone()).context("the warm start")?;
    }
    let (test, curve) = train(&mut session, settings, site)?;
    Ok(SiteResult { site: site.title.clone(), test, curve, uploaded: 0, in_use: None })
}

/// Trains a session as *Train here* does, and tests it.
pub(super) fn train(
    session: &mut Session,
    settings: &Settings,
    site: &Site,
) -> Result<(TestScore, Vec<crate::cell::Point>)> {
    let corpus = site.corpus();
    let pass = steps_of_pass(corpus.report().training.sentences, &settings.training);
    let length = settings.alone_passes.map_or(TrainingLength::UntilNoBetter, TrainingLength::Epochs);
    let task = LocalTraining { length, policy: settings.training.clone() };
    let (mut watcher, record) = watch();
    block_on(session.train(&corpus, &task, &mut watcher))?;
    Ok((test(&session.model, site)?, curve(&record, pass)))
}
