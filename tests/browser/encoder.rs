//! A pretrained encoder in the page: fetched on a person's word, kept, and read with.

use fedner_encoder::Pack;
use fedner_protocol::{Digest, LocalSteps, ModelSpec, RoundPolicy};
use fedner_tests::{TestApp, small_federation, tiny_pack};
use serde_json::{Value, json};

use crate::federation::{assert_learned, federation, middling_model, open_sites, quick_training};
use crate::harness::{Gpu, PageState, Tab, page_dir, run, sample_site};

/// Rounds of the federation.
const ROUNDS: u32 = 2;
/// Where the page keeps packs.
const FOLDER: &str = "const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('fedner-encoders', { create: true });
    const file = async (name) => await folder.getFileHandle(name, { create: true });
    const bytesOf = async (name) => new Uint8Array(await (await (await file(name)).getFile()).arrayBuffer());
    const write = async (name, bytes) => {
      const to = await (await file(name)).createWritable();
      await to.write(bytes);
      await to.close();
    };
    const names = [];
    for await (const name of folder.keys()) names.push(name);";

async fn server(packs: Vec<Vec<u8>>, model: Option<ModelSpec>) -> TestApp {
    let builder = TestApp::builder().page(page_dir()).real_clock().encoders(packs);
    let builder = match model {
        None => builder.federation(small_federation("demo")),
        Some(model) => {
            let local_steps = LocalSteps::Fixed(8);
            let rounds = RoundPolicy { min_sites: 2, quorum: 2, rounds: ROUNDS, local_steps, ..RoundPolicy::default() };
            builder.federation(federation("read", model, rounds, quick_training()))
        }
    };
    builder.start().await
}

/// Chooses the encoder in the list of models, and says yes to fetching it.
async fn choose(tab: &Tab, pack: &Digest) {
    let kind = format!("kind-{}", &pack.as_str()[..12]);
    tab.show("model-kind-list").await;
    tab.until_script("the server's encoder is offered", &format!("return document.getElementById('{kind}') !== null"))
        .await;
    tab.press(&kind).await;
    confirm(tab).await;
}

async fn confirm(tab: &Tab) {
    tab.until_script("the page asks", "return document.getElementById('encoder-dialog').open").await;
    let asked: String = tab.script("return document.getElementById('encoder-facts').textContent", json!([])).await;
    assert!(asked.contains("tiny") && asked.contains("kB") && asked.contains("MIT"), "{asked}");
    tab.press("encoder-fetch").await;
}

fn has(pack: &Digest) -> impl Fn(&PageState) -> bool {
    move |state| state.encoders.here.iter().any(|here| here == pack.as_str())
}

/// Bytes of the pack that were fetched, by the page's own ledger.
fn fetched(state: &PageState) -> usize {
    let packs = state.ledger.iter().filter(|entry| entry.path.starts_with("/encoders/") && entry.status == 200);
    packs.map(|entry| entry.bytes_received).sum()
}

async fn suggests(tab: &Tab) {
    tab.fill("try-text", "She took ibuprofen.").await;
    tab.press("try-button").await;
    tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_fetches_an_encoder_trains_and_suggests_without_its_server() {
    run("a_tab_fetches_an_encoder_trains_and_suggests_without_its_server", async |stage| {
        let bytes = tiny_pack();
        let pack = Digest::of(&bytes);
        let mut app = server(vec![bytes.clone()], None).await;
        let tab = stage.tab("reads", &format!("{}/#workspace=reads", app.origin())).await;
        sample_site("north").choose(&tab).await;
        assert!(tab.state().await.ledger.is_empty(), "nothing is asked before somebody looks");
        choose(&tab, &pack).await;
        let state = tab.until("it is here", has(&pack)).await;
        assert_eq!(fetched(&state), bytes.len());
        tab.until("its speed is known", |s| s.encoders.words_per_s.contains_key(pack.as_str())).await;

        // Enough that the hundred sentences are learnt from.
        let state = tab.train(20).await;
        assert_eq!(state.encoder.as_deref(), Some(pack.as_str()), "the model reads with it");
        let (start, end) = (state.scores_start_f1.unwrap(), state.scores_latest_f1.unwrap());
        assert!(end > start, "F1 {start} at the start, {end} after twenty passes");
        suggests(&tab).await;

        // The browser logs every failed request by itself.
        tab.expect_error("net::ERR_");
        let kept = "const kept = await (await caches.open('fedner-modules')).keys();
            return navigator.serviceWorker.controller !== null && kept.some(({ url }) => url.includes('/encoder'))";
        while !tab.script_async::<bool>(kept, json!([])).await {
            tokio::task::yield_now().await;
        }
        app.stop().await;
        let state = tab.reload().await;
        assert!(state.has_model);
        suggests(&tab).await;
        let state = tab.train(1).await;
        assert_eq!(state.encoder.as_deref(), Some(pack.as_str()), "it goes on with the encoder");
        assert_eq!(fetched(&state), bytes.len(), "it was fetched once");
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_take_part_in_a_federation_whose_model_reads_with_an_encoder() {
    run("two_sites_take_part_in_a_federation_whose_model_reads_with_an_encoder", async |stage| {
        let bytes = tiny_pack();
        let identity = Pack::read(&bytes).unwrap().identity();
        let (pack, model) = (identity.pack.clone(), ModelSpec { pretrained: Some(identity), ..middling_model() });
        let app = server(vec![bytes], Some(model)).await;
        let sites = ["north", "lakeside"].map(sample_site);
        let tabs = open_sites(&stage, &app.origin(), &sites, Gpu::None).await;
        for tab in &tabs {
            tab.join("read").await;
            confirm(tab).await;
        }
        for tab in &tabs {
            let state = tab.until("all rounds are done", |s| s.is_idle() && s.version == ROUNDS).await;
            assert_learned(tab.name(), &state, ROUNDS as usize);
            assert_eq!(state.encoder.as_deref(), Some(pack.as_str()));
            suggests(tab).await;
        }
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_fetched_pack_is_gone_on_with_and_a_damaged_one_is_refused() {
    run("a_half_fetched_pack_is_gone_on_with_and_a_damaged_one_is_refused", async |stage| {
        let bytes = tiny_pack();
        let (pack, half) = (Digest::of(&bytes), bytes.len() / 2);
        let app = server(vec![bytes.clone()], None).await;
        let tab = stage.tab("half", &format!("{}/#workspace=half", app.origin())).await;
        sample_site("north").choose(&tab).await;
        let part = |damage: &str| {
            format!(
                "{FOLDER} const [pack, half] = args;
                const whole = new Uint8Array(await (await fetch('/encoders/' + pack + '.safetensors')).arrayBuffer());
                const part = whole.slice(0, half); {damage}
                await write(pack + '.part', part);"
            )
        };
        // What was there is damaged: the rest is fetched, the whole is refused and removed.
        let damaged = part("part[half - 1] ^= 1;");
        tab.script_async::<Value>(&damaged, json!([pack.as_str(), half])).await;
        tab.expect_error("encoder-damaged");
        choose(&tab, &pack).await;
        let refused = |s: &PageState| s.errors.iter().any(|error| error.code == "encoder-damaged");
        tab.until("it is refused", refused).await;
        let state = tab.until("nothing of it is left", |s| s.encoders.parts.is_empty() && s.encoders.fetching.is_none()).await;
        assert_eq!((state.encoders.here.len(), state.encoder), (0, None));

        // What is there is right: the rest is fetched.
        tab.script_async::<Value>(&part(""), json!([pack.as_str(), half])).await;
        let before = tab.state().await;
        choose(&tab, &pack).await;
        let state = tab.until("it is here", has(&pack)).await;
        assert_eq!(fetched(&state) - fetched(&before), bytes.len() - half, "only the rest is fetched");
        tab.train(1).await;

        // One that has been damaged on the device is found at the next start, and can be fetched again.
        let flip = format!("{FOLDER} const [name] = names; const bytes = await bytesOf(name); bytes[bytes.length - 1] ^= 1; await write(name, bytes); return name");
        let name: String = tab.script_async(&flip, json!([])).await;
        assert_eq!(name, format!("{pack}.safetensors"));
        tab.expect_error("encoder-needed");
        tab.reload().await;
        let missed = |s: &PageState| s.errors.iter().any(|error| error.code == "encoder-needed");
        let state = tab.until("it is missed", missed).await;
        assert!(state.has_model && state.documents.count > 0, "nothing else is lost");
        tab.until_script("it can be had again", "const b = [...document.querySelectorAll('#message button')].find((b) => b.textContent === 'Get the encoder'); b?.click(); return b !== undefined").await;
        confirm(&tab).await;
        tab.until("it is here again", has(&pack)).await;
        suggests(&tab).await;
        app
    })
    .await;
}
