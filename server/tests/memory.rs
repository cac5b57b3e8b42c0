//! What the program takes while many clients are slow.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::io::{Read, Write};
use std::net::TcpStream;

use fedner_tests::{Site, update_id};

use self::harness::{Folder, config, model};

/// Rows of the model's one table; with 16 values each it has 8 MB.
const ROWS: usize = 128_000;
/// Slow clients.
const CLIENTS: usize = 60;

fn folder() -> Folder {
    let mut config = config(2, |federation| federation.model = model(ROWS, 16));
    // Nobody is cut off while the test looks.
    config.limits.stall_s = 3600;
    Folder::new(&config)
}

#[tokio::test]
async fn a_model_that_many_read_slowly_is_in_memory_once() {
    let folder = folder();
    let server = folder.start();
    let site = Site::enrol(&server.origin, "test").await;
    let model = site.model_bytes(0).await.len() as u64;
    let before = server.memory();
    let request = format!(
        "GET /api/v1/federations/test/models/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        site.credential
    );
    let mut readers = Vec::new();
    for _ in 0..CLIENTS {
        let mut stream = TcpStream::connect(server.origin.replace("http://", "")).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
        readers.push(stream);
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 4 * model, "{CLIENTS} readers of {model} bytes took {grown} bytes");
}

#[tokio::test]
async fn updates_that_arrive_slowly_are_not_in_memory() {
    let folder = folder();
    let server = folder.start();
    let mut sites = Vec::new();
    for _ in 0..CLIENTS {
        sites.push(Site::enrol(&server.origin, "test").await);
    }
    let _streams = [sites[0].events().await, sites[1].events().await];
    let body = sites[0].update(1, 1, 0.1).await;
    let before = server.memory();
    let mut senders = Vec::new();
    for site in &sites {
        let mut stream = TcpStream::connect(server.origin.replace("http://", "")).unwrap();
        let head = format!(
            "PUT /api/v1/federations/test/rounds/1/updates/{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Length: {}\r\n\r\n",
            update_id(9),
            site.credential,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // All but the last byte: what the system holds for the connection is far less than that.
        stream.write_all(&body[..body.len() - 1]).unwrap();
        senders.push(stream);
    }
    let grown = server.memory().saturating_sub(before);
    let sent = (CLIENTS * body.len()) as u64;
    assert!(grown < sent / 8, "{sent} bytes of updates on their way took {grown} bytes");
}
