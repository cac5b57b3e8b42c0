//! On one device: the sample notes, training, and a page that answers meanwhile.

use fedner_tests::small_federation;
use serde_json::json;

use crate::harness::{Gpu, PageState, Stage, Tab, run, sample_site};

/// Presses of each button.
const TRIES: usize = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_trains_on_sample_notes() {
    run("a_newcomer_trains_on_sample_notes", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("newcomer", &app.origin()).await;
        tab.press("sample-north").await;
        let state = tab.until("the notes are there", |s| s.ready && s.documents.count > 0).await;
        assert!(state.documents.training > 0 && state.documents.held_out > 0, "{:?}", state.documents);
        assert_eq!(state.labels, sample_site("north").labels());
        // Enough that the hundred sentences are learnt from.
        let state = tab.train(20).await;
        assert!(state.has_model && state.total_steps > 0);
        let (start, end) = (state.scores_start_f1.unwrap(), state.scores_latest_f1.unwrap());
        assert!(end > start, "F1 {start} at the start, {end} after twenty epochs");
        tab.until_script("F1 is shown", "return /\\d/.test(document.getElementById('f1').textContent)").await;
        tab.until_script("a plot is drawn", "return document.querySelector('#plot svg') !== null").await;
        let rows: usize = tab.script("return document.querySelectorAll('#scores tbody tr').length", json!([])).await;
        assert!(rows >= state.labels.len(), "{rows} rows of scores for {:?}", state.labels);
        assert!(state.ledger.is_empty(), "training on the own device uses no network: {:?}", state.ledger);
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_answers_while_it_trains() {
    run("the_page_answers_while_it_trains", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("busy", &format!("{}/#workspace=busy", app.origin())).await;
        sample_site("north").choose(&tab).await;
        tab.fill("epochs", "500").await;
        tab.press("train-button").await;
        tab.until("steps are taken", |s| s.run.kind == "training" && s.run.step > 2).await;
        // The model is asked in the worker that trains; a note is opened by the page alone.
        let predicting = times(&tab, PREDICT).await;
        let opening = times(&tab, OPEN_A_NOTE).await;
        // How long it took says as much of the machine as of the page; that training still goes on says that no answer
        // waited for its end, which is far away.
        let state = tab.state().await;
        assert_eq!(state.run.kind, "training", "it was in the midst of training all the time");
        for (what, times) in [("find entities", predicting), ("open a note", opening)] {
            println!("{what}, while training: {times:.0?} ms");
        }
        tab.press("cancel-button").await;
        tab.until("training has stopped", |s| s.is_idle()).await;
        app
    })
    .await;
}

/// Presses a button and waits for its answer, in the page; the milliseconds of every try, sorted.
async fn times(tab: &Tab, press: &str) -> Vec<f64> {
    let body = format!(
        "const changed = (element) => new Promise((resolve) => {{
           const observer = new MutationObserver(() => {{ observer.disconnect(); resolve(); }});
           observer.observe(element, {{ childList: true, characterData: true, subtree: true }});
         }});
         const byId = (id) => document.getElementById(id);
         const times = [];
         for (let i = 0; i < args[0]; i++) {{
           {press}
         }}
         return times;"
    );
    let mut times: Vec<f64> = tab.script_async(&body, json!([TRIES])).await;
    times.sort_by(f64::total_cmp);
    times
}

const PREDICT: &str = "byId('try-text').value = 'Aspirin caused nausea' + ' again'.repeat(i) + '.';
    while (byId('try-button').disabled) await new Promise(requestAnimationFrame);
    const answered = changed(byId('try-result'));
    const start = performance.now();
    byId('try-button').click();
    await answered;
    times.push(performance.now() - start);";

const OPEN_A_NOTE: &str = "const others = byId('document-list').querySelectorAll('[role=option][aria-selected=false]');
    const answered = changed(byId('document-title'));
    const start = performance.now();
    others[i].click();
    await answered;
    times.push(performance.now() - start);";

/// Trains one epoch in a fresh profile; the digest of the checkpoint.
async fn digest_after_an_epoch(stage: &Stage, origin: &str, profile: &str, workspace: &str) -> String {
    let profile = stage.profile(profile, Gpu::None);
    let tab = stage.open(&profile, &format!("{origin}/#workspace={workspace}")).await;
    sample_site("riverside").choose(&tab).await;
    let state = tab.train(1).await;
    let checkpoint_ms = state.checkpoint_ms;
    tab.until("the checkpoint is stored", |s| s.checkpoint_ms.is_some() && s.checkpoint_ms >= checkpoint_ms).await;
    let body = "const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return bytes.length + ' bytes ' + [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');";
    tab.script_on_checkpoint(workspace, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_bytes() {
    run("the_same_seed_gives_the_same_bytes", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        // The seed follows from the workspace's name.
        let first = digest_after_an_epoch(&stage, &app.origin(), "first", "seeded").await;
        let second = digest_after_an_epoch(&stage, &app.origin(), "second", "seeded").await;
        let other = digest_after_an_epoch(&stage, &app.origin(), "third", "another seed").await;
        println!("checkpoint: {first}");
        assert_eq!(first, second, "same seed, same device, same notes");
        assert_ne!(first, other, "another seed gives another model");
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_file_is_told_by_line_and_loses_nothing() {
    run("a_malformed_file_is_told_by_line_and_loses_nothing", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("malformed", &format!("{}/#workspace=malformed", app.origin())).await;
        sample_site("lakeside").choose(&tab).await;
        let before = tab.state().await;

        let folder = tab.profile().files();
        let (broken, binary) = (folder.join("broken.conll"), folder.join("binary.conll"));
        std::fs::write(&broken, "#doc new-1\nAspirin\tB-DRUG\nhelps\tO\n\nIt\tO\nno_tag_here\nworks\tO\n").unwrap();
        std::fs::write(&binary, b"#doc new-2\nfine\tO\n\xff\xfe\tO\n").unwrap();
        tab.choose_files(&[&broken, &binary]).await;
        let state = tab.state().await;
        let problem = |file: &str| {
            let found = state.import_problems.iter().find(|problem| problem.file == file);
            found.unwrap_or_else(|| panic!("nothing is said of {file}: {:?}", state.import_problems))
        };
        assert_eq!(problem("broken.conll").line, Some(6), "{:?}", state.import_problems);
        let unreadable = problem("binary.conll");
        assert!(unreadable.line == Some(3) || unreadable.message.contains("line 3"), "{unreadable:?}");
        let shown =
            tab.script::<String>("return document.getElementById('import-problems').textContent", json!([])).await;
        assert!(shown.contains("broken.conll, line 6"), "{shown}");
        assert_eq!(state.documents.count, before.documents.count + 1, "the old notes and the good new one are there");
        let state = tab.reload().await;
        assert_eq!(state.documents.count, before.documents.count + 1, "also after a reload");
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn training_that_a_reload_cut_off_is_offered_again() {
    run("training_that_a_reload_cut_off_is_offered_again", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("cut", &format!("{}/#workspace=cut", app.origin())).await;
        sample_site("north").choose(&tab).await;
        tab.fill("epochs", "500").await;
        tab.press("train-button").await;
        let scored = |state: &PageState| state.history.iter().filter(|h| h.when == "epoch").count();
        let kept = |state: &PageState| scored(state) >= 1 && state.checkpoint_ms.is_some();
        tab.until("some passes are done, and a checkpoint is stored", kept).await;
        let after = tab.reload().await;
        assert!(after.has_model && after.is_idle(), "it begins with the last checkpoint, and asks first");
        let offered = "return !document.getElementById('unfinished').hidden
            && / of 500\\b/.test(document.getElementById('unfinished-text').textContent)";
        tab.until_script("it is offered, with its epochs", offered).await;
        tab.press("unfinished-go-on").await;
        tab.until("it goes on", |state| state.run.kind == "training").await;
        tab.press("cancel-button").await;
        tab.until("it has ended", PageState::is_idle).await;
        tab.until_script("nothing is offered", "return document.getElementById('unfinished').hidden").await;
        app
    })
    .await;
}
