//! Who is let in: invitations, identity keys, ended sites, and the operator who decides.

use fedner_protocol::{
    Aggregation, EnrolRequest, EnrolResponse, InvitationInfo, InvitationQuery, InvitationRecord, InvitationRequest,
    InvitationState, MadeInvitation, Manifest, ModelSpec, Offer, OfferQuery, Phase, ProblemCode, RoundPolicy,
    SecureAggregation, SiteRecord, Weighting,
};
use fedner_server::FederationConfig;
use fedner_server::config::Enrolment;
use fedner_tests::{Answer, Site, TestApp, acceptance, identity, secret_of, small_federation, update_id};
use reqwest::Method;

/// A server with a federation that is entered by invitation only.
async fn invited() -> TestApp {
    let federation = FederationConfig { enrolment: Enrolment::Invitation, ..small_federation("test") };
    TestApp::builder().federation(federation).start().await
}

async fn enrol(app: &TestApp, request: &EnrolRequest) -> Answer {
    Answer::of(app.http().post(format!("{}/api/v1/enrol", app.origin())).json(request)).await
}

async fn look_up(app: &TestApp, made: &MadeInvitation) -> Answer {
    let query =
        InvitationQuery { federation: made.invitation.federation.clone(), invitation: secret_of(made).to_owned() };
    Answer::of(app.http().post(format!("{}/api/v1/invitation", app.origin())).json(&query)).await
}

async fn offer(app: &TestApp, invitation: Option<String>) -> Answer {
    let query = OfferQuery { federation: "test".parse().unwrap(), invitation };
    Answer::of(app.http().post(format!("{}/api/v1/offer", app.origin())).json(&query)).await
}

#[tokio::test]
async fn what_would_be_sent_is_said_to_whoever_may_enrol() {
    let app = invited().await;
    let made = app.invite("test", "St Mary's").await;
    let said: Offer = offer(&app, Some(secret_of(&made).to_owned())).await.json();
    assert_eq!((said.is_masked, said.federation_name.as_str()), (false, "Test federation"));
    assert_eq!(offer(&app, None).await.problem().code, ProblemCode::InvitationUnknown);
    let unknown = "0".repeat(secret_of(&made).len());
    assert_eq!(offer(&app, Some(unknown)).await.problem().code, ProblemCode::InvitationUnknown);

    let secure = FederationConfig {
        rounds: RoundPolicy { min_sites: 3, quorum: 3, ..RoundPolicy::default() },
        aggregation: Aggregation::Mean { weighting: Weighting::Uniform },
        secure_aggregation: Some(SecureAggregation::default()),
        ..small_federation("test")
    };
    let app = TestApp::builder().federation(secure).start().await;
    let said: Offer = offer(&app, None).await.json();
    assert_eq!((said.is_masked, said.quorum), (true, 3), "an open federation says it to anybody");
    // Values of 9 bits, of which three are summed: 11 bits.
    let values = Manifest::of(&ModelSpec::small()).parameters() as u64;
    assert_eq!(said.update_bytes, (11 * values).div_ceil(8));
}

async fn code(app: &TestApp, request: &EnrolRequest) -> ProblemCode {
    enrol(app, request).await.problem().code
}

async fn listed<T: serde::de::DeserializeOwned>(app: &TestApp, path: &str) -> Vec<T> {
    let answer = Answer::of(app.admin(Method::GET, path)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_invitation_enrols_one_site_once() {
    let app = invited().await;
    let made = app.invite("test", "St Mary's, ward 3").await;
    assert!(made.link.starts_with(&format!("{}/#join=test&invitation=", app.origin())), "{}", made.link);
    assert_eq!(made.invitation.state, InvitationState::Open);
    let info: InvitationInfo = look_up(&app, &made).await.json();
    assert_eq!((info.federation_name.as_str(), info.name.as_str()), ("Test federation", "St Mary's, ward 3"));
    assert_eq!(info.expires_in_ms, 24 * 3600 * 1000);

    app.advance_s(60);
    let answer = enrol(&app, &acceptance(&made, 1)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let site = Site::enrolled(answer.json(), &app.origin(), "test");
    site.info().await;
    assert_eq!(code(&app, &acceptance(&made, 2)).await, ProblemCode::InvitationUsed);
    assert_eq!(code(&app, &acceptance(&made, 1)).await, ProblemCode::InvitationUsed, "once the site was seen");
    assert_eq!(look_up(&app, &made).await.problem().code, ProblemCode::InvitationUsed);

    let invitations: Vec<InvitationRecord> = listed(&app, "/invitations").await;
    let used = InvitationState::Used { site: site.id, at_ms: made.invitation.made_at_ms + 60_000 };
    assert_eq!(invitations, [InvitationRecord { state: used, ..made.invitation.clone() }]);
    let sites: Vec<SiteRecord> = listed(&app, "/sites?federation=test").await;
    assert_eq!(sites.len(), 1);
    assert_eq!((sites[0].id, sites[0].name.as_deref()), (site.id, Some("St Mary's, ward 3")));
    assert_eq!(sites[0].public_key, Some(identity(1, "test", None).public_key));
    assert_eq!(sites[0].seen_at_ms, Some(made.invitation.made_at_ms + 60_000));
    assert!(listed::<SiteRecord>(&app, "/sites?federation=other").await.is_empty());
}

#[tokio::test]
async fn of_two_browsers_with_one_link_one_gets_in() {
    let app = invited().await;
    let made = app.invite("test", "Ward 3").await;
    let requests: Vec<_> = (1..=6).map(|number| acceptance(&made, number)).collect();
    let mut running = tokio::task::JoinSet::new();
    for request in requests {
        let post = app.http().post(format!("{}/api/v1/enrol", app.origin())).json(&request);
        running.spawn(async move { Answer::of(post).await.status });
    }
    let mut statuses = running.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403, 403, 403, 403]);
    assert_eq!(listed::<SiteRecord>(&app, "/sites").await.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_costs_no_invitation_and_makes_no_second_site() {
    let app = invited().await;
    let made = app.invite("test", "Ward 3").await;
    let first: EnrolResponse = enrol(&app, &acceptance(&made, 1)).await.json();
    let again: EnrolResponse = enrol(&app, &acceptance(&made, 1)).await.json();
    assert_eq!(first.site, again.site);
    assert_ne!(first.credential, again.credential);
    let old = Site::enrolled(first, &app.origin(), "test");
    assert_eq!(old.get("").await.problem().code, ProblemCode::NotEnrolled, "the answer that was lost counts no more");
    Site::enrolled(again, &app.origin(), "test").info().await;
    assert_eq!(listed::<SiteRecord>(&app, "/sites").await.len(), 1);
}

#[tokio::test]
async fn every_invitation_that_can_not_be_used_says_why() {
    let app = invited().await;
    let none = EnrolRequest { federation: "test".parse().unwrap(), invitation: None, identity: None };
    let needed = enrol(&app, &none).await.problem();
    assert_eq!(needed.code, ProblemCode::InvitationNeeded);
    assert!(needed.detail.contains("operator"), "{}", needed.detail);

    let made = app.invite("test", "Ward 3").await;
    let guess = MadeInvitation { link: made.link.replace("invitation=", "invitation=0"), ..made.clone() };
    assert_eq!(code(&app, &acceptance(&guess, 1)).await, ProblemCode::InvitationUnknown);
    assert_eq!(look_up(&app, &guess).await.problem().code, ProblemCode::InvitationUnknown);

    let path = format!("/invitations/{}", made.invitation.id);
    assert_eq!(Answer::of(app.admin(Method::DELETE, &path)).await.status, 204);
    assert_eq!(code(&app, &acceptance(&made, 1)).await, ProblemCode::InvitationRevoked);
    assert_eq!(look_up(&app, &made).await.problem().code, ProblemCode::InvitationRevoked);
    assert_eq!(Answer::of(app.admin(Method::DELETE, &path)).await.problem().code, ProblemCode::NotFound);

    app.advance_s(1);
    let made = app.invite("test", "Ward 4").await;
    app.advance_s(24 * 3600);
    assert_eq!(code(&app, &acceptance(&made, 1)).await, ProblemCode::InvitationExpired);
    assert_eq!(look_up(&app, &made).await.problem().code, ProblemCode::InvitationExpired);
    let states = listed::<InvitationRecord>(&app, "/invitations").await.into_iter().map(|i| i.state);
    assert!(matches!(states.collect::<Vec<_>>()[..], [InvitationState::Revoked { .. }, InvitationState::Expired]));
}

#[tokio::test]
async fn an_invitation_needs_the_proof_of_an_identity_key() {
    let app = invited().await;
    let made = app.invite("test", "Ward 3").await;
    let good = acceptance(&made, 1);
    let without = EnrolRequest { identity: None, ..good.clone() };
    let problem = enrol(&app, &without).await.problem();
    assert_eq!(problem.code, ProblemCode::InvalidIdentity);
    assert!(problem.detail.contains("https://"), "{}", problem.detail);
    let of_another = EnrolRequest { identity: Some(identity(1, "test", Some("another"))), ..good.clone() };
    assert_eq!(code(&app, &of_another).await, ProblemCode::InvalidIdentity);
    let elsewhere = EnrolRequest { identity: Some(identity(1, "else", good.invitation.as_deref())), ..good.clone() };
    assert_eq!(code(&app, &elsewhere).await, ProblemCode::InvalidIdentity);
    assert_eq!(enrol(&app, &good).await.status, 201, "none of these has used the invitation up");
    let second = app.invite("test", "Ward 4").await;
    assert_eq!(code(&app, &acceptance(&second, 1)).await, ProblemCode::NotAllowed, "a key is one site's");
}

#[tokio::test]
async fn an_open_federation_takes_a_key_and_a_closed_one_nothing() {
    let closed = FederationConfig { enrolment: Enrolment::Closed, ..small_federation("closed") };
    let app = TestApp::builder().federation(small_federation("test")).federation(closed).start().await;
    let with_key = |federation: &str| EnrolRequest {
        federation: federation.parse().unwrap(),
        invitation: None,
        identity: Some(identity(1, federation, None)),
    };
    let first: EnrolResponse = enrol(&app, &with_key("test")).await.json();
    let again: EnrolResponse = enrol(&app, &with_key("test")).await.json();
    assert_eq!(first.site, again.site);
    assert_eq!(code(&app, &with_key("closed")).await, ProblemCode::NotAllowed);
    let request =
        InvitationRequest { federation: "closed".parse().unwrap(), name: "Ward 3".to_owned(), expires_in_s: None };
    let answer = Answer::of(app.admin(Method::POST, "/invitations").json(&request)).await;
    assert_eq!(answer.problem().code, ProblemCode::NotAllowed);
}

#[tokio::test]
async fn an_ended_site_is_refused_at_once_and_its_streams_end() {
    let app = invited().await;
    let mut sites = Vec::new();
    for number in 1..=3 {
        let made = app.invite("test", "Ward").await;
        let answer = enrol(&app, &acceptance(&made, number)).await;
        sites.push(Site::enrolled(answer.json(), &app.origin(), "test"));
    }
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    sites[0].send(1, update_id(1), 1, 1.0).await;
    let path = format!("/sites/{}", sites[0].id);
    assert_eq!(Answer::of(app.admin(Method::DELETE, &path)).await.status, 204);
    while events[0].next().await.is_some() {}
    let problem = sites[0].get("").await.problem();
    assert_eq!(problem.code, ProblemCode::SiteRevoked);
    assert!(problem.detail.contains("operator"), "{}", problem.detail);
    assert_eq!(Answer::of(app.admin(Method::DELETE, &path)).await.problem().code, ProblemCode::NotFound);
    let state = sites[1].state().await;
    assert_eq!(state.present, 2);
    assert!(matches!(state.phase, Phase::Open { received: 1, .. }), "what it has sent stays: {state:?}");
}

#[tokio::test]
async fn the_operators_calls_are_the_operators() {
    let app = invited().await;
    let made = app.invite("test", "Ward 3").await;
    let site: EnrolResponse = enrol(&app, &acceptance(&made, 1)).await.json();
    let operator = app.operator().to_owned();
    let cut = &operator[..operator.len() - 1];
    let another = format!("operator.{}", "0".repeat(operator.len() - "operator.".len()));
    let calls = [
        (Method::GET, "/invitations"),
        (Method::POST, "/invitations"),
        (Method::DELETE, "/invitations/00000000-0000-4000-8000-000000000000"),
        (Method::GET, "/sites"),
        (Method::DELETE, "/sites/00000000-0000-4000-8000-000000000000"),
        (Method::GET, "/audit"),
        (Method::POST, "/federations/test/pause"),
        (Method::POST, "/federations/test/resume"),
    ];
    for (method, path) in &calls {
        for credential in ["", "operator.", cut, &another, &site.credential] {
            let url = format!("{}/api/v1/admin{path}", app.origin());
            let answer = Answer::of(app.http().request(method.clone(), url).bearer_auth(credential)).await;
            let problem = answer.problem();
            assert_eq!(problem.code, ProblemCode::NotOperator, "{method} {path} {credential}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let as_site = Site::enrolled(EnrolResponse { credential: operator, ..site }, &app.origin(), "test");
    assert_eq!(as_site.get("").await.problem().code, ProblemCode::NotEnrolled, "nor is it a site's");
    let requests = [
        r#"{"federation":"test","name":""}"#,
        "{\"federation\":\"test\",\"name\":\"a\\nb\"}",
        "{\"federation\":\"test\",\"name\":\"a\u{202e}b\"}",
        r#"{"federation":"test","name":"a","name":"b"}"#,
        r#"{"federation":"test","name":"a","expires_in_s":1}"#,
        r#"{"federation":"test","name":"a","expires_in_s":99999999999}"#,
        r#"{"federation":"test"}"#,
    ];
    for request in requests {
        let answer = Answer::of(
            app.admin(Method::POST, "/invitations").header("content-type", "application/json").body(request),
        )
        .await;
        assert_eq!(answer.problem().code, ProblemCode::BadRequest, "{request}");
    }
    let nowhere = r#"{"federation":"nowhere","name":"a"}"#;
    let answer =
        Answer::of(app.admin(Method::POST, "/invitations").header("content-type", "application/json").body(nowhere))
            .await;
    assert_eq!(answer.problem().code, ProblemCode::NotFound);
    let answer = Answer::of(app.admin(Method::GET, "/sites?federtion=test")).await;
    assert_eq!(answer.problem().code, ProblemCode::BadRequest);
}
