//! What a Prometheus server and a supervisor are told.

use std::net::TcpListener;

use fedner_tests::{Answer, TestApp, update_id};

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not there:\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn the_operator_is_told_where_rounds_and_requests_stand_and_nobody_else() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let events = [sites[0].events().await, sites[1].events().await, sites[2].events().await];
    sites[0].send(1, update_id(1), 10, 1.0).await;
    let url = format!("{}/metrics", app.origin());
    for refused in [app.http().get(&url), app.http().get(&url).bearer_auth(&sites[0].credential)] {
        assert_eq!(Answer::of(refused).await.status, 401);
    }
    let told = Answer::of(app.http().get(&url).bearer_auth(app.operator())).await;
    assert_eq!(told.status, 200);
    assert!(told.header("content-type").starts_with("application/openmetrics-text"));
    let text = told.text();
    assert_eq!(value(&text, "fedner_requests_total{kind=\"update\",status=\"201\"}"), 1.0);
    assert_eq!(value(&text, "fedner_refusals_total{code=\"not-operator\"}"), 2.0);
    assert_eq!(value(&text, "fedner_open_streams"), 3.0);
    assert_eq!(value(&text, "fedner_federation_sites_present{federation=\"test\"}"), 3.0);
    assert_eq!(value(&text, "fedner_federation_round_updates{federation=\"test\"}"), 1.0);
    assert_eq!(value(&text, "fedner_federation_rounds_stuck{federation=\"test\"}"), 0.0);
    assert_eq!(value(&text, "fedner_ready"), 1.0);
    assert!(value(&text, "fedner_store_bytes") > 4096.0);
    assert!(value(&text, "fedner_received_bytes_total{kind=\"update\"}") > 1000.0);
    for site in &sites {
        assert!(!text.contains(&site.id.to_string()), "no site is named");
    }
    drop(events);
}

#[tokio::test]
async fn a_port_of_its_own_needs_no_credential_and_has_nothing_else() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let app = TestApp::builder().configure(|config| config.listen.metrics_address = Some(address)).start().await;
    for (path, status) in
        [("/metrics", 200), ("/livez", 200), ("/readyz", 200), ("/api/v1/admin/sites", 404), ("/", 404)]
    {
        let answer = Answer::of(app.http().get(format!("http://{address}{path}"))).await;
        assert_eq!(answer.status, status, "{path}");
    }
    for path in ["/livez", "/readyz"] {
        assert_eq!(Answer::of(app.http().get(format!("{}{path}", app.origin()))).await.status, 200, "{path}");
    }
}
