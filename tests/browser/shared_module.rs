//! A site that begins with the shared module that others have learnt, without any federation.

use fedner_protocol::{Manifest, ModelSpec, encode_model};
use fedner_tests::small_federation;

use crate::harness::{Tab, run, sample_site};

/// A file with a drawn shared module of these sizes, as a server writes version 7.
fn file(tab: &Tab, name: &str, spec: &ModelSpec) -> std::path::PathBuf {
    let manifest = Manifest::of(spec);
    let path = tab.profile().files().join(name);
    let bytes = encode_model(&manifest, 7, &manifest.draw(9)).expect("a drawn module fits its manifest");
    std::fs::write(&path, bytes).expect("the test's folder can be written");
    path
}

async fn load(tab: &Tab, file: &std::path::Path) {
    let sent = tab.element("load-model").await.send_keys(file.to_str().expect("the path is UTF-8")).await;
    sent.unwrap_or_else(|e| panic!("the file can't be chosen: {e}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_begins_with_a_shared_module() {
    run("a_site_begins_with_a_shared_module", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("begins", &format!("{}/#workspace=begins", app.origin())).await;
        let learnt = file(&tab, "shared.safetensors", &ModelSpec::default());
        tab.expect_error("no-training-notes");
        load(&tab, &learnt).await;
        let refused = |code: &'static str| move |s: &crate::harness::PageState| s.errors.iter().any(|e| e.code == code);
        let state = tab.until("without labels it says what is missing", refused("no-training-notes")).await;
        assert!(!state.has_model);

        sample_site("riverside").choose(&tab).await;
        tab.expect_error("bad-checkpoint");
        load(&tab, &file(&tab, "other.safetensors", &ModelSpec::small())).await;
        let state = tab.until("one of other sizes is refused", refused("bad-checkpoint")).await;
        let refused = state.errors.iter().find(|e| e.code == "bad-checkpoint").expect("it is there");
        assert!(refused.message.contains("other sizes"), "{}", refused.message);
        assert!(!state.has_model);

        load(&tab, &learnt).await;
        let state = tab.until("it is taken in", |s| s.has_model).await;
        assert_eq!((state.version, state.total_steps), (7, 0));
        let state = tab.train(5).await;
        assert!(state.scores_latest_f1.is_some_and(|f1| f1 > 0.0), "{:?}", state.scores_latest_f1);
        app
    })
    .await;
}
