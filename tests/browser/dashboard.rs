//! The operator's dashboard, by keyboard alone.

use fedner_protocol::{ModelSpec, RoundPolicy};
use serde_json::json;
use thirtyfour::Key;

use crate::federation::{federation, quick_training};
use crate::harness::{Gpu, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_signs_in_invites_and_pauses_by_keyboard() {
    run("the_operator_signs_in_invites_and_pauses_by_keyboard", async |stage| {
        let demo = federation("demo", ModelSpec::small(), RoundPolicy::default(), quick_training());
        let app = stage.server([demo]).await;
        let profile = stage.profile("operator", Gpu::None);
        let tab = stage.open_unready(&profile, &format!("{}/admin", app.origin())).await;
        // It asks, and is told to sign in; then once with a wrong credential.
        tab.expect_error("401");
        tab.tab_to("credential").await;
        tab.keys("operator.wrong").await;
        tab.keys(Key::Enter).await;
        let refused = "return document.getElementById('problem').textContent.includes('not the operator')";
        tab.until_script("a wrong credential is refused in words", refused).await;
        // The wrong text is selected, so that the next takes its place.
        tab.keys(app.operator()).await;
        tab.keys(Key::Enter).await;
        let federations = "return document.querySelectorAll('#federations section').length === 1";
        tab.until_script("the federation is shown", federations).await;
        let cookie: String = tab.script("return document.cookie", json!([])).await;
        assert_eq!(cookie, "", "no script can read the session");

        tab.tab_to("invite-demo").await;
        tab.keys("Ward 3").await;
        tab.keys(Key::Enter).await;
        let dialog = "const d = document.getElementById('invitation');
                      return d.open && d.contains(document.activeElement) && d.querySelector('svg') !== null
                          && document.getElementById('invitation-link').value.includes('#join=demo&invitation=')";
        tab.until_script("the link is shown, and drawn", dialog).await;
        tab.keys(Key::Escape).await;
        let gone = "return document.getElementById('invitation-link').value === ''
                        && document.getElementById('federations').textContent.includes('Ward 3')";
        tab.until_script("the link is gone, the invitation is listed", gone).await;
        // Another operator makes one while the focus rests in the empty field.
        tab.tab_to("invite-demo").await;
        let made = "return fetch('/api/v1/admin/invitations', {
              method: 'POST', headers: { 'content-type': 'application/json', 'x-called-by': 'dashboard' },
              body: JSON.stringify({ federation: 'demo', name: 'Ward 4', expires_in_s: 86400 }),
            }).then((answer) => answer.ok)";
        assert!(tab.script::<bool>(made, json!([])).await, "the invitation is made");
        let listed = "return document.getElementById('federations').textContent.includes('Ward 4')
                          && document.activeElement.id === 'invite-demo'";
        tab.until_script("it is listed, and the focus stays", listed).await;

        tab.tab_to("pause-demo").await;
        tab.keys(Key::Enter).await;
        let paused = "const b = document.getElementById('pause-demo');
                      return b.textContent === 'Resume' && document.activeElement === b";
        tab.until_script("it is paused, and the focus stays", paused).await;
        tab.tab_to("audit-check").await;
        tab.keys(Key::Enter).await;
        let whole = "return document.getElementById('audit-outcome').textContent.startsWith('Whole: ')";
        tab.until_script("the audit log is whole", whole).await;
        let shown = "return document.getElementById('audit-rows').textContent.includes('federation-paused')";
        tab.until_script("the act is in the log", shown).await;

        tab.tab_to("sign-out").await;
        tab.keys(Key::Enter).await;
        tab.until_script("signed out", "return !document.getElementById('sign-in').hidden").await;
        let left: String = tab.script("return document.body.textContent", json!([])).await;
        assert!(!left.contains("Ward 3"), "nothing is left");
        app
    })
    .await;
}
