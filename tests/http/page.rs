//! The page's files and the headers of every answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use fedner_tests::{Answer, KeptLog, TestApp};
use reqwest::Method;

/// The module and its compressed forms, as the page's build lays them.
const WASM: &str = "immutable/cpu-0123456789abcdef/client.wasm";

async fn app() -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    let wasm = page.join(WASM);
    std::fs::create_dir_all(wasm.parent().unwrap()).unwrap();
    std::fs::write(page.join("index.html"), "<!doctype html><title>page</title>").unwrap();
    std::fs::write(page.join("main.js"), "export {};").unwrap();
    std::fs::write(&wasm, b"\0asm").unwrap();
    std::fs::write(wasm.with_extension("wasm.br"), b"brotli").unwrap();
    std::fs::write(wasm.with_extension("wasm.gz"), b"gzip").unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    (TestApp::builder().page(page).start().await, folder)
}

#[tokio::test]
async fn files_have_their_types_and_are_revalidated() {
    let (app, _folder) = app().await;
    let files = [("/", "text/html"), ("/main.js", "text/javascript")];
    for (path, media_type) in files {
        let url = format!("{}{path}", app.origin());
        let answer = Answer::of(app.http().get(&url)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type), "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let tag = answer.header("etag");
        let again = Answer::of(app.http().get(&url).header("if-none-match", tag)).await;
        assert_eq!((again.status, tag.is_empty()), (304, false), "{path}");
        assert_eq!(again.header("cache-control"), "no-cache");
    }
}

#[tokio::test]
async fn a_file_named_by_its_content_is_kept_for_good() {
    const FOR_GOOD: &str = "public, max-age=31536000, immutable";
    let (app, _folder) = app().await;
    let url = format!("{}/{WASM}", app.origin());
    let answer = Answer::of(app.http().get(&url)).await;
    // Exactly this type: WebAssembly is compiled while it arrives only with it.
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/wasm"));
    assert_eq!(answer.header("cache-control"), FOR_GOOD);
    let again = Answer::of(app.http().get(&url).header("if-none-match", answer.header("etag"))).await;
    assert_eq!((again.status, again.header("cache-control")), (304, FOR_GOOD));
    let head = Answer::of(app.http().head(&url)).await;
    assert_eq!((head.status, head.header("cache-control")), (200, FOR_GOOD));
    // A file that is not there yet may come with the next page.
    for path in ["immutable/cpu-0000000000000000/client.wasm", "immutable/", "immutable"] {
        let missing = Answer::of(app.http().get(format!("{}/{path}", app.origin()))).await;
        assert_eq!((missing.status, missing.header("cache-control")), (404, "no-cache"), "{path}");
    }
}

#[tokio::test]
async fn a_compressed_file_goes_to_who_takes_it() {
    let (app, _folder) = app().await;
    let url = format!("{}/{WASM}", app.origin());
    let (plain, gzip, brotli) = (("", "\0asm"), ("gzip", "gzip"), ("br", "brotli"));
    let cases = [
        (None, plain),
        (Some(""), plain),
        (Some("identity"), plain),
        (Some("zstd, deflate"), plain),
        (Some("br;q=0, gzip;q=0"), plain),
        (Some("gzip"), gzip),
        (Some("gzip, br;q=0"), gzip),
        (Some("br;q=0.2, gzip;q=0.8"), gzip),
        (Some("gzip, deflate, br, zstd"), brotli),
        (Some("br;q=1.0, identity;q=0.5"), brotli),
    ];
    for (accepted, (encoding, body)) in cases {
        let mut request = app.http().get(&url);
        if let Some(accepted) = accepted {
            request = request.header("accept-encoding", accepted);
        }
        let answer = Answer::of(request).await;
        assert_eq!((answer.header("content-encoding"), answer.text().as_str()), (encoding, body), "{accepted:?}");
        assert_eq!(answer.header("content-type"), "application/wasm", "{accepted:?}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted:?}");
        assert_eq!(answer.header("content-length"), body.len().to_string(), "{accepted:?}");
    }
    // Where there is no compressed form, the file itself.
    let answer = Answer::of(app.http().get(format!("{}/main.js", app.origin())).header("accept-encoding", "br")).await;
    assert_eq!((answer.status, answer.header("content-encoding"), answer.header("vary")), (200, "", "accept-encoding"));
}

#[tokio::test]
async fn a_compressed_form_is_another_thing_than_the_file() {
    let (app, _folder) = app().await;
    let get = || app.http().get(format!("{}/{WASM}", app.origin()));
    let plain = Answer::of(get()).await;
    let brotli = Answer::of(get().header("accept-encoding", "br")).await;
    assert_ne!(plain.header("etag"), brotli.header("etag"));
    let other = get().header("accept-encoding", "br").header("if-none-match", plain.header("etag"));
    assert_eq!(Answer::of(other).await.status, 200);
}

/// Exactly what is allowed, so that nothing is loosened by accident.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

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
        (
            400,
            app.http()
                .post(format!("{}/api/v1/enrol", app.origin()))
                .header("content-type", "application/json")
                .body("{"),
        ),
        (
            413,
            app.http()
                .post(format!("{}/api/v1/enrol", app.origin()))
                .header("content-type", "application/json")
                .body("x".repeat(20_000)),
        ),
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
async fn what_can_not_be_a_file_is_not_found_and_no_fault_of_the_server() {
    let log = KeptLog::default();
    // This test has one thread, and the server runs on it.
    let _logging = tracing::subscriber::set_default(log.subscriber("warn"));
    let (app, _folder) = app().await;
    let long = "a".repeat(256);
    let paths = [
        format!("/{long}"),
        format!("/{}", "a".repeat(254)),
        format!("/immutable/{long}/client.wasm"),
        format!("/{}", "a/".repeat(3000)),
        "/%00".to_owned(),
        "/a%00b/main.js".to_owned(),
        "/%0a".to_owned(),
        "/%ff".to_owned(),
        "/%".to_owned(),
        "/healthz/".to_owned(),
        "/main.js/".to_owned(),
        "/main.js/x".to_owned(),
        "/index.html/".to_owned(),
    ];
    for path in paths {
        let answer = Answer::of(app.http().get(format!("{}{path}", app.origin()))).await;
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    }
    assert!(!log.text().contains("ERROR"), "{}", log.text());
}

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let (app, _folder) = app().await;
    let address = app.origin().replace("http://", "");
    let paths = [
        "/../secret.txt",
        "/immutable/../../secret.txt",
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
