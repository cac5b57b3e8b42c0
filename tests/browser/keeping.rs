//! A workspace as a whole: erased without a trace on the disk, renamed, and carried to another computer.

use std::path::PathBuf;

use fedner_tests::small_federation;
use serde_json::{Value, json};

use crate::harness::{Gpu, Tab, run};

/// Words that nothing else on the disk holds.
const REMOVED: &str = "Quillfeatherine";
const KEPT: &str = "Zanthorexone";
/// How often the disk is looked at before a word that is still there is a failure.
const LOOKS_MAX: u32 = 300;
const PASSPHRASE: &str = "correct horse battery";

/// Adds a note by pasting it.
async fn paste(tab: &Tab, text: &str) {
    let before = tab.state().await.documents.count;
    let script = "document.getElementById('paste-text').value = arguments[0];
                  document.getElementById('paste-form').requestSubmit();";
    tab.script::<Value>(script, json!([text])).await;
    tab.until("the note is there", |state| state.documents.count == before + 1).await;
}

/// Opens the dialog of the workspace.
async fn manage(tab: &Tab) {
    tab.press("workspace-manage").await;
    tab.until_script("the dialog is open", "return document.getElementById('workspace-dialog').open").await;
}

/// Agrees to the question, and waits for the page that is loaded then.
async fn agree(tab: &Tab) {
    tab.script::<Value>("window.before = true", json!([])).await;
    tab.press("confirm-yes").await;
    tab.until_script("the page is loaded anew", "return window.before === undefined").await;
    tab.until("the engine is up", |state| state.ready).await;
}

/// Waits until no file of the browser's profile holds the word.
async fn gone_from_disk(tab: &Tab, word: &str) {
    let mut holding: Vec<PathBuf> = Vec::new();
    for _ in 0..LOOKS_MAX {
        holding = tab.profile().files_with(word);
        if holding.is_empty() {
            return;
        }
        // One turn of the page, in which the browser may go on with its files.
        tab.script_async::<Value>("await new Promise((done) => setTimeout(done, 100)); return null", json!([])).await;
    }
    panic!("{word} is still in {holding:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_gone_from_the_disk() {
    run("what_is_erased_is_gone_from_the_disk", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("erase", &format!("{}/#workspace=erase", app.origin())).await;
        paste(&tab, &format!("She took {REMOVED} and felt better.")).await;
        paste(&tab, &format!("Another one with {KEPT}.")).await;
        tab.until("all is stored", |state| state.writing == 0).await;
        assert!(!tab.profile().files_with(REMOVED).is_empty(), "the search finds what is stored");
        tab.press("remove-note").await;
        tab.until("the note is removed and stored", |state| state.documents.count == 1 && state.writing == 0).await;
        assert!(!tab.profile().files_with(REMOVED).is_empty(), "a removed note can be undone, so it is still there");

        manage(&tab).await;
        tab.press("forget-removed").await;
        agree(&tab).await;
        let state = tab.state().await;
        assert_eq!(state.documents.count, 1, "the other note stays");
        gone_from_disk(&tab, REMOVED).await;
        assert!(!tab.profile().files_with(KEPT).is_empty());

        manage(&tab).await;
        tab.fill("rename-name", "Ward 7").await;
        tab.script::<Value>("window.before = true", json!([])).await;
        tab.press("rename-button").await;
        tab.until_script("the page is loaded anew", "return window.before === undefined").await;
        let state = tab.until("the engine is up", |state| state.ready).await;
        assert_eq!((state.workspace.as_str(), state.documents.count), ("Ward 7", 1));

        manage(&tab).await;
        tab.press("delete-workspace").await;
        agree(&tab).await;
        let state = tab.state().await;
        assert_eq!((state.workspace.as_str(), state.documents.count), ("main", 0));
        gone_from_disk(&tab, KEPT).await;

        paste(&tab, &format!("Once more {KEPT}.")).await;
        manage(&tab).await;
        tab.press("erase-all").await;
        agree(&tab).await;
        gone_from_disk(&tab, KEPT).await;
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_opens_on_another_computer_with_its_passphrase_only() {
    run("a_backup_opens_on_another_computer_with_its_passphrase_only", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("here", &format!("{}/#workspace=Ward%203", app.origin())).await;
        crate::harness::sample_site("north").choose(&tab).await;
        let before = tab.train(1).await;
        let file = back_up(&tab).await;
        assert!(!std::fs::read(&file).unwrap().windows(10).any(|bytes| bytes == b"bisoprolol"), "it is encrypted");

        let there = stage.open(&stage.profile("there", Gpu::None), &app.origin()).await;
        manage(&there).await;
        restore(&there, &file, "not the passphrase").await;
        told(&there, "not the passphrase").await;
        let damaged = there.profile().files().join("damaged.fedner-backup");
        let mut bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&damaged, bytes).unwrap();
        restore(&there, &damaged, PASSPHRASE).await;
        told(&there, "damaged").await;
        let other = there.profile().files().join("other.fedner-backup");
        std::fs::write(&other, "no backup").unwrap();
        restore(&there, &other, PASSPHRASE).await;
        told(&there, "not a backup").await;

        restore(&there, &file, PASSPHRASE).await;
        let after = there.until("it is opened", |state| state.ready && state.workspace == "Ward 3").await;
        assert_eq!((after.documents, after.labels), (before.documents, before.labels));
        assert!(after.has_model, "the model came with it");
        assert_eq!(after.total_steps, before.total_steps);
        app
    })
    .await;
}

/// Downloads a backup; the file that a person would get.
async fn back_up(tab: &Tab) -> PathBuf {
    manage(tab).await;
    let catch = "const { createObjectURL } = URL;
        URL.createObjectURL = (blob) => { window.caught = blob; return createObjectURL(blob); };
        HTMLAnchorElement.prototype.click = () => {};";
    tab.script::<Value>(catch, json!([])).await;
    tab.fill("backup-passphrase", PASSPHRASE).await;
    tab.press("backup-button").await;
    tab.until_script("the backup is made", "return window.caught !== undefined").await;
    let read = "const bytes = new Uint8Array(await window.caught.arrayBuffer());
        let text = '';
        for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
        return text";
    let text: String = tab.script_async(read, json!([])).await;
    let file = tab.profile().files().join("ward.fedner-backup");
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("each is one byte")).collect();
    std::fs::write(&file, bytes).unwrap();
    file
}

async fn restore(tab: &Tab, file: &std::path::Path, passphrase: &str) {
    tab.script::<Value>("document.getElementById('workspace-told').textContent = ''", json!([])).await;
    let chosen = tab.element("restore-file").await.send_keys(file.to_str().unwrap()).await;
    chosen.unwrap();
    tab.fill("restore-passphrase", passphrase).await;
    tab.press("restore-button").await;
}

async fn told(tab: &Tab, words: &str) {
    let script = format!("return document.getElementById('workspace-told').textContent.includes({})", json!(words));
    tab.until_script(&format!("the page says: {words}"), &script).await;
}
