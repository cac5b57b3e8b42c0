//! The audit log over HTTP.

use fedner_protocol::ProblemCode;
use fedner_tests::{Answer, Site, TestApp};
use reqwest::Method;
use serde_json::Value;

/// Rows that one answer has at most.
const PAGE_ROWS: usize = 500;

async fn page(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = Answer::of(app.admin(Method::GET, &format!("/audit{query}"))).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn numbers(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_operator_reads_what_was_done() {
    let app = TestApp::start().await;
    let site = Site::enrol(&app.origin(), "test").await;
    let rows = page(&app, "").await;
    let last = rows.last().unwrap();
    assert_eq!((&last["kind"], &last["federation"]), (&"site-enrolled".into(), &"test".into()));
    assert_eq!(last["actor"], format!("site {}", site.id));
    assert_eq!(last["detail"], format!("{{\"site\":\"{}\"}}", site.id));
    assert_eq!(last["hash"].as_str().unwrap().len(), 64);
    assert!(last["at_ms"].is_u64());
    assert_eq!(numbers(&rows), (1..=rows.len() as u64).collect::<Vec<_>>());
    for wrong in ["?after=x", "?after=-1", "?before=1"] {
        let answer = Answer::of(app.admin(Method::GET, &format!("/audit{wrong}"))).await;
        assert_eq!(answer.problem().code, ProblemCode::BadRequest, "{wrong}");
    }
}

#[tokio::test]
async fn a_long_log_is_read_page_by_page() {
    let app = TestApp::start().await;
    for _ in 0..PAGE_ROWS / 2 {
        for act in ["pause", "resume"] {
            let path = format!("/federations/test/{act}");
            assert_eq!(Answer::of(app.admin(Method::POST, &path)).await.status, 204);
        }
    }
    let first = page(&app, "").await;
    assert_eq!(numbers(&first), (1..=PAGE_ROWS as u64).collect::<Vec<_>>());
    let second = page(&app, &format!("?after={PAGE_ROWS}")).await;
    assert!(!second.is_empty() && second.len() < PAGE_ROWS, "{} rows", second.len());
    let end = (PAGE_ROWS + second.len()) as u64;
    assert_eq!(numbers(&second), (PAGE_ROWS as u64 + 1..=end).collect::<Vec<_>>());
    assert_eq!(page(&app, &format!("?after={end}")).await, Vec::<Value>::new());
}
