//! What the page looks like: each view, light, dark and narrow, in each language. `cargo xtask screenshots`.

use std::path::Path;

use fedner_tests::browser::{Tab, run, sample_site};
use fedner_tests::small_federation;
use serde_json::{Value, json};

const VIEWS: [&str; 5] = ["notes", "training", "model", "left", "compare"];
/// Windows in CSS pixels, and the colours that are asked for.
const LOOKS: [(&str, (u32, u32), &str); 3] =
    [("light", (1280, 800), "light"), ("dark", (1280, 800), "dark"), ("narrow", (390, 844), "light")];

/// The page's languages, and what is added to the names of their pictures.
const LANGUAGES: [(&str, &str); 2] = [("en", ""), ("de", "-de")];

/// Writes `VIEW-LOOK.png` and `VIEW-LOOK-de.png` of every view, and `first-LOOK.png` of a first visit, to a folder.
pub async fn take(folder: &Path) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    run("screenshots", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("screenshots", &format!("{}/#workspace=Ward%203", app.origin())).await;
        for look in LOOKS {
            shot(&tab, folder, "first", look).await;
        }
        sample_site("north").choose(&tab).await;
        tab.press("report-close").await;
        tab.train(3).await;
        tab.fill("try-text", "She stopped diltiazem because of dizziness and took ibuprofen against a headache.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        tab.join("demo").await;
        tab.until("the server was asked", |state| !state.ledger.is_empty()).await;
        for view in VIEWS {
            tab.script::<Value>(&format!("document.querySelector('[data-view-link={view}]').click()"), json!([])).await;
            tab.until_script("the view is shown", &format!("return document.body.dataset.shown === '{view}'")).await;
            for look in LOOKS {
                shot(&tab, folder, view, look).await;
            }
        }
        app
    })
    .await;
    println!("The screenshots are in {}", folder.display());
}

/// A picture in each language.
async fn shot(tab: &Tab, folder: &Path, what: &str, look: (&str, (u32, u32), &str)) {
    for (language, ending) in LANGUAGES {
        let choose = format!(
            "const select = document.getElementById('language'); select.value = '{language}';
             select.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        );
        tab.script::<Value>(&choose, json!([])).await;
        let spoken = format!("return document.documentElement.lang === '{language}'");
        tab.until_script("the language is spoken", &spoken).await;
        picture(tab, &folder.join(format!("{what}-{}{ending}.png", look.0)), look).await;
    }
}

async fn picture(tab: &Tab, file: &Path, (_, (width, height), scheme): (&str, (u32, u32), &str)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    tab.devtools("Emulation.setDeviceMetricsOverride", size).await;
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    tab.devtools("Emulation.setEmulatedMedia", media).await;
    // Two frames: what observes sizes draws in the second.
    let frames = "for (let frame = 0; frame < 2; frame += 1) await new Promise((done) => requestAnimationFrame(done)); return null";
    tab.script_async::<Value>(frames, json!([])).await;
    tab.screenshot(file).await;
}
