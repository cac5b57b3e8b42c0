//! `train`: on this site's notes alone.

use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;
use fedner_core::corpus::Corpus;
use fedner_core::session::{Choice, Session};
use fedner_core::training::{LocalTraining, TrainingLength};
use fedner_protocol::{ModelSpec, TrainingPolicy};

use crate::failure::Failure;
use crate::host::{Watcher, random_seed};
use crate::model::{self, STATE};
use crate::notes::NotesOptions;
use crate::report::{Report, in_words};
use crate::state_folder::StateFolder;
use crate::stop::Stop;

/// Most passes over the notes.
const EPOCHS_MAX: u64 = 1000;

/// What to train.
#[derive(Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    notes: NotesOptions,
    /// The state folder: its model is trained on, or a new one is made
    #[arg(long, value_name = "DIR", default_value = STATE)]
    state: PathBuf,
    /// A model's file to begin with, in place of the state folder's; that one is kept as model-before.safetensors
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Passes over the notes; otherwise until it stops getting better
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=EPOCHS_MAX))]
    epochs: Option<u64>,
    /// Seed of a new model, of batches and dropout; otherwise drawn
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A line of JSON for each event, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Trains, and leaves the model in the state folder.
pub async fn train(arguments: &TrainArguments, stop: &Stop) -> Result<(), Failure> {
    let mut report = Report::new(arguments.json);
    let folder = StateFolder::open(&arguments.state)?;
    let corpus = arguments.notes.read(&report)?.corpus(&report)?;
    let mut watcher = Watcher::new(&mut report, Some(&folder), stop);
    let mut session = begin(arguments, &folder, &corpus, &mut watcher).await?;
    if let Some(encoder) = &session.model.layout().spec().pretrained {
        let pack = &encoder.pack;
        let message =
            format!("its model reads with the pretrained encoder {pack}, and is trained in its federation only");
        return Err(Failure::Model(message));
    }
    let length = arguments.epochs.map_or(TrainingLength::UntilNoBetter, TrainingLength::Epochs);
    let task = LocalTraining { length, policy: TrainingPolicy::default() };
    let trained = session.train(&corpus, &task, &mut watcher).await?;
    stop.failure()?;
    let scores = trained.scores.as_ref().map_or_else(String::new, |scores| format!("; {}", in_words(scores)));
    let words = format!("trained {} passes{scores}", trained.epochs);
    report.result("trained", &trained, &words);
    Ok(())
}

async fn begin(
    arguments: &TrainArguments,
    folder: &StateFolder,
    corpus: &Corpus,
    watcher: &mut Watcher<'_>,
) -> Result<Session, Failure> {
    let device = Device::flex();
    let before = match &arguments.model {
        Some(file) => {
            folder.keep_model_before().map_err(|e| Failure::Other(e.to_string()))?;
            Some(model::read(file)?)
        }
        None => folder.session(&device)?,
    };
    let Some(before) = before else {
        let seed = arguments.seed.unwrap_or_else(random_seed);
        return Ok(Session::new(&ModelSpec::default(), corpus.labels(), seed, &device));
    };
    let session = before.to_train_alone(Choice::Better);
    session.with_labels(corpus.labels(), watcher).await.map_err(|e| Failure::Other(e.to_string()))
}
