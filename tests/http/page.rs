//! The page's files and the headers of every answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use fedner_tests::{Answer, TestApp};

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

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let (app, _folder) = app().await;
    let site = app.enrol("test").await;
    for path in ["/", "/nothing", "/healthz", "/api/v1/federations/test", "/api/v1/nothing"] {
        let url = format!("{}{path}", app.origin());
        let answer = Answer::of(app.http().get(url).bearer_auth(&site.credential)).await;
        let csp = answer.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'"] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
    let events = site.request(reqwest::Method::GET, "/events").send().await.unwrap();
    assert_eq!(events.headers()["cache-control"], "no-store");
    assert!(events.headers().contains_key("content-security-policy"));
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
