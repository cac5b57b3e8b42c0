//! The shared module as a file: what one federation has learnt, another begins with.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use fedner_tests::Site;

use self::harness::{Folder, config, model};

fn folder(seed: u64, initial_model: Option<std::path::PathBuf>) -> Folder {
    Folder::new(&config(1, |federation| {
        federation.model = model(3000, 8);
        federation.seed = seed;
        federation.initial_model = initial_model;
    }))
}

#[tokio::test]
async fn a_federation_begins_with_what_another_has_learnt() {
    let first = folder(1, None);
    let program = first.start();
    let site = Site::enrol(&program.origin, "test").await;
    let learnt = site.model(0).await;
    program.stop();

    let file = first.path().join("shared.safetensors");
    let write = ["model", "--federation", "test", "--to", file.to_str().unwrap()];
    let output = first.run(&write).good();
    assert!(output.contains("version 0"), "{output}");
    let output = first.run(&write).refused();
    assert!(output.contains("shared.safetensors"), "an old file is not written over: {output}");
    let output = first.run(&["model", "--federation", "other", "--to", "unwritten"]).refused();
    assert!(output.contains("no federation other"), "{output}");
    let output = first.run(&["model", "--federation", "test", "--version", "7", "--to", "unwritten"]).refused();
    assert!(output.contains("the newest is 0"), "{output}");

    let second = folder(2, Some(file.clone()));
    let program = second.start();
    let begun = Site::enrol(&program.origin, "test").await.model(0).await;
    assert!(begun == learnt, "the other seed counts, not the file");
    program.stop();
    // It has begun, so the file is needed no more.
    std::fs::remove_file(file).unwrap();
    second.start().stop();
}
