//! The whole way of an invited person: a link, one click, the question what may leave the device, a federation.

use fedner_protocol::ModelSpec;
use fedner_server::FederationConfig;
use fedner_server::config::Enrolment;
use fedner_tests::secret_of;
use serde_json::json;

use crate::federation::{federation, one_round_alone, quick_training};
use crate::harness::{Recorded, Recorder, Tab, run, sample_site};

/// Every value that the page has stored, as text; keys as what can be known of them.
const STORED: &str = "const open = await new Promise((resolve, reject) => {
      const request = indexedDB.open('fedner-main');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const stores = [...open.objectStoreNames];
    const all = await Promise.all(stores.map((store) => new Promise((resolve, reject) => {
      const request = open.transaction(store, 'readonly').objectStore(store).getAll();
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    })));
    open.close();
    const known = (name, value) => value instanceof CryptoKey ? `key:${value.algorithm.name}:${value.type}:${value.extractable}` : value;
    return JSON.stringify(all, known) + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage });";

/// Accepts the invitation that the page shows.
async fn accept(tab: &Tab) {
    tab.press("invited-accept").await;
    tab.until_script("the page asks", "return document.getElementById('join-dialog').open").await;
    tab.press("join-confirm").await;
}

/// The secret stands in the bodies of the three calls that need it, and in no address or header.
fn check_requests(requests: &[Recorded], secret: &str) {
    let with_secret = requests.iter().filter(|request| String::from_utf8_lossy(&request.body).contains(secret));
    let mut targets: Vec<_> = with_secret.map(|request| request.target.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["/api/v1/enrol", "/api/v1/invitation", "/api/v1/offer"]);
    assert!(requests.iter().all(|request| !request.head.contains(secret)), "the secret is in a request's head");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_lets_one_browser_in_and_leaves_no_trace() {
    run("an_invitation_lets_one_browser_in_and_leaves_no_trace", async |stage| {
        let open = federation("invited", ModelSpec::small(), one_round_alone(), quick_training());
        let app = stage.server([FederationConfig { enrolment: Enrolment::Invitation, ..open }]).await;
        let server = app.origin().trim_start_matches("http://").parse().expect("the server has an address");
        let recorder = Recorder::start(server).await;
        let made = app.invite("invited", "St Mary's, ward 3").await;
        let secret = secret_of(&made);
        let link = made.link.replace(&app.origin(), &recorder.origin());

        let tab = stage.tab("ward", &link).await;
        tab.until("the invitation is shown", |state| state.invited.as_deref() == Some("Browser tests")).await;
        let address: String = tab.script("return location.href", json!([])).await;
        assert_eq!(address, format!("{}/#view=notes", recorder.origin()), "the secret has left the address bar");
        // Drawn a frame after the state has it.
        let shown = "const { textContent } = document.getElementById('invited');
                     return textContent.includes(\"St Mary's, ward 3\") && textContent.includes('Browser tests')";
        tab.until_script("whose invitation it is, and to what", shown).await;

        // Before there are notes.
        accept(&tab).await;
        let state = tab.until("it is enrolled", |state| state.enrolled == ["invited"] && state.is_idle()).await;
        assert_eq!(state.invited, None);
        sample_site("north").choose(&tab).await;
        tab.press("join-button").await;
        let state = tab.until("all rounds are done", |state| state.is_idle() && state.version == 1).await;
        let calls = |path: &str| state.ledger.iter().filter(|entry| entry.path.ends_with(path)).count();
        assert_eq!((calls("/invitation"), calls("/enrol")), (1, 1), "both are in the ledger");
        check_requests(&recorder.requests(), secret);
        let stored: String = tab.script_async(STORED, json!([])).await;
        assert!(stored.contains("key:ECDSA:private:false"), "the identity key is kept and can't be read: {stored}");
        assert!(!stored.contains(secret), "the used secret is stored nowhere");

        let second = stage.profile("another", crate::harness::Gpu::None);
        let second = stage.open_unready(&second, &link).await;
        second.expect_error("refused");
        second.expect_error("403");
        let refused =
            |state: &crate::harness::PageState| state.errors.iter().any(|e| e.message.contains("used already"));
        let state = second.until("it says that the link was used", refused).await;
        assert_eq!((state.invited, state.enrolled.len()), (None, 0));
        (app, recorder)
    })
    .await;
}
