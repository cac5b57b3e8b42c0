//! A warm start: a shared module trained on public corpora, as the product's server takes it for version 0.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fedner_protocol::{LocalSteps, Manifest, ModelSpec, decode_model, encode_model};

use super::pooled;
use crate::cell::{short_digest, write_whole};
use crate::settings::{Settings, WarmStart};
use crate::site::{Site, read_all};

/// Words that a sentence must have to count as the same one elsewhere.
const TELLING_WORDS_MIN: usize = 5;

/// A shared module to start from.
pub struct Warm {
    pub shared: Vec<f32>,
    /// The same as a file.
    pub file: PathBuf,
}

impl Warm {
    /// Trains it, or takes the one that an earlier run of the same settings has left in the folder.
    pub fn of(settings: &Settings, data: &Path, sites: &[&Site], folder: &Path) -> Result<Option<Self>> {
        let Some(wanted) = &settings.warm_start else { return Ok(None) };
        let digest = short_digest(&(wanted, &settings.model, &settings.training, &settings.sites))?;
        let file = folder.join(format!("warm-{digest}.safetensors"));
        if file.is_file() {
            let shared = read(&file, &settings.model)?;
            return Ok(Some(Self { shared, file }));
        }
        let shared = pretrain(wanted, settings, data, sites)?;
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        write(&file, &settings.model, &shared)?;
        Ok(Some(Self { shared, file }))
    }
}

/// Trains a shared module on public corpora, without what stands in the sites' notes too.
pub fn pretrain(wanted: &WarmStart, settings: &Settings, data: &Path, sites: &[&Site]) -> Result<Vec<f32>> {
    if let Some(site) = wanted.corpora.iter().find(|corpus| sites.iter().any(|site| site.folder == corpus.name)) {
        bail!("{} is a site here; a warm start must come from other corpora", site.name);
    }
    let theirs: HashSet<String> =
        sites.iter().flat_map(|site| site.lines()).filter_map(|line| telling(&line)).collect();
    let mut settings = Settings { held_out_max: usize::MAX, ..settings.clone() };
    let mut corpora = read_all(data, &wanted.corpora, &settings)?;
    for corpus in &mut corpora {
        // Nobody is scored on them here, so no part of them is kept back.
        corpus.train_on_all();
        let left_out = corpus.leave_out(|line| telling(line).is_some_and(|line| theirs.contains(&line)));
        println!("{}: {left_out} documents share a sentence with a site and are left out", corpus.title);
    }
    settings.rounds = wanted.passes;
    settings.local_steps = LocalSteps::part_of_pass(1);
    settings.training.finish_passes = 0;
    pooled::shared_module(wanted.seed, &settings, &corpora)
}

/// Writes a shared module as version 0.
pub fn write(file: &Path, spec: &ModelSpec, shared: &[f32]) -> Result<()> {
    write_whole(file, encode_model(&Manifest::of(spec), 0, shared).context("the shared module")?)
}

fn read(file: &Path, spec: &ModelSpec) -> Result<Vec<f32>> {
    let bytes = fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let (_, shared) = decode_model(&Manifest::of(spec), &bytes).with_context(|| format!("{}", file.display()))?;
    Ok(shared)
}

/// A sentence by its words, where it is long enough to be worth reading.
fn telling(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    (words.len() >= TELLING_WORDS_MIN).then(|| words.join(" ").to_lowercase())
}
