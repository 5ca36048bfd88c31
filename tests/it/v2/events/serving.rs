//! Streams among other requests: how many there may be, slow readers, the end of the server.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::{is_problem, makes_a_mark};
use crate::support::TestApp;
use crate::support::people::password_of;

#[tokio::test]
async fn a_user_has_twenty_streams_and_they_take_no_connections_to_the_database() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let mut streams = vec![];
    for _ in 0..20 {
        streams.push(ann.listens("").await);
        streams.push(bob.listens("").await);
    }
    let refused = ann.v2("GET", "events").await;
    is_problem(&refused, 429, "too_many_requests", None);
    assert_eq!(refused.headers["retry-after"], "30");
    // Ten times the connections of the test's pools listen, and calls are answered.
    let mark = makes_a_mark(&ann, 1).await;
    app.run_jobs().await;
    for stream in streams.iter_mut().step_by(2) {
        assert_eq!(stream.until_created(mark).await, []);
    }
    streams.clear();
    let again = async {
        while ann.listening_status().await != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .expect("the places are free again");
}

#[tokio::test]
async fn half_of_the_connections_may_listen() {
    let app = TestApp::start_with(|settings| settings.limits.connections = 8).await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let mut streams = vec![];
    for _ in 0..2 {
        streams.push(ann.listens("").await);
        streams.push(bob.listens("").await);
    }
    let refused = ann.v2("GET", "events").await;
    is_problem(&refused, 429, "too_many_requests", None);
    bob.get("Authorization").await.is_ok();
}

#[tokio::test]
async fn streams_end_in_good_order_when_the_server_stops() {
    let app = TestApp::start().await;
    let other = app.another_server(|_| {}).await;
    let ann = app.customer("ann").await;
    let elsewhere = other.person("ann").await;
    let (mut stays, ends) = (ann.listens("").await, elsewhere.listens("").await);
    let (draining, began) = (other.state.draining.clone(), std::time::Instant::now());
    drop(other);
    draining.cancelled().await;
    ends.ends().await;
    assert!(began.elapsed() < Duration::from_secs(10));
    let mark = makes_a_mark(&ann, 1).await;
    app.run_jobs().await;
    assert_eq!(stays.until_created(mark).await, []);
}

#[tokio::test]
async fn a_burst_costs_nobody_his_stream_and_a_slow_reader_hears_it_at_his_own_pace() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.run_jobs().await;
    let head = app.count("select last_position from outbox_relay").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(app.address).await.unwrap();
    let login = BASE64_STANDARD.encode(format!("admin:{}", password_of("admin")));
    let request = format!(
        "GET /api/v2/events HTTP/1.1\r\nHost: desk\r\nAuthorization: Basic {login}\r\n\r\n"
    );
    slow.write_all(request.as_bytes()).await.unwrap();
    let mut begun = [0; 4096];
    let mut text = String::new();
    while !text.contains(": connected") {
        let read = slow.read(&mut begun).await.unwrap();
        text.push_str(std::str::from_utf8(&begun[..read]).unwrap());
    }
    let mut brisk = admin.listens("").await;
    // About eight megabytes: more than the system keeps for him.
    app.sql(
        "insert into outbox (event, actor_user_id, payload, created_at)
        select 'user.updated', 1, '{\"userId\": 1}', now() from generate_series(1, 40000)",
    )
    .await;
    let all = head + 40_000;
    let reading = async {
        for position in head + 1..=all {
            let told = brisk.next().await.unwrap();
            assert_eq!(told.data["position"], position);
        }
    };
    tokio::join!(app.run_jobs(), reading);
    let mut rest = text.into_bytes();
    tokio::time::timeout(Duration::from_mins(1), async {
        let end = format!("\"position\":{all},");
        let mut space = vec![0; 64 * 1024];
        loop {
            let tail = rest.len().saturating_sub(2 * space.len());
            if String::from_utf8_lossy(&rest[tail..]).contains(&end) {
                return;
            }
            let read = slow.read(&mut space).await.unwrap();
            assert!(read > 0, "the stream broke off");
            rest.extend_from_slice(&space[..read]);
        }
    })
    .await
    .expect("the slow reader was not told everything");
    let text = String::from_utf8(rest).unwrap();
    // Chunks begin anew in the middle of a line now and then; what is whole is in order and twice nowhere.
    let positions: Vec<i64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: {\"position\":"))
        .filter_map(|line| line.split(',').next()?.parse().ok())
        .collect();
    assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(positions.len() > 39_000, "{}", positions.len());
}
