//! A relay in front of the server that keeps every byte a browser sent to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const BUFFER_BYTES: usize = 64 << 10;

/// What each connection's client has sent.
type Connections = Arc<Mutex<Vec<Arc<Mutex<Vec<u8>>>>>>;

/// The relay; ends when dropped.
pub struct Recorder {
    address: SocketAddr,
    connections: Connections,
    relay: JoinHandle<()>,
}

/// One request as the server received it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its method.
    pub method: String,
    /// Its path, and query if there is one.
    pub target: String,
    /// Request line and headers, as text.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Recorder {
    /// Starts one in front of a server.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let connections = Connections::default();
        let relay = tokio::spawn(accept(listener, server, Arc::clone(&connections)));
        Self { address, connections, relay }
    }

    /// Where browsers reach the server through it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far; those of one connection in order.
    pub fn requests(&self) -> Vec<Recorded> {
        let connections = self.connections.lock().expect("no relay panicked").clone();
        connections.iter().flat_map(|sent| parse(&sent.lock().expect("no relay panicked"))).collect()
    }

    /// Every byte so far.
    pub fn bytes(&self) -> Vec<u8> {
        let connections = self.connections.lock().expect("no relay panicked").clone();
        connections.iter().flat_map(|sent| sent.lock().expect("no relay panicked").clone()).collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, connections: Connections) {
    while let Ok((browser, _)) = listener.accept().await {
        let Ok(upstream) = TcpStream::connect(server).await else { continue };
        let sent = Arc::default();
        connections.lock().expect("no relay panicked").push(Arc::clone(&sent));
        let ((from_browser, to_browser), (from_server, to_server)) = (browser.into_split(), upstream.into_split());
        tokio::spawn(relay(from_browser, to_server, Some(sent)));
        tokio::spawn(relay(from_server, to_browser, None));
    }
}

async fn relay(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, kept: Option<Arc<Mutex<Vec<u8>>>>) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if let Some(kept) = &kept {
            kept.lock().expect("no relay panicked").extend_from_slice(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    // The other side learns of it; a failure means that it has gone already.
    let _ = to.shutdown().await;
}

/// Takes a connection's bytes apart. HTTP/1.1 with `content-length` is what browsers send.
fn parse(mut bytes: &[u8]) -> Vec<Recorded> {
    let mut requests = Vec::new();
    while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = std::str::from_utf8(&bytes[..end]).expect("a request's head is text").to_owned();
        let header = |name: &str| {
            let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
        };
        assert_eq!(header("transfer-encoding"), None, "{head}");
        let length = header("content-length").map_or(0, |n| n.parse::<usize>().expect("a length is a number"));
        let body = &bytes[end + 4..];
        let body = body.get(..length).unwrap_or_else(|| panic!("a request was cut off: {head}")).to_vec();
        bytes = &bytes[end + 4 + length..];
        let mut first = head.split_whitespace();
        let mut word = || first.next().expect("a request line has three parts").to_owned();
        requests.push(Recorded { method: word(), target: word(), head: head.clone(), body });
    }
    assert!(bytes.is_empty(), "bytes that are no request: {:?}", String::from_utf8_lossy(bytes));
    requests
}
