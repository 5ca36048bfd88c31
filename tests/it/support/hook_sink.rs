//! A receiver of webhooks that keeps what it was sent and answers as it is told, however badly.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What a receiver does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// A status with an empty body.
    Status(u16),
    /// A status with headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Status 200, after a while.
    Slow(Duration),
    /// It reads, and never says a word.
    Silence,
    /// The connection is reset.
    Reset,
    /// A body of ten gigabytes, as fast as it goes.
    EndlessBody,
    /// A byte of the body a second.
    Dripping,
    /// Headers without end.
    EndlessHeaders,
    /// A body that says it is gzip, and would be a gigabyte.
    GzipBomb,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// By names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug)]
struct State {
    usual: Mutex<Behaviour>,
    /// For the next requests, one each, before the usual one.
    next: Mutex<Vec<Behaviour>>,
    received: Mutex<Vec<Received>>,
    came: Notify,
    connections: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    written: AtomicUsize,
}

/// The receiver; it listens on a loopback port until it is dropped.
pub(crate) struct HookSink {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

impl HookSink {
    /// One that answers 200.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            usual: Mutex::new(Behaviour::Status(200)),
            next: Mutex::default(),
            received: Mutex::default(),
            came: Notify::new(),
            connections: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
        });
        let served = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                served.connections.fetch_add(1, Ordering::Relaxed);
                let state = Arc::clone(&served);
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    /// `host:port`, as `Outbound:Allow` has it.
    pub(crate) fn allowed(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on.
    pub(crate) fn usually(&self, behaviour: Behaviour) {
        *self.state.usual.lock().unwrap() = behaviour;
    }

    /// At the next requests, one each; then as usual.
    pub(crate) fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.state.next.lock().unwrap().extend(behaviours);
    }

    /// What came so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// What came since the last time, without keeping it.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock().unwrap())
    }

    pub(crate) fn count(&self) -> usize {
        self.state.received.lock().unwrap().len()
    }

    /// Connections that were opened.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// The most requests that were under way at once.
    pub(crate) fn most_under_way(&self) -> usize {
        self.state.most_under_way.load(Ordering::Relaxed)
    }

    /// Bytes of bodies and headers that were written before the other side hung up.
    pub(crate) fn written(&self) -> usize {
        self.state.written.load(Ordering::Relaxed)
    }

    /// So many came; at most ten seconds.
    pub(crate) async fn has_received(&self, many: usize) -> Vec<Received> {
        let all = async {
            loop {
                let came = self.state.came.notified();
                if self.count() >= many {
                    return self.received();
                }
                came.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), all).await;
        waited.unwrap_or_else(|_| panic!("{} requests instead of {many}", self.count()))
    }
}

impl Drop for HookSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: &State) {
    let mut stream = BufReader::new(stream);
    while let Some(received) = read(&mut stream).await {
        let under_way = state.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        state.most_under_way.fetch_max(under_way, Ordering::Relaxed);
        let behaviour = {
            let mut next = state.next.lock().unwrap();
            if next.is_empty() {
                state.usual.lock().unwrap().clone()
            } else {
                next.remove(0)
            }
        };
        state.received.lock().unwrap().push(received);
        state.came.notify_waiters();
        let goes_on = behave(stream.get_mut(), behaviour, state).await;
        state.under_way.fetch_sub(1, Ordering::Relaxed);
        if !goes_on {
            return;
        }
    }
}

/// A request, head and body. None: the other side is gone.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received {
        method,
        path,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// True: the connection may be used again.
async fn behave(stream: &mut TcpStream, behaviour: Behaviour, state: &State) -> bool {
    match behaviour {
        Behaviour::Status(status) => answer(stream, status, &[], "").await,
        Behaviour::Answer(status, headers, body) => answer(stream, status, &headers, &body).await,
        Behaviour::Slow(pause) => {
            tokio::time::sleep(pause).await;
            answer(stream, 200, &[], "").await
        }
        Behaviour::Silence => {
            // Until the other side hangs up.
            let _ = stream.read_u8().await;
            false
        }
        Behaviour::Reset => {
            let _ = stream.set_zero_linger();
            false
        }
        Behaviour::EndlessBody => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n";
            pour(stream, head, &[b'x'; 16 * 1024], Duration::ZERO, state).await
        }
        Behaviour::Dripping => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
            pour(stream, head, b"x", Duration::from_secs(1), state).await
        }
        Behaviour::EndlessHeaders => {
            let line = format!("x-filler: {}\r\n", "x".repeat(1000));
            pour(
                stream,
                "HTTP/1.1 200 OK\r\n",
                line.as_bytes(),
                Duration::ZERO,
                state,
            )
            .await
        }
        Behaviour::GzipBomb => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10737418240\r\n\r\n";
            pour(
                stream,
                head,
                &GZIP_OF_ZEROS.repeat(64),
                Duration::ZERO,
                state,
            )
            .await
        }
    }
}

/// A file of gzip that holds 1,000 zeros; any number of them in a row are a file.
const GZIP_OF_ZEROS: [u8; 29] = [
    0x1f, 0x8b, 0x8, 0, 0, 0, 0, 0, 2, 3, 0x63, 0x60, 0x18, 0x5, 0xa3, 0x60, 0x14, 0xc, 0x77, 0, 0,
    0x80, 0x17, 0xb, 0x6, 0xe8, 3, 0, 0,
];

async fn answer(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> bool {
    let mut text = format!(
        "HTTP/1.1 {status} Some\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text = format!("{text}{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    stream.write_all(text.as_bytes()).await.is_ok()
}

/// The head, then the same again and again, until the other side hangs up.
async fn pour(
    stream: &mut TcpStream,
    head: &str,
    again: &[u8],
    pause: Duration,
    state: &State,
) -> bool {
    if stream.write_all(head.as_bytes()).await.is_err() {
        return false;
    }
    while stream.write_all(again).await.is_ok() {
        state.written.fetch_add(again.len(), Ordering::Relaxed);
        tokio::time::sleep(pause).await;
    }
    false
}
