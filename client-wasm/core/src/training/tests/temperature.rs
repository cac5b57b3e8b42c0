//! The temperature of a model's confidences: where it is chosen, what it stays with, and what it does not.

use super::*;
use crate::session::CheckpointError;

/// Wrong labels on some held-out notes, so that a model that is sure of all it finds is too sure.
fn half_wrong() -> Corpus {
    let mut notes = notes();
    let held_out = notes.iter_mut().filter(|note| note.held_out);
    held_out.step_by(2).for_each(|note| note.spans.clear());
    Corpus::new(&notes, labels())
}

/// How sure a model is of the entities in the first note.
fn confidence(session: &Session) -> f64 {
    let found = block_on(predict(&session.model, &notes()[0].text)).unwrap().entities;
    found.iter().map(|entity| entity.confidence).sum::<f64>() / found.len() as f64
}

#[test]
fn the_temperature_is_chosen_on_held_out_notes_and_stays_with_the_model() {
    let (mut trained, mut log) = (session(), Log::default());
    block_on(trained.train(&half_wrong(), &task(12), &mut log)).unwrap();
    let temperature = trained.model.temperature();
    assert!(f32::from(temperature) > 1.5, "{temperature}");
    assert_eq!(log.temperature, Some(temperature), "what is published has it");
    // So does what is kept, and what is found is as sure of itself as before.
    let mut restored = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    assert_eq!(restored.model.temperature(), temperature);
    let sure = confidence(&trained);
    assert_eq!(confidence(&restored), sure);
    // It is for these parameters only.
    let shared = block_on(restored.model.read_shared()).unwrap();
    restored.model.set_shared(shared).unwrap();
    assert!(restored.model.temperature().is_neutral());
    assert!(confidence(&restored) > sure + 0.05, "{} and {sure}", confidence(&restored));
    let mut log = Log { cancel_after_steps: Some(1), ..Log::default() };
    block_on(trained.train(&half_wrong(), &task(1), &mut log)).unwrap();
    assert!(trained.model.temperature().is_neutral(), "a step was taken, and nothing was scored after it");
}

#[test]
fn learning_in_the_background_chooses_a_temperature_too() {
    let (mut session, mut log) = (session(), Log::default());
    block_on(session.learn(&half_wrong(), &task(1).policy, &mut log)).unwrap();
    let temperature = session.model.temperature();
    assert!(f32::from(temperature) > 1.5, "{temperature}");
    let kept = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    assert_eq!((log.temperature, kept.model.temperature()), (Some(temperature), temperature));
}

#[test]
fn without_held_out_notes_a_model_has_no_temperature() {
    let mut notes = notes();
    notes.iter_mut().for_each(|note| note.held_out = false);
    let mut session = session();
    block_on(session.train(&Corpus::new(&notes, labels()), &task(2), &mut Log::default())).unwrap();
    assert!(session.model.temperature().is_neutral());
}

#[test]
fn a_checkpoint_of_an_older_program_has_no_temperature_and_a_wrong_one_is_refused() {
    let mut session = session();
    session.model.set_temperature(Temperature::try_from(2.5).unwrap());
    let bytes = block_on(session.save()).unwrap();
    let with = |what: &str| {
        let field = br#",\"temperature\":2.5"#.to_vec();
        let at = bytes.windows(field.len()).position(|window| window == field.as_slice()).unwrap();
        let mut changed = bytes.clone();
        // As long as it was, since the file says how long its header is.
        changed[at..at + field.len()].copy_from_slice(format!("{what:width$}", width = field.len()).as_bytes());
        Session::restore(&changed, &Device::flex()).map(|session| session.model.temperature())
    };
    assert_eq!(with(""), Ok(Temperature::NEUTRAL));
    assert!(
        matches!(with(r#",\"temperature\":9.5"#), Err(CheckpointError::NotACheckpoint(why)) if why.contains("9.5"))
    );
}
