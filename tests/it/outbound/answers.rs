//! What receivers do to us.

use std::time::{Duration, Instant};

use ferrodesk::outbound::{Call, Failure};

use super::{client, post};
use crate::support::hook_sink::{Behaviour, HookSink};

#[tokio::test]
async fn an_answer_is_its_status_and_the_first_kilobyte() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed()]);
    let retry = vec![("retry-after", "7".to_owned())];
    sink.next([Behaviour::Answer(
        503,
        retry,
        format!("a\0b{}", "ü".repeat(2000)),
    )]);
    let answer = post(&client, &sink.url("/hook?a=1")).await.unwrap();
    assert_eq!(
        (answer.status, answer.retry_after.as_deref()),
        (503, Some("7"))
    );
    assert!(answer.body.starts_with("a\u{fffd}büü"), "{}", answer.body);
    assert!(answer.body.chars().count() < 600);

    let [request] = &sink.take()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/hook?a=1")
    );
    assert_eq!(request.json(), serde_json::json!({"hello": 1}));
    assert_eq!(request.header("x-own"), "1");
    assert_eq!(
        request.header("host"),
        sink.allowed(),
        "the host is that of the address"
    );
    assert_eq!(request.header("accept-encoding"), "");
    assert!(request.header("user-agent").starts_with("Ferrodesk/"));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed()]);
    for _ in 0..10 {
        post(&client, &sink.url("/")).await.unwrap();
    }
    assert_eq!((sink.count(), sink.connections()), (10, 1));
}

#[tokio::test]
async fn a_slow_receiver_is_waited_for_and_delays_nobody() {
    let (slow, quick) = (HookSink::start().await, HookSink::start().await);
    let client = client(&[slow.allowed(), quick.allowed()]);
    slow.usually(Behaviour::Slow(Duration::from_secs(1)));
    let slow_url = slow.url("/");
    let waiting = futures_util::future::join_all((0..5).map(|_| post(&client, &slow_url)));
    let others = async {
        slow.has_received(5).await;
        let begun = Instant::now();
        post(&client, &quick.url("/")).await.unwrap();
        begun.elapsed()
    };
    let (answers, took) = futures_util::join!(waiting, others);
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().status == 200)
    );
    assert_eq!(slow.most_under_way(), 5);
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (sink, canary) = (HookSink::start().await, HookSink::start().await);
    let client = client(&[sink.allowed(), canary.allowed()]);
    for status in [301, 302, 303, 307, 308] {
        for location in [canary.url("/"), format!("//{}", canary.allowed())] {
            sink.next([Behaviour::Answer(
                status,
                vec![("location", location)],
                String::new(),
            )]);
            let answer = post(&client, &sink.url("/")).await.unwrap();
            assert_eq!(answer.status, status);
        }
    }
    assert_eq!((sink.count(), canary.connections()), (10, 0));
}

#[tokio::test]
async fn an_endless_answer_is_read_to_its_first_64_kilobytes() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed()]);
    for behaviour in [Behaviour::EndlessBody, Behaviour::GzipBomb] {
        let (before, begun) = (sink.written(), Instant::now());
        sink.next([behaviour.clone()]);
        let answer = post(&client, &sink.url("/")).await.unwrap();
        assert_eq!(answer.status, 200);
        let begins = if matches!(behaviour, Behaviour::GzipBomb) {
            "\u{1f}\u{fffd}"
        } else {
            "xxx"
        };
        assert!(
            answer.body.starts_with(begins),
            "as it was sent, not unpacked"
        );
        assert!(answer.body.len() <= 3 * 1024, "{behaviour:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{behaviour:?}");
        // What lies in the buffers of both ends was written, but not read.
        assert!(sink.written() - before < 32 * 1024 * 1024, "{behaviour:?}");
    }
}

#[tokio::test]
async fn headers_without_end_are_no_answer() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed()]);
    sink.next([Behaviour::EndlessHeaders]);
    assert_eq!(post(&client, &sink.url("/")).await, Err(Failure::Broken));
}

#[tokio::test]
async fn a_receiver_has_ten_seconds_for_everything() {
    let (silent, dripping) = (HookSink::start().await, HookSink::start().await);
    let client = client(&[silent.allowed(), dripping.allowed()]);
    silent.usually(Behaviour::Silence);
    dripping.usually(Behaviour::Dripping);
    let begun = Instant::now();
    let (silent, dripping) = (silent.url("/"), dripping.url("/"));
    let (first, second) = futures_util::join!(post(&client, &silent), post(&client, &dripping));
    assert_eq!(
        (first, second),
        (Err(Failure::TimedOut), Err(Failure::TimedOut))
    );
    let took = begun.elapsed();
    assert!(
        (Duration::from_secs(9)..Duration::from_secs(13)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_connection_that_is_reset_or_refused_is_told_apart() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed(), "127.0.0.1:1".into()]);
    sink.usually(Behaviour::Reset);
    assert_eq!(post(&client, &sink.url("/")).await, Err(Failure::Broken));
    assert_eq!(
        post(&client, "http://127.0.0.1:1/").await,
        Err(Failure::Unreachable)
    );
}

#[tokio::test]
async fn what_http_cannot_send_is_not_sent() {
    let sink = HookSink::start().await;
    let client = client(&[sink.allowed()]);
    for (method, header) in [
        ("P OST", ("a", "b")),
        ("POST", ("a b", "c")),
        ("POST", ("a", "b\r\nc: d")),
    ] {
        let call = Call {
            method: method.into(),
            url: sink.url("/"),
            headers: vec![(header.0.into(), header.1.into())],
            body: String::new(),
        };
        assert_eq!(client.call(call).await, Err(Failure::Malformed));
    }
    assert_eq!(sink.connections(), 0);
}
