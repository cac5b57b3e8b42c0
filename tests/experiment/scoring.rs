//! How good a model is on a site's test sentences, and how true its confidence is.

use anyhow::Result;
use fedner_core::batch::Example;
use fedner_core::crf::TaggedSentence;
use fedner_core::labels::{LabelSet, TokenSpan, tags_to_spans};
use fedner_core::model::Model;
use fedner_core::observer::NoopObserver;
use fedner_core::scores::Counts;
use fedner_core::tagging::tag;
use pollster::block_on;
use serde::{Deserialize, Serialize};

use crate::site::Site;

/// Bins of confidence, from 0 to 1.
pub const BINS: usize = 10;

/// Found entities of like confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub entities: u64,
    /// How many of them are right: same borders and type.
    pub right: u64,
    /// Sum of their confidences.
    pub confidence: f64,
}

/// A model on one site's test sentences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestScore {
    /// Strict entity micro-F1, in percent.
    pub f1: f64,
    pub precision: f64,
    pub recall: f64,
    /// The same with overlapping borders.
    pub lenient_f1: f64,
    /// Entities in the test file.
    pub entities: u64,
    /// Those of them that no tag sequence can have, since they overlap others or cross a sentence's end. They count as
    /// missed.
    pub unreachable: u64,
    pub bins: [Bin; BINS],
}

/// Scores a model on a site's test sentences. Of its label set only the site's own types count.
pub fn test(model: &Model, site: &Site) -> Result<TestScore> {
    let layout = model.layout();
    let examples = site.test(layout.labels().clone(), layout.spec());
    Ok(score(&count(model, site, &examples)?, layout.labels(), site.test_entities()))
}

/// Scores what another program has found in a site's test sentences, without confidence: of each sentence the entities
/// of the file and those found, with the site's own types.
pub fn score_found(site: &Site, sentences: &[(Vec<TokenSpan>, Vec<TokenSpan>)]) -> TestScore {
    let mut counts = Counts::new();
    sentences.iter().for_each(|(gold, found)| counts.add(gold, found));
    score(&Counted { counts, bins: [Bin::default(); BINS] }, &site.labels, site.test_entities())
}

/// Strict micro-F1 of a model on a site's sentences, in percent; only the site's own types count.
pub fn own_f1(model: &Model, site: &Site, examples: &[Example]) -> Result<f64> {
    Ok(100.0 * count(model, site, examples)?.counts.all().strict_prf().f1)
}

struct Counted {
    counts: Counts,
    bins: [Bin; BINS],
}

fn count(model: &Model, site: &Site, examples: &[Example]) -> Result<Counted> {
    let own: Vec<bool> = model.layout().labels().types().iter().map(|name| site.labels.index(name).is_some()).collect();
    let of_site = |mut spans: Vec<TokenSpan>| {
        spans.retain(|span| own[span.label]);
        spans
    };
    let mut counted = Counted { counts: Counts::new(), bins: [Bin::default(); BINS] };
    block_on(tag(model, examples, &mut NoopObserver, |example, TaggedSentence { spans, confidences, .. }| {
        let gold = of_site(tags_to_spans(&example.tags));
        for (span, confidence) in spans.iter().zip(confidences).filter(|(span, _)| own[span.label]) {
            let bin = &mut counted.bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            bin.entities += 1;
            bin.confidence += confidence;
            bin.right += u64::from(gold.contains(span));
        }
        counted.counts.add(&gold, &of_site(spans));
    }))?;
    Ok(counted)
}

fn score(counted: &Counted, labels: &LabelSet, entities: u64) -> TestScore {
    let all = counted.counts.all();
    let unreachable = entities.saturating_sub(all.gold);
    let percent = |part: u64, of: u64| if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 };
    let gold = all.gold + unreachable;
    TestScore {
        f1: percent(2 * all.strict, gold + all.predicted),
        precision: percent(all.strict, all.predicted),
        recall: percent(all.strict, gold),
        lenient_f1: 100.0 * counted.counts.scores(labels).lenient.f1,
        entities,
        unreachable,
        bins: counted.bins,
    }
}

/// Expected calibration error in percent: how far confidence is from the share that is right, over all found entities.
pub fn calibration_error(bins: &[Bin]) -> f64 {
    let all: u64 = bins.iter().map(|bin| bin.entities).sum();
    let apart: f64 = bins.iter().map(|bin| (bin.confidence - bin.right as f64).abs()).sum();
    if all == 0 { 0.0 } else { 100.0 * apart / all as f64 }
}
