//! A connection in between that breaks when it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What breaks a connection.
#[derive(Default)]
struct Faults {
    /// The next connections, each after so many bytes of the server.
    after: Vec<usize>,
    /// Every connection over which the server sends this.
    at: Option<&'static [u8]>,
    connections: usize,
}

/// Passes everything on to a server of this machine, until something breaks it.
pub(crate) struct FaultProxy {
    pub(crate) port: u16,
    faults: Arc<Mutex<Faults>>,
    task: JoinHandle<()>,
}

impl FaultProxy {
    pub(crate) async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Arc::new(Mutex::new(Faults::default()));
        let shared = Arc::clone(&faults);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                connections.spawn(pass(client, target, Arc::clone(&shared)));
            }
        });
        Self { port, faults, task }
    }

    /// Break the next connections, each after so many bytes of the server.
    pub(crate) fn break_after(&self, bytes: &[usize]) {
        let mut faults = self.faults.lock().unwrap();
        faults.after = bytes.iter().rev().copied().collect();
    }

    /// Break every connection over which the server sends this.
    pub(crate) fn break_at(&self, text: &'static [u8]) {
        self.faults.lock().unwrap().at = Some(text);
    }

    pub(crate) fn connections(&self) -> usize {
        self.faults.lock().unwrap().connections
    }

    /// How many breaks are left.
    pub(crate) fn breaks_left(&self) -> usize {
        self.faults.lock().unwrap().after.len()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(client: TcpStream, target: u16, faults: Arc<Mutex<Faults>>) {
    let mut left = {
        let mut faults = faults.lock().unwrap();
        faults.connections += 1;
        faults.after.pop()
    };
    let address = SocketAddr::from(([127, 0, 0, 1], target));
    let Ok(server) = TcpStream::connect(address).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 4096];
    let mut tail: Vec<u8> = vec![];
    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
        let mut some = &buffer[..read];
        if let Some(left) = &mut left {
            some = &some[..read.min(*left)];
            *left -= some.len();
        }
        let at = faults.lock().unwrap().at;
        if let Some(text) = at {
            tail.extend(some);
            if tail.windows(text.len()).any(|window| window == text) {
                break;
            }
            tail.drain(..tail.len().saturating_sub(text.len()));
        }
        if to_client.write_all(some).await.is_err() || left == Some(0) {
            break;
        }
    }
    up.abort();
}
