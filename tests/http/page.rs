//! The page's files and the headers of every answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use fedner_tests::{Answer, TestApp};
use reqwest::Method;

async fn app() -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    std::fs::create_dir_all(page.join("pkg")).unwrap();
    std::fs::write(page.join("index.html"), "<!doctype html><title>page</title>").unwrap();
    std::fs::write(page.join("main.js"), "export {};").unwrap();
    std::fs::write(page.join("pkg/client.wasm"), b"\0asm").unwrap();
    std::fs::write(page.join("pkg/client.wasm.br"), b"smaller").unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    (TestApp::builder().page(page).start().await, folder)
}

#[tokio::test]
async fn files_have_their_types_and_are_revalidated() {
    let (app, _folder) = app().await;
    let files = [("/", "text/html"), ("/main.js", "text/javascript"), ("/pkg/client.wasm", "application/wasm")];
    for (path, media_type) in files {
        let url = format!("{}{path}", app.origin());
        let answer = Answer::of(app.http().get(&url)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type), "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let tag = answer.header("etag");
        let again = Answer::of(app.http().get(&url).header("if-none-match", tag)).await;
        assert_eq!((again.status, tag.is_empty()), (304, false), "{path}");
    }
}

#[tokio::test]
async fn a_compressed_file_goes_to_who_takes_it() {
    let (app, _folder) = app().await;
    let url = format!("{}/pkg/client.wasm", app.origin());
    let plain = Answer::of(app.http().get(&url)).await;
    assert_eq!((plain.header("content-encoding"), plain.body.as_slice()), ("", b"\0asm".as_slice()));
    let answer = Answer::of(app.http().get(&url).header("accept-encoding", "gzip, br")).await;
    assert_eq!((answer.header("content-encoding"), answer.body.as_slice()), ("br", b"smaller".as_slice()));
    assert_eq!(answer.header("content-type"), "application/wasm");
}

/// Exactly what is allowed, so that nothing is loosened by accident.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn check_headers(headers: &reqwest::header::HeaderMap, what: &str) {
    let expected = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        let found: Vec<_> = headers.get_all(name).iter().collect();
        assert_eq!(found, [value], "{what}: {name}");
    }
    assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=()"), "{what}");
}

#[tokio::test]
async fn every_kind_of_answer_has_the_security_headers() {
    let (app, _folder) = app().await;
    let site = app.enrol("test").await;
    let get = |path: &str| app.http().get(format!("{}{path}", app.origin()));
    let requests = [
        (200, get("/")),
        (200, get("/main.js")),
        (404, get("/nothing")),
        (404, app.http().post(format!("{}/main.js", app.origin()))),
        (200, get("/healthz")),
        (404, get("/api/v1/nothing")),
        (401, get("/api/v1/federations/test")),
        (401, get("/api/v1/admin/sites")),
        (200, app.admin(Method::GET, "/sites")),
        (400, app.http().post(format!("{}/api/v1/enrol", app.origin())).body("{")),
        (413, app.http().post(format!("{}/api/v1/enrol", app.origin())).body("x".repeat(20_000))),
        (200, site.request(Method::GET, "")),
        (200, site.request(Method::GET, "/models/0")),
        (404, site.request(Method::GET, "/models/9")),
    ];
    for (status, request) in requests {
        let response = request.send().await.unwrap();
        let what = response.url().to_string();
        assert_eq!(response.status(), status, "{what}");
        check_headers(response.headers(), &what);
        assert!(!response.headers().contains_key("strict-transport-security"), "{what}: it is plain HTTP");
    }
    let events = site.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(events.headers()["cache-control"], "no-store");
    check_headers(events.headers(), "events");
}

#[tokio::test]
async fn behind_a_proxy_with_tls_browsers_are_told_to_stay_with_https() {
    let public_url = Some("https://fedner.example.org/".to_owned());
    let app = TestApp::builder().configure(|config| config.listen.public_url = public_url).start().await;
    let answer = Answer::of(app.http().get(format!("{}/healthz", app.origin()))).await;
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
    let made = app.invite("test", "Ward 3").await;
    assert!(made.link.starts_with("https://fedner.example.org/#join=test&invitation="), "{}", made.link);
}

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let (app, _folder) = app().await;
    let address = app.origin().replace("http://", "");
    let paths = [
        "/../secret.txt",
        "/pkg/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..\\secret.txt",
        "//secret.txt",
    ];
    for path in paths {
        // A plain socket: clients tidy such paths up before they send them.
        let (address, path) = (address.clone(), path.to_owned());
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(!answer.contains("\r\n\r\nsecret"), "{answer}");
    }
}
