//! The accept loop, on real sockets.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::probe::raw;
use crate::support::TestApp;

const GET: &[u8] = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// Send `bytes`, then a byte each half second while `drip`; how long until the server closes.
async fn closed_after(app: &TestApp, bytes: &[u8], drip: bool) -> Duration {
    let began = Instant::now();
    let stream = TcpStream::connect(app.address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    writing.write_all(bytes).await.unwrap();
    let dripping = async {
        let mut beat = tokio::time::interval(Duration::from_millis(500));
        if drip {
            loop {
                beat.tick().await;
                if writing.write_all(b"x").await.is_err() {
                    break;
                }
            }
        }
        std::future::pending::<()>().await;
    };
    let mut rest = Vec::new();
    tokio::select! {
        _ = reading.read_to_end(&mut rest) => {}
        () = dripping => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => {}
    }
    began.elapsed()
}

#[tokio::test]
async fn a_connection_that_does_not_send_its_head_is_cut_after_5_seconds() {
    let app = TestApp::start().await;
    let half = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    // A further request on a connection that rests: its head has 5 seconds too.
    let second = [GET, half.as_slice()].concat();
    let waits = tokio::join!(
        closed_after(&app, b"", false),
        closed_after(&app, b"G", false),
        closed_after(&app, half, true),
        closed_after(&app, half, false),
        closed_after(&app, &second, true),
    );
    for wait in [waits.0, waits.1, waits.2, waits.3, waits.4] {
        let seconds = wait.as_secs_f64();
        assert!((4.9..7.5).contains(&seconds), "{waits:?}");
    }
}

#[tokio::test]
async fn a_connection_that_has_been_answered_may_rest() {
    let app = TestApp::start().await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let mut buffer = [0; 1024];
    stream.write_all(GET).await.unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let silence = tokio::time::timeout(Duration::from_secs(6), stream.read(&mut buffer)).await;
    assert!(silence.is_err(), "closed after an answer");
    stream.write_all(GET).await.unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
}

#[tokio::test]
async fn when_connections_are_scarce_a_resting_one_goes_after_5_seconds() {
    let app = TestApp::start_with(|settings| settings.limits.connections = 1).await;
    let wait = closed_after(&app, GET, false).await.as_secs_f64();
    assert!((4.9..7.5).contains(&wait), "{wait}");
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_their_turn() {
    let app = TestApp::start_with(|settings| settings.limits.connections = 2).await;
    let first = TcpStream::connect(app.address).await.unwrap();
    let _second = TcpStream::connect(app.address).await.unwrap();
    let mut third = TcpStream::connect(app.address).await.unwrap();
    third.write_all(GET).await.unwrap();
    let mut buffer = [0; 1024];
    let waiting = tokio::time::timeout(Duration::from_millis(300), third.read(&mut buffer)).await;
    assert!(waiting.is_err(), "served over the limit");
    drop(first);
    assert!(third.read(&mut buffer).await.unwrap() > 0);
}

#[tokio::test]
async fn a_head_over_64_kib_is_refused() {
    let app = TestApp::start().await;
    let fits = format!(
        "GET /livez?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "x".repeat(60_000)
    );
    assert_eq!(raw(app.address, fits.as_bytes()).await.0, 200);
    for (name, length) in [("X-Long", 70_000), ("X-Long", 1_000_000)] {
        let long = format!(
            "GET /livez HTTP/1.1\r\nHost: x\r\n{name}: {}\r\n\r\n",
            "x".repeat(length)
        );
        let (status, _) = raw(app.address, long.as_bytes()).await;
        assert!(matches!(status, 431 | 0), "{status}");
    }
    let many = format!(
        "GET /livez HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(200)
    );
    assert_eq!(raw(app.address, many.as_bytes()).await.0, 431);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000));
    assert!(matches!(
        raw(app.address, long.as_bytes()).await.0,
        414 | 431
    ));
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let app = TestApp::start().await;
    for header in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: +4",
        "Content-Length: 4, 5",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\n X: folded",
        "Content-Length : 4",
        "X\x0b: 1",
    ] {
        let request = format!(
            "POST /livez HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\nid=1GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let (status, text) = raw(app.address, request.as_bytes()).await;
        assert_eq!(status, 400, "{header}: {text}");
        assert!(!text.contains("alive"), "{header}: {text}");
    }
}

#[tokio::test]
async fn a_running_request_ends_before_the_server_does() {
    let app = TestApp::start().await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let login = "Authorization: Basic YWxpY2U6cGFzc3dvcmQtb2YtYWxpY2U=";
    let _alice = app.customer("alice").await;
    let head = format!(
        "POST /api/Authorization HTTP/1.1\r\nHost: x\r\n{login}\r\nContent-Length: 4\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Another connection has been answered meanwhile: the first one is under way.
    assert_eq!(
        raw(
            app.address,
            b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .await
        .0,
        200
    );
    let address = app.address;
    // The database outlives the server.
    let _database = std::sync::Arc::clone(&app.database);
    drop(app);
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), refused)
        .await
        .expect("the server stops listening");
    let _ = stream.write_all(b"id=1").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
}
