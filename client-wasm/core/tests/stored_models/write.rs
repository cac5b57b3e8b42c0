//! Writes the stored models:
//! `cargo test -p fedner-core --test stored_models -- --ignored write_the_stored_models`.

use burn::tensor::Device;
use fedner_core::export::About;
use fedner_core::observer::NoopObserver;
use fedner_core::session::Session;
use pollster::block_on;

use super::{Expected, folder, model};

#[test]
#[ignore = "it would replace what earlier versions wrote"]
fn write_the_stored_models() {
    for name in model::NAMES {
        let corpus = model::corpus();
        let mut session = Session::new(&model::spec(name), corpus.labels(), 7, &Device::flex());
        block_on(session.train(&corpus, &model::task(25), &mut NoopObserver)).unwrap();
        if name != "none" {
            session.state.federation = Some("stored".parse().unwrap());
            (session.state.version, session.state.rounds, session.state.finish_passes) = (6, 5, 1);
        }
        write(&format!("{name}.safetensors"), &block_on(session.save()).unwrap());
        write(&format!("{name}.json"), &serde_json::to_vec_pretty(&Expected::of(&session)).unwrap());
        if name == "bilstm" {
            let about = About { name: "Stored".into(), date: "2026-11-30".into() };
            write("bilstm.zip", &block_on(session.export(&about, None)).unwrap());
            write("shared.safetensors", &block_on(session.save_shared()).unwrap());
        }
    }
}

fn write(name: &str, bytes: &[u8]) {
    std::fs::write(folder().join(name), bytes).expect("the folder of the stored models can be written");
}
