//! What is logged, in a process of its own because the log is one a process.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use fedner_protocol::{Happened, InvitationQuery};
use fedner_tests::{Answer, KeptLog, TestApp, acceptance, secret_of, update_id};

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    let log = KeptLog::default();
    tracing::subscriber::set_global_default(log.subscriber("trace,reqwest=off,hyper_util::client=off")).unwrap();

    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let _others = [sites[1].events().await, sites[2].events().await];
    for (i, site) in sites.iter().enumerate() {
        site.send(1, update_id(i as u8), 10, 1.0).await;
    }
    events.wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
    let made = app.invite("test", "Ward 3").await;
    let invitation = secret_of(&made).to_owned();
    for request in [acceptance(&made, 1), acceptance(&made, 2)] {
        Answer::of(app.http().post(format!("{}/api/v1/enrol", app.origin())).json(&request)).await;
    }
    let query = InvitationQuery { federation: "test".parse().unwrap(), invitation: invitation.clone() };
    Answer::of(app.http().post(format!("{}/api/v1/invitation", app.origin())).json(&query)).await.problem();
    let wrong = format!("{}.{}", sites[0].id, "5ec2e7".repeat(11).get(..64).unwrap());
    let body = r#"{"federation":"test","invitation":"the-invitation"#;
    let url = format!("{}/api/v1/federations/test?q=the-query", app.origin());
    Answer::of(app.http().get(url).bearer_auth(&wrong)).await.problem();
    Answer::of(
        app.http().post(format!("{}/api/v1/enrol", app.origin())).header("content-type", "application/json").body(body),
    )
    .await
    .problem();

    let text = log.text();
    assert!(text.contains("round 1 merged"), "the log has what the operator needs: {text}");
    assert!(text.contains("invitation made") && text.contains("operator credential was made"), "{text}");
    let secrets = sites.iter().map(|site| site.credential.as_str()).chain([app.operator()]);
    let secrets = secrets.map(|credential| credential.split_once('.').unwrap().1);
    for secret in secrets.chain([invitation.as_str(), "5ec2e75ec2e7", "the-invitation", "the-query"]) {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}
