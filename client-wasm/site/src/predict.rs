//! `predict`: finds entities in notes, and writes the notes with them.

use clap::Args;
use fedner_core::observer::Observer as _;
use fedner_core::tagging::{Assessment, assess};
use fedner_formats::Document;

use crate::convert::{Source, Target, input, output};
use crate::encoder::read_texts;
use crate::failure::Failure;
use crate::host::Watcher;
use crate::model::ModelOptions;
use crate::report::{Report, json_line};
use crate::stop::Stop;

/// What to find entities in, and where to write them.
#[derive(Debug, Args)]
pub struct PredictArguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    target: Target,
    /// Leave out entities that the model is less sure of, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    confidence: f64,
    /// A line of JSON for each note, with the confidence of each entity, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Reads, tags and writes.
pub async fn predict(arguments: &PredictArguments, stop: &Stop) -> Result<(), Failure> {
    if !(0.0..=1.0).contains(&arguments.confidence) {
        return Err(Failure::Usage("--confidence takes a number from 0 to 1".to_owned()));
    }
    let format = arguments.target.format().map_err(|e| Failure::Usage(e.to_string()))?;
    output::check(&arguments.target)?;
    let mut report = Report::new(arguments.json);
    let mut model = arguments.model.open()?;
    let documents = read(&arguments.source, &report)?;
    let named = documents.iter().map(|document| (document.name.as_str(), document.text.as_str()));
    let texts = read_texts(&mut model.encoder, named, model.session.model.layout().spec())?;
    let mut watcher = Watcher::new(&mut report, None, stop);
    let assessed = assess(&model.session.model, &texts, &mut watcher).await;
    let cancelled = watcher.is_cancelled();
    let assessed = assessed.map_err(|e| Failure::Other(e.to_string()))?;
    if cancelled {
        return Err(Failure::Stopped);
    }
    if arguments.json {
        documents.iter().zip(&assessed).for_each(|(document, found)| json_note(document, found));
    }
    let found: usize = assessed.iter().map(|found| found.entities.len()).sum();
    let notes = documents.len();
    let marked: Vec<_> =
        documents.into_iter().zip(assessed).map(|(d, found)| marked(d, found, arguments.confidence)).collect();
    let written = fedner_formats::write(format, &marked);
    for problem in &written.problems {
        report.say(&format!("{}: {}", problem.document, problem.message));
    }
    output::save(&arguments.target, format, written)?;
    report.result(
        "predicted",
        &serde_json::json!({ "documents": notes, "entities": found }),
        &format!("found {found} entities in {notes} notes"),
    );
    Ok(())
}

fn read(source: &Source, report: &Report) -> Result<Vec<Document>, Failure> {
    let files = input::read(&source.input).map_err(|e| Failure::Notes(format!("{e:#}")))?;
    let inputs: Vec<_> =
        files.iter().map(|file| fedner_formats::InputFile { name: &file.name, bytes: &file.bytes }).collect();
    let imported = fedner_formats::read(&inputs, &source.options()).map_err(|e| Failure::Notes(e.to_string()))?;
    for problem in &imported.problems {
        report.say(&format!("{}: {}", problem.file, problem.message));
    }
    Ok(imported.documents)
}

/// The note with what the model found, in place of what was marked in it.
fn marked(document: Document, found: Assessment, confidence: f64) -> Document {
    let sure = found.entities.into_iter().filter(|entity| entity.confidence >= confidence);
    Document {
        spans: sure.map(|entity| entity.span).collect(),
        details: Default::default(),
        labelled: true,
        ..document
    }
}

fn json_note(document: &Document, found: &Assessment) {
    let (uncertainty, entities) = (found.uncertainty(), &found.entities);
    json_line(&serde_json::json!({
        "kind": "note", "name": document.name, "file": &*document.file, "uncertainty": uncertainty, "entities": entities
    }));
}
