//! A load balancer on TCP: each connection goes to the next server in turn, or to another one if that is gone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};

/// Runs until it is dropped.
pub struct Balancer {
    origin: String,
    servers: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Balancer {
    pub async fn start(origins: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let servers = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(listener, Arc::clone(&servers)));
        let balancer = Self { origin, servers, task };
        balancer.set(origins);
        balancer
    }

    /// Where clients find it.
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// Other servers from now on.
    pub fn set(&self, origins: &[&str]) {
        let addresses = origins.iter().map(|origin| origin.trim_start_matches("http://").to_owned());
        *self.servers.lock().unwrap() = addresses.collect();
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, servers: Arc<Mutex<Vec<String>>>) {
    let turn = AtomicUsize::new(0);
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let servers = servers.lock().unwrap().clone();
        let first = turn.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            for i in 0..servers.len() {
                if let Ok(mut server) = TcpStream::connect(&servers[(first + i) % servers.len()]).await {
                    // However it ends, the client sees its connection end.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
            }
        });
    }
}
