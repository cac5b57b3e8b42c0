//! The operator's dashboard: its files, its sessions, and what it shows.

use fedner_protocol::Happened;
use fedner_tests::{Answer, TestApp, update_id};
use reqwest::Method;
use serde_json::{Value, json};

async fn ask(app: &TestApp, method: Method, path: &str, cookie: &str, from_dashboard: bool) -> Answer {
    let mut request =
        app.http().request(method, format!("{}/api/v1/admin{path}", app.origin())).header("cookie", cookie);
    if from_dashboard {
        request = request.header("x-called-by", "dashboard");
    }
    Answer::of(request).await
}

async fn sign_in(app: &TestApp, credential: &str) -> Answer {
    let request = app.http().post(format!("{}/api/v1/admin/session", app.origin()));
    Answer::of(request.json(&json!({ "credential": credential }))).await
}

#[tokio::test]
async fn the_operator_signs_in_and_only_the_dashboard_can_act_with_the_session() {
    let app = TestApp::start().await;
    assert_eq!(sign_in(&app, "operator.wrong").await.status, 401);
    let site = app.enrol("test").await;
    assert_eq!(sign_in(&app, &site.credential).await.status, 401);
    let signed_in = sign_in(&app, &format!(" {}\n", app.operator())).await;
    assert_eq!(signed_in.status, 204);
    let cookie = signed_in.header("set-cookie").to_owned();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/api/v1/admin", "; Max-Age="] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let session = cookie.split(';').next().unwrap();
    assert_eq!(ask(&app, Method::GET, "/sites", session, false).await.status, 200);
    assert_eq!(ask(&app, Method::GET, "/sites", "fedner-operator=operator.x", false).await.status, 401);
    let pause = "/federations/test/pause";
    assert_eq!(ask(&app, Method::POST, pause, session, false).await.status, 401, "a form of another page");
    assert_eq!(ask(&app, Method::POST, pause, session, true).await.status, 204);
    let foreign = app.http().post(format!("{}/api/v1/admin{pause}", app.origin())).header("cookie", session);
    let foreign = foreign.header("x-called-by", "dashboard").header("origin", "https://evil.example");
    assert_eq!(Answer::of(foreign).await.status, 403);
    let out = ask(&app, Method::DELETE, "/session", session, true).await;
    assert!(out.header("set-cookie").contains("fedner-operator=; ") && out.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn everything_of_a_federation_is_shown_at_once() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let _others = [sites[1].events().await, sites[2].events().await];
    for (number, site) in (1..).zip(&sites) {
        site.send(1, update_id(number), 10, 1.0).await;
    }
    events.wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
    events.wait_for(Happened::RoundOpened { round: 2 }).await;
    sites[1].send(2, update_id(9), 10, 1.0).await;
    let overview: Value = Answer::of(app.admin(Method::GET, "/overview")).await.json();
    let federation = &overview["federations"][0];
    assert_eq!((&overview["is_ready"], &federation["id"]), (&json!(true), &json!("test")));
    assert_eq!(federation["present"].as_array().unwrap().len(), 3);
    assert_eq!(federation["sent"], json!([sites[1].id]));
    let versions = federation["versions"].as_array().unwrap();
    assert_eq!(versions.iter().map(|version| version["version"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(versions[0]["updates"], json!(3));
    let file = Answer::of(app.admin(Method::GET, "/federations/test/models/1")).await;
    assert!(
        file.body == sites[0].model_bytes(1).await && file.header("content-disposition").contains("test-1.safetensors")
    );
    let check: Value = Answer::of(app.admin(Method::GET, "/audit/check")).await.json();
    assert_eq!(check["is_whole"], json!(true));
    assert!(check["rows"].as_u64().unwrap() >= 5);
    let link = json!({ "link": "https://fedner.example.org/#join=test&invitation=secret" });
    let drawn = Answer::of(app.admin(Method::POST, "/qr-code").json(&link)).await;
    assert!(drawn.header("content-type") == "image/svg+xml" && drawn.text().contains("<svg"));
    let long = json!({ "link": "x".repeat(1001) });
    assert_eq!(Answer::of(app.admin(Method::POST, "/qr-code").json(&long)).await.status, 400);
    for path in ["/overview", "/audit/check", "/federations/test/models/1"] {
        let asked = app.http().get(format!("{}/api/v1/admin{path}", app.origin())).bearer_auth(&sites[0].credential);
        assert_eq!(Answer::of(asked).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn its_files_are_there_without_a_page_and_under_the_strict_policy() {
    let app = TestApp::start().await;
    for (path, content_type) in [("", "text/html"), ("main.js", "text/javascript"), ("dashboard.css", "text/css")] {
        let file = Answer::of(app.http().get(format!("{}/admin/{path}", app.origin()))).await;
        assert_eq!(file.status, 200, "{path}");
        assert!(file.header("content-type").starts_with(content_type));
        assert!(file.header("content-security-policy").contains("default-src 'none'"));
    }
    assert_eq!(Answer::of(app.http().get(format!("{}/admin/other.js", app.origin()))).await.status, 404);
}
