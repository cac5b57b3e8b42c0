//! `evaluate`: scores a model on notes that people have marked.

use std::path::PathBuf;

use clap::Args;
use fedner_core::corpus::{Corpus, WordVectors};
use fedner_core::tagging;
use fedner_formats::{Format, ReadOptions};

use crate::failure::Failure;
use crate::host::Watcher;
use crate::model::ModelOptions;
use crate::notes;
use crate::report::{Report, in_words};
use crate::stop::Stop;

/// What to score, and on which notes.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    #[command(flatten)]
    model: ModelOptions,
    /// Notes with their entities: files, folders or archives
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files are; otherwise each file's content shows it
    #[arg(short, long, value_name = "FORMAT")]
    from: Option<Format>,
    /// The scores as a line of JSON, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Scores.
pub async fn evaluate(arguments: &EvaluateArguments, stop: &Stop) -> Result<(), Failure> {
    let mut report = Report::new(arguments.json);
    let mut opened = arguments.model.open()?;
    let model = &opened.session.model;
    let (spec, labels) = (model.layout().spec(), model.layout().labels());
    let read = notes::documents(&arguments.files, &ReadOptions::from(arguments.from), &report)?;
    for label in read.labels.iter().filter(|label| !labels.types().contains(label)) {
        report.say(&format!("the model does not know the label {label}: its entities are not counted"));
    }
    let notes = notes::labelled(read.documents, true, &report);
    let mut corpus = Corpus::new(&notes, labels.clone());
    if let Some(encoder) = &mut opened.encoder {
        let identity = encoder.identity().clone();
        let vectors: Vec<_> = notes
            .iter()
            .map(|note| WordVectors { encoder: identity.clone(), steps: encoder.read(&note.text) })
            .collect();
        corpus.set_all_vectors(vectors).map_err(|e| Failure::Other(e.to_string()))?;
    }
    let examples = corpus.held_out(spec);
    if examples.is_empty() {
        return Err(Failure::Notes("there is no sentence to score on".to_owned()));
    }
    let mut watcher = Watcher::new(&mut report, None, stop);
    let scores = tagging::evaluate(model, &examples, &mut watcher).await.map_err(|e| Failure::Other(e.to_string()))?;
    stop.failure()?;
    let mut words = format!("{} sentences: {}", scores.sentences, in_words(&scores));
    for label in &scores.by_label {
        let share = 100.0 * label.strict.f1;
        words.push_str(&format!("\n  {}: F1 {share:.1} %, {} entities", label.label, label.support));
    }
    report.result("evaluated", &scores, &words);
    Ok(())
}
