//! The real binary and clients that do not finish what they say.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::database::TestDatabase;
use crate::support::program::{Server, program_on};

#[tokio::test]
async fn a_half_sent_head_is_cut_after_5_seconds() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut program_on(&database, folder.path())).await;
    let begun = Instant::now();
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let half = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    stream.write_all(half).await.unwrap();
    let mut rest = Vec::new();
    let end = timeout(Duration::from_secs(8), stream.read_to_end(&mut rest));
    end.await.expect("cut within 8 seconds").unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert!(seconds >= 4.9, "{seconds}");
    assert_eq!(server.stop(Signal::SIGTERM).await, Some(0));
}
