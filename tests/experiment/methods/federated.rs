//! The product: real participants against the real server over HTTP, all in this process.

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use fedner_core::session::{Choice, Session};
use fedner_tests::TestApp;
use fedner_tests::participant::{Ended, NOT_POISONED, RunningSite, Task};
use tokio::runtime::Runtime;

use super::{Sites, curve, local, site_seed, steps_of_pass};
use crate::cell::{Joiner, SiteResult};
use crate::scoring::test;
use crate::settings::Settings;
use crate::site::Site;

pub(super) fn run(seed: u64, settings: &Settings, sites: &Sites<'_>) -> Result<(Vec<SiteResult>, Vec<Joiner>)> {
    let runtime = Runtime::new().context("a runtime for the server")?;
    let federation = settings.federation(seed, sites.warm.map(|warm| warm.file.clone()))?;
    let packs = settings.encoder.iter().map(|encoder| encoder.pack().to_vec()).collect();
    let builder = TestApp::builder().federation(federation).encoders(packs);
    let mut app = runtime.block_on(builder.real_clock().start());
    let start = |(number, site): (usize, &Site)| {
        let task = Task::new(app.origin(), site.corpus(), site_seed(seed, number));
        RunningSite::start(Task { keep_updates: false, baseline: true, ..task })
    };
    let running: Vec<_> = sites.members.iter().enumerate().map(start).collect();
    let mut results = Vec::new();
    for (site, running) in sites.members.iter().zip(running) {
        let (ended, record) = running.join();
        let session = session(&site.title, ended)?;
        let pass = steps_of_pass(site.size().sentences, &settings.training);
        let uploaded = record.lock().expect(NOT_POISONED).update_bytes;
        let test = test(&session.in_use(Choice::Better).model, site)?;
        results.push(SiteResult {
            site: site.title.clone(),
            test,
            curve: curve(&record, pass),
            uploaded,
            in_use: session.models_report().better,
        });
    }
    // Whoever comes now only fetches the shared module; how it trains on is up to it.
    let only_fetch = |config: &mut fedner_server::Config| config.federations[0].training.finish_passes = 0;
    runtime.block_on(app.restart_with(only_fetch))?;
    let joiners = sites.joiners.iter().enumerate();
    let joiners =
        joiners.map(|(number, site)| join(site_seed(seed, sites.members.len() + number), settings, site, &app));
    Ok((results, joiners.collect::<Result<_>>()?))
}

/// A site with a label set that the federation has not seen, alone and from the federation's shared module: the same
/// private module at the start, the same passes over the same notes.
fn join(seed: u64, settings: &Settings, site: &Site, app: &TestApp) -> Result<Joiner> {
    let task = Task { keep_updates: false, ..Task::new(app.origin(), site.corpus(), seed) };
    let (ended, _) = RunningSite::start(task).join();
    let mut joined = session(&site.title, ended)?;
    let mut alone = Session::new(&settings.model, &site.labels, seed, &Device::flex());
    Ok(Joiner {
        site: site.title.clone(),
        alone: local::train(&mut alone, settings, site)?.0.f1,
        joined: local::train(&mut joined, settings, site)?.0.f1,
    })
}

fn session(site: &str, ended: Ended) -> Result<Session> {
    let outcome = ended.outcome.with_context(|| format!("{site}'s part in the federation"))?;
    ensure!(outcome.finished, "{site} did not take part to the end");
    ended.session.with_context(|| format!("{site} has no model"))
}
