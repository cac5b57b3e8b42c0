//! A site that has trained a model of its own loses nothing by joining a federation.

use fedner_protocol::{LocalSteps, ModelSpec, RoundPolicy};
use serde_json::json;

use crate::federation::{federation, quick_training};
use crate::harness::{PageState, Tab, run, sample_site};

const TEXT: &str = "The patient was given ibuprofen and has a headache.";

/// What the page says of the model in use: which one, its F1, and what it finds in a text.
#[derive(Debug, PartialEq)]
struct InUse {
    which: Option<String>,
    f1: Option<f64>,
    shown: String,
    found: String,
}

impl InUse {
    async fn of(tab: &Tab) -> Self {
        // Another answer first, so that the one that is read is a new one.
        for (text, word, words) in [("Hello", "Hello", "1 word."), (TEXT, "ibuprofen", "10 words.")] {
            tab.fill("try-text", text).await;
            tab.press("try-button").await;
            tab.until_script("the model answers", &answered(word, words)).await;
        }
        let models = tab.state().await.models;
        let text = "return document.getElementById(arguments[0]).textContent";
        let shown = tab.script(text, json!(["f1"])).await;
        let found: Vec<String> = {
            let entities = "return [...document.querySelectorAll('#try-entities li')].map((e) => e.textContent)";
            tab.script(entities, json!([])).await
        };
        Self { which: models.in_use, f1: models.f1, shown, found: found.join("; ") }
    }
}

/// A script that is true once the page shows the answer for the text with this word, with its entities or without any.
///
/// The button alone doesn't say so: it is drawn with the next frame, so just after the press it still looks idle.
fn answered(word: &str, words: &str) -> String {
    format!(
        "const shown = document.getElementById('try-result');
         return !document.getElementById('try-button').disabled && !shown.hidden
             && [{word:?}, 'No entities found in {words}'].some((answer) => shown.textContent.includes(answer))"
    )
}

fn policy(min_sites: u32, rounds: u32, steps: u32) -> RoundPolicy {
    RoundPolicy { min_sites, quorum: 1, rounds, local_steps: LocalSteps::Fixed(steps), ..RoundPolicy::default() }
}

async fn hidden(tab: &Tab, id: &str) -> bool {
    tab.script("return document.getElementById(arguments[0]).hidden", json!([id])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_leaves_the_own_model_in_use_until_there_is_a_better_one() {
    run("joining_leaves_the_own_model_in_use_until_there_is_a_better_one", async |stage| {
        let same = federation("same", ModelSpec::default(), policy(2, 2, 5), quick_training());
        let other = federation("other", ModelSpec::small(), policy(2, 2, 5), quick_training());
        let app = stage.server([same, other]).await;
        let tab = stage.tab("own", &format!("{}/#workspace=own", app.origin())).await;
        sample_site("north").choose(&tab).await;
        tab.train(6).await;
        let own = InUse::of(&tab).await;
        assert!(own.f1.is_some_and(|f1| f1 > 0.1), "{own:?}");

        // One whose model has the same size, and then one with another.
        for name in ["same", "other"] {
            tab.join(name).await;
            let waits = |s: &PageState| s.run.phase == "waiting" && s.models.federation_f1.is_some();
            let state = tab.until("it waits for other sites", waits).await;
            assert!(state.models.federation_f1 < state.models.own_f1, "{:?}", state.models);
            assert_eq!(InUse::of(&tab).await, own, "{name}: while it waits");
            assert!(hidden(&tab, "use-own-model").await, "it is in use");
            tab.press("cancel-button").await;
            tab.until("it has left", |s| s.is_idle()).await;
            assert_eq!(InUse::of(&tab).await, own, "{name}: after leaving");
            tab.reload().await;
            assert_eq!(InUse::of(&tab).await, own, "{name}: after a reload");
        }
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_better_federated_model_is_used_and_there_is_a_way_back() {
    run("a_better_federated_model_is_used_and_there_is_a_way_back", async |stage| {
        let app = stage.server([federation("alone", ModelSpec::default(), policy(1, 2, 60), quick_training())]).await;
        let tab = stage.tab("back", &format!("{}/#workspace=back", app.origin())).await;
        sample_site("riverside").choose(&tab).await;
        tab.train(3).await;
        let own = InUse::of(&tab).await;
        tab.join("alone").await;
        let state = tab.until("all rounds are done", |s| s.is_idle() && s.version == 2).await;
        assert_eq!(state.models.in_use.as_deref(), Some("federation"), "{:?}", state.models);
        assert!(state.models.f1 > own.f1 && state.models.own_f1 == own.f1, "{:?}", state.models);
        let best = state.history.iter().map(|h| h.f1).fold(0.0, f64::max);
        assert_eq!(state.models.f1, Some(best), "the best of all rounds and passes: {:?}", state.history);
        let together = InUse::of(&tab).await;
        let compared: String = tab.script(COMPARED, json!([])).await;
        assert!(compared.contains("alone") && compared.contains("→ together"), "{compared}");

        tab.press("use-own-model").await;
        tab.until("the own model is in use", |s| s.models.in_use.as_deref() == Some("own")).await;
        assert_eq!(InUse::of(&tab).await, own);
        tab.until("the choice is stored", |s| s.writing == 0).await;
        tab.reload().await;
        assert_eq!(InUse::of(&tab).await, own, "after a reload");
        tab.press("use-better-model").await;
        tab.until("the federation's model is in use", |s| s.models.in_use.as_deref() == Some("federation")).await;
        assert_eq!(InUse::of(&tab).await, together);
        tab.until("the choice is stored", |s| s.writing == 0).await;
        tab.reload().await;
        assert_eq!(InUse::of(&tab).await, together, "after a reload");
        app
    })
    .await;
}

const COMPARED: &str = "return document.getElementById('models-compared').textContent";
