//! Another program's recogniser for each site alone: spaCy's default one for English, in its own way to train. It gets
//! the very words and entities that our own model trains on, and its entities are scored as ours are.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use fedner_core::corpus::Note;
use fedner_core::labels::{LabelSet, Tag, TokenSpan, document_to_tags, tags_to_spans};
use fedner_core::text::sentences;
use serde::{Deserialize, Serialize};

use super::site_seed;
use crate::cell::{Point, SiteResult};
use crate::scoring::score_found;
use crate::site::Site;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/experiment/methods/spacy_ner.py");

/// An entity: its first word, the word after its last, its type.
type Entity = (usize, usize, String);

#[derive(Serialize)]
struct Given {
    training: Vec<Sentence>,
    held_out: Vec<Sentence>,
    test: Vec<Sentence>,
}

#[derive(Serialize)]
struct Sentence {
    words: Vec<String>,
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Found {
    version: String,
    steps: u64,
    curve: Vec<Point>,
    sentences: Vec<Vec<Entity>>,
}

/// Trains with the Python program that has spaCy.
pub(super) fn run(seed: u64, sites: &[Site], python: &Path) -> Result<Vec<SiteResult>> {
    let one = |(number, site)| alone(site_seed(seed, number), site, python);
    sites.iter().enumerate().map(one).collect()
}

fn alone(seed: u64, site: &Site, python: &Path) -> Result<SiteResult> {
    let [training, held_out, test] = site.notes().map(|notes| tagged(notes, &site.labels));
    let given = Given { training, held_out, test };
    let folder = tempfile::tempdir().context("can't make a temporary folder")?;
    fs::write(folder.path().join("sentences.json"), serde_json::to_vec(&given)?).context("the sentences for spaCy")?;
    let mut program = Command::new(python);
    program.arg(SCRIPT).arg(folder.path()).arg(seed.to_string()).stdout(Stdio::null());
    // One thread, as each of our own methods has.
    program.envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")));
    let status = program.status().with_context(|| format!("can't start {}", python.display()))?;
    if !status.success() {
        bail!("spaCy's training on {} ended with {status}", site.title);
    }
    let found: Found = serde_json::from_slice(&fs::read(folder.path().join("found.json"))?).context("found.json")?;
    if found.sentences.len() != given.test.len() {
        bail!("spaCy gave {} sentences back of {}", found.sentences.len(), given.test.len());
    }
    let spans = |entities: &[Entity]| -> Result<Vec<TokenSpan>> {
        entities.iter().map(|entity| span(entity, &site.labels)).collect()
    };
    let pairs = given.test.iter().zip(&found.sentences);
    let pairs = pairs.map(|(gold, found)| Ok((spans(&gold.entities)?, spans(found)?))).collect::<Result<Vec<_>>>()?;
    let test = score_found(site, &pairs);
    println!("{}: spaCy {}, {} steps, F1 {:.1}", site.title, found.version, found.steps, test.f1);
    Ok(SiteResult { site: site.title.clone(), test, curve: found.curve, uploaded: 0, in_use: None })
}

/// Sentences, tokens and entities as [`fedner_core::corpus::Corpus`] has them.
fn tagged(notes: &[Note], labels: &LabelSet) -> Vec<Sentence> {
    let of_note = |note: &Note| {
        let sentences = sentences(&note.text);
        let tags = document_to_tags(labels, &sentences, &note.spans).tags;
        let sentence = |(sentence, tags): (&fedner_core::text::Sentence, &Vec<Tag>)| Sentence {
            words: sentence.tokens.iter().map(|token| token.text(&note.text).to_owned()).collect(),
            entities: tags_to_spans(tags)
                .iter()
                .map(|span| (span.first, span.end, labels.types()[span.label].clone()))
                .collect(),
        };
        sentences.iter().zip(&tags).map(sentence).collect::<Vec<_>>()
    };
    notes.iter().flat_map(of_note).collect()
}

fn span((first, end, label): &Entity, labels: &LabelSet) -> Result<TokenSpan> {
    let label = labels.index(label).with_context(|| format!("there is no entity type {label:?} here"))?;
    Ok(TokenSpan { first: *first, end: *end, label })
}
