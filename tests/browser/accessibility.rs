//! The main flow without a mouse.

use fedner_protocol::{LocalSteps, ModelSpec, RoundPolicy};
use thirtyfour::Key;

use crate::federation::{federation, quick_training};
use crate::harness::{PageState, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_done_by_keyboard() {
    run("everything_is_done_by_keyboard", async |stage| {
        let policy = RoundPolicy {
            min_sites: 1,
            quorum: 1,
            rounds: 2,
            local_steps: LocalSteps::Fixed(10),
            ..RoundPolicy::default()
        };
        let app = stage.server([federation("demo", ModelSpec::small(), policy, quick_training())]).await;
        let tab = stage.tab("keyboard", &app.origin()).await;
        tab.tab_to("sample-north").await;
        tab.keys(Key::Enter).await;
        tab.until("the notes are there", |s| s.ready && s.documents.count > 0).await;

        // Past the editor, with its labels, by the links at the top.
        tab.tab_to("Training").await;
        tab.keys(Key::Enter).await;
        tab.tab_to("epochs").await;
        tab.keys("1").await;
        tab.tab_to("train-button").await;
        tab.keys(Key::Enter).await;
        tab.until("training has ended", |s| s.is_idle() && s.history.iter().any(|h| h.when == "epoch")).await;

        tab.tab_to("join-button").await;
        tab.keys(Key::Enter).await;
        let in_dialog = "const d = document.getElementById('join-dialog');
                         return d.open && d.contains(document.activeElement)";
        tab.until_script("the question has the focus", in_dialog).await;
        tab.tab_to("join-confirm").await;
        tab.keys(Key::Enter).await;
        tab.until("all rounds are done", |s: &PageState| s.is_idle() && s.version == 2).await;

        tab.tab_to("The model").await;
        tab.keys(Key::Enter).await;
        tab.tab_to("try-text").await;
        tab.keys("She took ibuprofen against a headache.").await;
        tab.tab_to("try-button").await;
        tab.keys(Key::Enter).await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        app
    })
    .await;
}
