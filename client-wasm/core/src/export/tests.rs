use burn::tensor::Device;
use pollster::block_on;

use super::*;
use crate::crf::Temperature;
use crate::training::tests::{Log, corpus, recurrent, session, session_of, task};

fn about() -> About {
    About { name: "A | model\nof ours".into(), date: "2026-11-22".into() }
}

fn trained(mut session: Session) -> Session {
    block_on(session.train(&corpus(), &task(1), &mut Log::default())).unwrap();
    session
}

#[test]
fn an_exported_model_comes_back_as_it_was() {
    comes_back(&trained(session()));
    comes_back(&trained(session_of(&recurrent())));
}

fn comes_back(session: &Session) {
    let bytes = block_on(session.export(&about(), None)).unwrap();
    let names: Vec<String> =
        archive::unpack("model.zip", &bytes).unwrap().files.into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["README.md", "model.safetensors", "shared.safetensors", "config.json", "use_model.py"]);
    let checkpoint = checkpoint_in(&bytes).unwrap();
    let restored = Session::restore(&checkpoint, &Device::flex()).unwrap();
    assert_eq!(block_on(restored.save()).unwrap(), block_on(session.save()).unwrap());
    assert_eq!(restored.model.temperature(), session.model.temperature());
    assert_eq!(block_on(session.export(&about(), None)).unwrap(), bytes, "the same model makes the same file");
}

#[test]
fn a_bare_checkpoint_is_taken_as_it_is_and_an_archive_without_one_is_refused() {
    let bare = block_on(session().save()).unwrap();
    assert_eq!(checkpoint_in(&bare).unwrap(), bare);
    let file = |name: &str| OutputFile { name: name.into(), bytes: bare.clone() };
    let nested = archive::pack(&[file("notes.txt"), file("my model/model.safetensors")]).unwrap();
    assert_eq!(checkpoint_in(&nested).unwrap(), bare);
    let other = archive::pack(&[file("notes.txt")]).unwrap();
    assert!(checkpoint_in(&other).unwrap_err().to_string().contains("holds no model.safetensors"));
    assert!(matches!(checkpoint_in(&nested[..nested.len() / 2]), Err(CheckpointError::NotACheckpoint(_))));
}

#[test]
fn the_card_says_what_it_learnt_and_how_good_it_is() {
    let mut session = session();
    let report = block_on(session.train(&corpus(), &task(8), &mut Log::default())).unwrap();
    let scores = report.scores.unwrap();
    let card = card::card(&session, &about(), Some(&scores));
    assert!(card.starts_with("# A \\| model of ours\n"), "{card}");
    assert!(card.contains("exported on 2026-11-22") && card.contains("`Drug`, `Symptom`"), "{card}");
    assert!(
        card.contains("30 sentences") && card.contains("60 entities") && card.contains("| `Drug` | 30 |"),
        "{card}"
    );
    assert!(card.contains(&format!("| all | {:.1} |", 100.0 * scores.strict.precision)), "{card}");
    assert!(card.contains("1 shared convolution block of width 24, 1 private block of the same kind, CRF"), "{card}");
    let recurrent = card::card(&session_of(&recurrent()), &about(), None);
    assert!(recurrent.contains("a private bidirectional LSTM of 10 cells a direction, CRF"), "{recurrent}");
    let unscored = card::card(&super::tests::session(), &about(), None);
    let temperature = format!("at temperature {:.2}", session.model.temperature());
    assert!(card.contains(&temperature) && unscored.contains("the model's own probability"), "{card}");
    assert!(unscored.contains("The file does not say") && unscored.contains("It was not scored"), "{unscored}");
}

#[test]
fn the_configuration_names_what_the_script_reads() {
    let mut session = session();
    session.model.set_temperature(Temperature::try_from(2.5).unwrap());
    let config: serde_json::Value = serde_json::from_str(&config::config(&session)).unwrap();
    assert_eq!(config["labels"], serde_json::json!(["Drug", "Symptom"]));
    assert_eq!(config["hashing"]["feature_numbers"]["shape"], 7);
    assert_eq!(config["model"]["hash_seed"], 2020);
    assert_eq!(config["temperature"], 2.5);
    assert!(config["text"]["abbreviations"].as_array().unwrap().contains(&"mg".into()));
}
