//! Secure aggregation in tabs: what the server gets, what comes of it, and a tab that is closed in the middle.

use std::collections::BTreeSet;

use fedner_protocol::{
    Aggregation, LocalSteps, Manifest, ModelSpec, RoundPolicy, SecureAggregation, ServerOptimiser, Weighting,
    decode_masked_update, decode_update,
};
use fedner_server::FederationConfig;
use fedner_tests::participant::{RunningSite, Task, sample_corpus};
use fedner_tests::{Site, TestApp};
use serde_json::json;

use crate::federation::{federation, open_sites, quick_training};
use crate::harness::{Gpu, LedgerEntry, PageCopy, PageState, Recorder, Tab, run, sample_site};

const ROUNDS: u32 = 2;
const HOSPITALS: [&str; 3] = ["north", "lakeside", "riverside"];
/// Local steps of a round in which a tab is killed.
const LONG_ROUND: u32 = 2000;

fn masked(id: &str, model: ModelSpec, min_sites: u32, local_steps: LocalSteps) -> FederationConfig {
    let rounds = RoundPolicy { min_sites, quorum: 3, deadline_s: 600, rounds: ROUNDS, local_steps };
    FederationConfig {
        aggregation: Aggregation::Mean { weighting: Weighting::Uniform },
        secure_aggregation: Some(SecureAggregation { clip: 0.3, step_s: 600, ..SecureAggregation::default() }),
        // Version n + 1 is version n less the mean of the updates.
        optimiser: ServerOptimiser::AVERAGING,
        ..federation(id, model, rounds, quick_training())
    }
}

/// The page, whose worker also keeps the whole numbers of the newest update, before they are masked.
fn page_that_keeps_values() -> PageCopy {
    let page = PageCopy::of_the_built_page();
    page.change("worker/masking.js", |script| {
        let masks = "const masked = module.mask(before.state, view, levels, values);";
        assert!(script.contains(masks), "this line is where the values are masked");
        script.replace(
            masks,
            &format!("await this.#database.setValue(\"values-of-the-test\", [...values]);\n    {masks}"),
        )
    });
    page
}

/// What a page's database holds under a name.
async fn stored_value(tab: &Tab, name: &str) -> serde_json::Value {
    let body = "const [workspace, name] = args;
        const open = await new Promise((resolve, reject) => {
          const request = indexedDB.open('fedner-' + workspace);
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        const value = await new Promise((resolve, reject) => {
          const request = open.transaction('values').objectStore('values').get(name);
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        open.close();
        return value ?? null;";
    tab.script_async(body, json!([tab.name(), name])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_gets_random_numbers_and_the_mean_of_three_tabs() {
    run("the_server_gets_random_numbers_and_the_mean_of_three_tabs", async |stage| {
        let config = masked("masked", ModelSpec::small(), 3, LocalSteps::Fixed(12));
        let (model, policy) = (config.model.clone(), config.secure_aggregation.clone().unwrap());
        let manifest = Manifest::of(&model);
        let page = page_that_keeps_values();
        let app = TestApp::builder().page(page.dir()).real_clock().federation(config).start().await;
        let server = app.origin().trim_start_matches("http://").parse().expect("the server has an address");
        let recorder = Recorder::start(server).await;
        let tabs = open_sites(&stage, &recorder.origin(), &HOSPITALS.map(sample_site), Gpu::None).await;
        for tab in &tabs {
            tab.join("masked").await;
        }
        let mut sum = vec![0_i64; manifest.parameters()];
        for tab in &tabs {
            let state = tab.until("all rounds are done", |s| s.is_idle() && s.version == ROUNDS).await;
            assert_eq!(state.rounds_sent(), [1, 2], "{}", tab.name());
            check_page(tab, &state).await;
            let values: Vec<i64> = serde_json::from_value(stored_value(tab, "values-of-the-test").await).unwrap();
            assert_eq!(values.len(), sum.len(), "{}: the newest update's numbers", tab.name());
            assert!(values.iter().any(|value| *value != 0));
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }

        let updates = recorder.requests().into_iter().filter(|request| request.method == "PUT");
        let updates: Vec<Vec<u8>> = updates.map(|request| request.body).collect();
        assert_eq!(updates.len(), tabs.len() * ROUNDS as usize);
        for bytes in &updates {
            assert!(decode_update(&manifest, bytes).is_err(), "nothing goes out unmasked");
            let (header, packed) = decode_masked_update(&manifest, bytes).unwrap();
            assert_eq!(header.update.samples, 1, "nor the number of sentences");
            let zeros = packed.iter().filter(|byte| **byte == 0).count();
            assert!(zeros * 100 < packed.len(), "{zeros} of {} bytes are 0", packed.len());
        }

        let site = Site::enrol(&app.origin(), "masked").await;
        let (before, after) = (site.model(ROUNDS - 1).await, site.model(ROUNDS).await);
        let steps =
            manifest.ranges().zip(policy.steps(&manifest)).flat_map(|((_, range), step)| range.map(move |_| step));
        for (element, ((before, after), (sum, step))) in
            before.iter().zip(&after).zip(sum.iter().zip(steps)).enumerate()
        {
            let expected = before - *sum as f32 * step / tabs.len() as f32;
            assert!((after - expected).abs() < 1e-5, "value {element} is {after} instead of {expected}");
        }
        (app, recorder, page)
    })
    .await;
}

/// The ledger names each update's protection, all three sites are shown with their keys, and the leak test finds nothing.
async fn check_page(tab: &Tab, state: &PageState) {
    for entry in state.ledger.iter().filter(|entry| entry.method == "PUT") {
        let expected = json!({ "kind": "masked", "sites_min": 3, "sites": 3 });
        assert_eq!(entry.protection, expected, "{}: {}", tab.name(), entry.path);
    }
    let met = state.peers.get("masked").unwrap_or_else(|| panic!("{}: {:?}", tab.name(), state.peers));
    assert_eq!(met.len(), 3);
    assert_eq!(met.iter().filter(|site| site.own).count(), 1, "one of them is this site");
    tab.press("leak-test").await;
    let state = tab.until("the update was read", |s| s.leak_test.done).await;
    let report = state.leak_test.report.expect("an update was sent");
    assert!(report.words > 100 && report.others >= 5000, "{report:?}");
    let rate = |named: usize, of: usize| named as f64 / of as f64;
    let (own, others) = (rate(report.named_words, report.words), rate(report.named_others, report.others));
    assert!((own - others).abs() < 0.1, "own words are named as often as made-up ones: {report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_update_gives_words_away_and_the_page_says_which() {
    run("a_plain_update_gives_words_away_and_the_page_says_which", async |stage| {
        let config = federation("plain", ModelSpec::default(), crate::federation::one_round_alone(), quick_training());
        let app = stage.server([config]).await;
        let site = sample_site("north");
        let tab = stage.tab(&site.name, &format!("{}/#workspace={}", app.origin(), site.name)).await;
        site.choose(&tab).await;
        tab.join("plain").await;
        let state = tab.until("the round is done", |s| s.is_idle() && s.version == 1).await;
        let sent = state.ledger.iter().find(|entry| entry.method == "PUT").expect("an update was sent");
        assert_eq!(sent.protection, json!({ "kind": "none" }));
        tab.press("leak-test").await;
        let report = tab.until("the update was read", |s| s.leak_test.done).await.leak_test.report.unwrap();
        let (own, others) =
            (report.named_words as f64 / report.words as f64, report.named_others as f64 / report.others as f64);
        assert!(own > 3.0 * others && !report.named.is_empty(), "{report:?}");
        let tokens: std::collections::HashSet<String> = site.tokens().map(str::to_lowercase).collect();
        assert!(report.named.iter().all(|word| tokens.contains(word)), "the words are those of the notes");
        app
    })
    .await;
}

/// What a native site of the same federation does; each has an identity key of its own.
fn native(app: &TestApp, number: usize) -> Task {
    let corpus = sample_corpus(HOSPITALS[number % HOSPITALS.len()]);
    let task = Task::new(app.origin(), corpus, number as u64 + 1);
    Task { identity: Some(number as u8 + 1), ..task }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_is_killed_after_it_shared_its_secrets_holds_nobody_up_and_comes_back() {
    run("a_tab_that_is_killed_after_it_shared_its_secrets_holds_nobody_up_and_comes_back", async |stage| {
        let config = masked("test", ModelSpec::small(), 4, LocalSteps::Fixed(LONG_ROUND));
        let config = FederationConfig { presence_timeout_s: 2, ..config };
        let app = stage.server([config]).await;
        let natives: Vec<RunningSite> = (0..3).map(|number| RunningSite::start(native(&app, number))).collect();
        let site = sample_site("north");
        let tab = stage.tab(&site.name, &format!("{}/#workspace={}", app.origin(), site.name)).await;
        site.choose(&tab).await;
        tab.join("test").await;
        // Its keys and its shares are with the server, its update is not.
        let shared = |s: &PageState| secure_posts(s, 1) == 2 && s.rounds_sent().is_empty();
        tab.until("it has shared its secrets", shared).await;
        let before = stored_value(&tab, "masking").await;
        assert!(!before.is_null(), "the secrets are on the disk");
        tab.kill().await;
        stage.forget_tab(&tab);

        let back = stage.open(tab.profile(), &format!("{}/#workspace={}", app.origin(), tab.name())).await;
        let done = back.until("all rounds are done", |s| s.is_idle() && s.version == ROUNDS).await;
        assert!(done.rounds_sent().contains(&ROUNDS), "it took part in the last round: {:?}", done.rounds_sent());
        let posts = done.ledger.iter().filter(|entry| is_secure_post(entry)).map(|entry| entry.path.as_str());
        let attempts: BTreeSet<&str> = posts.clone().collect();
        for attempt in attempts {
            let sent = posts.clone().filter(|path| *path == attempt).count();
            assert!(sent <= 3, "keys, shares and one answer at most, not {sent} messages: {attempt}");
        }
        for native in natives {
            let (ended, _) = tokio::task::block_in_place(|| native.join());
            assert_eq!(ended.outcome.unwrap().version, ROUNDS, "nobody was held up");
        }
        app
    })
    .await;
}

/// Makes the tab believe that it has met other sites under other identity keys, as if the server had swapped them since.
async fn swap_pins(tab: &Tab, federation: &str) {
    let body = "const [workspace, federation] = args;
        const open = await new Promise((resolve, reject) => {
          const request = indexedDB.open('fedner-' + workspace);
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        const transaction = open.transaction('values', 'readwrite');
        const values = transaction.objectStore('values');
        const read = values.get('masking');
        read.onsuccess = () => {
          const all = read.result;
          const state = JSON.parse(new TextDecoder().decode(all[federation].state));
          const sites = Object.keys(state.pins);
          state.pins = Object.fromEntries(sites.map((site, i) => [site, state.pins[sites[(i + 1) % sites.length]]]));
          values.put({ ...all, [federation]: { ...all[federation], state: new TextEncoder().encode(JSON.stringify(state)) } }, 'masking');
        };
        await new Promise((resolve, reject) => {
          transaction.oncomplete = resolve;
          transaction.onabort = () => reject(transaction.error);
        });
        open.close();
        return null;";
    let _: serde_json::Value = tab.script_async(body, json!([tab.name(), federation])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_with_another_identity_key_than_before_ends_it_and_the_page_says_so() {
    run("a_site_with_another_identity_key_than_before_ends_it_and_the_page_says_so", async |stage| {
        let app = stage.server([masked("test", ModelSpec::small(), 3, LocalSteps::Fixed(LONG_ROUND))]).await;
        // They leave in the second round, which never has its three sites.
        let steps = LONG_ROUND as usize + 100;
        let others = (1..3).map(|number| Task { stop_after_steps: Some(steps), ..native(&app, number) });
        let others: Vec<RunningSite> = others.map(RunningSite::start).collect();
        let site = sample_site("north");
        let tab = stage.tab(&site.name, &format!("{}/#workspace={}", app.origin(), site.name)).await;
        site.choose(&tab).await;
        tab.expect_error("refused");
        tab.join("test").await;
        tab.until("it has met the others", |s| s.peers.get("test").is_some_and(|met| met.len() == 3)).await;
        swap_pins(&tab, "test").await;
        let told = |s: &PageState| s.errors.iter().any(|error| error.message.contains("another identity key"));
        let state = tab.until("the second round shows other keys", told).await;
        assert_eq!(state.rounds_sent(), [1], "nothing was sent in that round");
        assert!(
            state.errors[0].hint.contains("Nothing that could tell this site's update was sent"),
            "{:?}",
            state.errors
        );
        for other in others {
            tokio::task::block_in_place(|| other.join());
        }
        app
    })
    .await;
}

/// Messages of secure aggregation that the server has taken in a round.
fn secure_posts(state: &PageState, round: u32) -> usize {
    let of_round = format!("/rounds/{round}/attempts/");
    state.ledger.iter().filter(|entry| is_secure_post(entry) && entry.path.contains(&of_round)).count()
}

fn is_secure_post(entry: &LedgerEntry) -> bool {
    entry.method == "POST" && entry.path.ends_with("/secure") && entry.status == 204
}
