//! The sample notes: synthetic sentences for three demo hospitals, each with its own labels and its own rules for marking.
//!
//! Where they come from: a grammar a hospital (`north.rs`, `riverside.rs`, `lakeside.rs`) over word lists that all three
//! share (`words.rs`), and some notes written by hand. All of it was written for this repository; nobody and no real note is
//! in it. A seeded generator draws from the grammars, so the same source always gives the same bytes.
//!
//! Hospitals are alike and few of their notes are marked: each one's training notes lack a third of the drugs, complaints and
//! diseases that the others' have, another third each, and its held-out notes ask for them, as a hospital meets tomorrow what
//! others have met already. Some words in held-out notes are in no training note at all.

mod conll;
mod document;
mod grammar;
mod hospital;
mod hospitals;
mod lakeside;
mod north;
mod notes;
mod random;
mod riverside;
mod words;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use hospital::Hospital;
use hospitals::HOSPITALS;

/// Everything is drawn from this; another number gives other notes.
const SEED: u64 = 20_261_122;

/// Writes the files of all hospitals and the index.
pub fn write(folder: &Path) -> Result<()> {
    for (name, text) in generate()? {
        let file = folder.join(name);
        let parent = file.parent().context("a file is in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("can't make the folder {}", parent.display()))?;
        fs::write(&file, text).with_context(|| format!("can't write {}", file.display()))?;
        println!("wrote {}", file.display());
    }
    Ok(())
}

/// Every file's name, relative to the samples' folder, with its text.
fn generate() -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for (number, hospital) in HOSPITALS.iter().enumerate() {
        let corpus = notes::generate(hospital, number, SEED + number as u64)?;
        files.push((format!("{}/train.conll", hospital.id), conll::text(&corpus.train)));
        files.push((format!("{}/held-out.conll", hospital.id), conll::text(&corpus.held_out)));
    }
    let index = Value::Array(HOSPITALS.iter().map(|hospital| index_entry(hospital)).collect());
    files.push(("index.json".to_owned(), format!("{index:#}\n")));
    Ok(files)
}

/// Writes the same notes as sites for the experiment, with a test file that takes part in no choice.
pub fn write_for_experiment(folder: &Path) -> Result<()> {
    for (number, hospital) in HOSPITALS.iter().enumerate() {
        let corpus = notes::generate(hospital, number, SEED + number as u64)?;
        let site = folder.join(hospital.id);
        fs::create_dir_all(&site).with_context(|| format!("can't make the folder {}", site.display()))?;
        for (name, documents) in [("train", corpus.train), ("dev", corpus.held_out), ("test", corpus.test)] {
            let file = site.join(format!("{name}.conll"));
            fs::write(&file, conll::text(&documents)).with_context(|| format!("can't write {}", file.display()))?;
        }
        println!("wrote {}", site.display());
    }
    Ok(())
}

fn index_entry(hospital: &Hospital) -> Value {
    json!({
        "id": hospital.id,
        "name": hospital.name,
        "description": hospital.description,
        "labels": hospital.labels,
        "train": format!("{}/train.conll", hospital.id),
        "held_out": format!("{}/held-out.conll", hospital.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_in_the_repository_are_what_the_generator_makes() -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples");
        for (name, text) in generate()? {
            let found = fs::read_to_string(folder.join(&name)).with_context(|| name.clone())?;
            assert!(found == text, "{name} differs: run `cargo xtask sample-notes`");
        }
        Ok(())
    }

    #[test]
    fn every_label_is_often_enough_to_be_learnt_and_scored() -> Result<()> {
        for (number, hospital) in HOSPITALS.iter().enumerate() {
            let corpus = notes::generate(hospital, number, SEED + number as u64)?;
            for label in hospital.labels {
                let count = |text: String| text.matches(&format!("\tB-{label}\n")).count();
                let (train, held_out) = (count(conll::text(&corpus.train)), count(conll::text(&corpus.held_out)));
                assert!(train >= 20 && held_out >= 15, "{} {label}: {train} and {held_out}", hospital.id);
            }
        }
        Ok(())
    }
}
