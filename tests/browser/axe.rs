//! axe-core (Deque's rules for WCAG 2.2 A and AA, and its best practices) in every state of the page, and how many times Tab
//! is pressed.

use std::path::{Path, PathBuf};

use fedner_protocol::ModelSpec;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::federation::{federation, one_round_alone, quick_training};
use crate::harness::{Tab, run, sample_site};
use crate::views::{resize, view};

/// From the text of a note to another view.
const PRESSES_MAX: usize = 20;

/// States that a script leads to from the notes: what each is called, the script, and what shows that it is there.
const STATES: [(&str, &str, &str); 12] = [
    ("adding notes", "byId('add-area').open = true", "byId('paste-text').getClientRects().length > 0"),
    ("the model's help", "byId('add-area').open = false; byId('help-area').open = true", "byId('help-area').open"),
    ("filters", "byId('help-area').open = false; byId('list-filters').open = true", "byId('list-filters').open"),
    ("a new label", "byId('label-new').click()", "byId('label-dialog').open"),
    (
        "a known label",
        "byId('label-cancel').click(); document.querySelector('#label-set .edit').click()",
        "byId('label-dialog').open",
    ),
    ("all keys", "byId('label-cancel').click(); byId('help-button').click()", "byId('help-dialog').open"),
    ("export", "byId('help-dialog').close(); byId('export-open').click()", "byId('export-dialog').open"),
    ("workspaces", "byId('export-dialog').close(); byId('workspace-menu').open = true", "byId('workspace-menu').open"),
    ("this workspace", "byId('workspace-manage').click()", "byId('workspace-dialog').open"),
    ("a question", "byId('delete-workspace').click()", "byId('confirm-dialog').open"),
    (
        "the picker",
        "byId('confirm-dialog').close(); byId('workspace-dialog').close(); byId('document-text').focus(); press('/')",
        "byId('picker-dialog').open",
    ),
    (
        "repeats",
        "byId('picker-dialog').close(); byId('document-text').focus(); press('r')",
        "byId('repeats-dialog').open",
    ),
];
const HELPERS: &str = "const byId = (id) => document.getElementById(id);
    const press = (key) => byId('document-text').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_state_of_the_page_violates_a_rule() {
    run("no_state_of_the_page_violates_a_rule", async |stage| {
        let app = stage.server([federation("demo", ModelSpec::small(), one_round_alone(), quick_training())]).await;
        let tab = stage.tab("axe", &app.origin()).await;
        let axe = axe_script();
        let check = async |what: &str| check(&tab, &axe, what).await;
        check("a first visit").await;
        sample_site("north").choose(&tab).await;
        check("the report of an import").await;
        for name in ["training", "model", "left", "compare", "notes"] {
            view(&tab, name).await;
            check(name).await;
        }
        for (what, script, there) in STATES {
            tab.script::<Value>(&format!("{HELPERS} {script}"), json!([])).await;
            tab.until_script(what, &format!("{HELPERS} return {there}")).await;
            check(what).await;
        }
        tab.script::<Value>("document.getElementById('repeats-dialog').close()", json!([])).await;
        tab.train(1).await;
        check("trained").await;
        tab.fill("try-text", "She took ibuprofen.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        check("tried").await;
        tab.press("join-button").await;
        tab.until_script("the page asks", "return document.getElementById('join-dialog').open").await;
        check("the question what leaves").await;
        tab.press("join-confirm").await;
        tab.until("the round is done", |state| state.is_idle() && state.version == 1).await;
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            tab.devtools("Emulation.setEmulatedMedia", media).await;
            for name in ["notes", "training", "model", "left"] {
                view(&tab, name).await;
                check(&format!("{name}, {scheme}")).await;
            }
        }
        resize(&tab, (390, 800)).await;
        view(&tab, "notes").await;
        check("a narrow screen").await;
        resize(&tab, (1280, 800)).await;
        presses(&tab).await;
        app
    })
    .await;
}

/// From the text, each Tab leads on, and another view is near.
async fn presses(tab: &Tab) {
    tab.show("document-text").await;
    tab.script::<Value>("document.getElementById('document-text').focus()", json!([])).await;
    let at = "return document.activeElement.dataset?.viewLink ?? ''";
    for pressed in 1..=PRESSES_MAX {
        tab.keys(Key::Tab).await;
        if tab.script::<String>(at, json!([])).await == "training" {
            println!("{pressed} presses of Tab lead from the text to Training");
            return;
        }
    }
    panic!("{PRESSES_MAX} presses of Tab don't lead from the text to Training");
}

/// Looks for violations in the page as it is.
pub async fn check(tab: &Tab, axe: &str, what: &str) {
    tab.script::<Value>(&format!("if (!window.axe) {{ {axe} }} return null"), json!([])).await;
    let run = "const found = await axe.run(document, { resultTypes: ['violations'] });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`)";
    let violations: Vec<String> = tab.script_async(run, json!([])).await;
    assert!(violations.is_empty(), "{what}: {violations:#?}");
}

/// axe-core itself.
pub fn axe_script() -> String {
    std::fs::read_to_string(axe_file()).unwrap()
}

/// Where npm has put axe-core: in `www`, or in the copy of it that `cargo xtask test` makes.
fn axe_file() -> PathBuf {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www");
    // The checks of the page install its development tools beside what cargo builds, and so beside this program:
    // target/debug/deps/browser.
    let program = std::env::current_exe().expect("a running program has a path");
    let target = program.ancestors().nth(3).expect("cargo puts it three folders deep");
    let places = [page, target.join("web-check")].map(|folder| folder.join("node_modules/axe-core/axe.min.js"));
    let found = places.into_iter().find(|file| file.is_file());
    found.expect("axe-core is not installed: run `npm ci` in www, or `cargo xtask test`")
}
