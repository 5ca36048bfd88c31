//! Where names lead.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferrodesk::domain::outbound_address::Refusal;
use ferrodesk::outbound::{Addresses, Failure, Lookup};

use super::{client, client_with, post};
use crate::support::hook_sink::HookSink;

/// Nobody has this address, and none like it was ever given out.
const NOBODY: &str = "3000::1";

/// A name server that answers one look-up after the other; the last answer stays. None: no such name.
#[derive(Debug)]
struct NameServer {
    answers: Mutex<VecDeque<Option<Vec<IpAddr>>>>,
    asked: AtomicUsize,
}

fn name_server(answers: &[&[&str]]) -> Arc<NameServer> {
    let answers = answers.iter().map(|addresses| {
        let addresses: Vec<IpAddr> = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        (!addresses.is_empty()).then_some(addresses)
    });
    Arc::new(NameServer {
        answers: Mutex::new(answers.collect()),
        asked: AtomicUsize::new(0),
    })
}

impl Lookup for NameServer {
    fn addresses(&self, _: String) -> Addresses {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

const INTERNAL: Failure = Failure::Refused(Refusal::Internal);

#[tokio::test]
async fn a_name_that_leads_inside_is_never_connected_to() {
    let canary = HookSink::start().await;
    let url = format!("http://rebinding.example:{}/", canary.address.port());
    for addresses in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["169.254.169.254"],
        &["10.0.0.1"],
        // Public over IPv4, this machine over IPv6, and the other way round.
        &["8.8.8.8", "::1"],
        &[NOBODY, "127.0.0.1"],
    ] {
        let names = name_server(&[addresses]);
        let client = client_with(names.clone(), &[]);
        assert_eq!(post(&client, &url).await, Err(INTERNAL), "{addresses:?}");
        assert_eq!(
            names.asked.load(Ordering::Relaxed),
            1,
            "it is looked up once"
        );
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_that_moves_inside_is_caught_at_the_next_call() {
    let canary = HookSink::start().await;
    let url = format!("http://rebinding.example:{}/", canary.address.port());
    let names = name_server(&[&[NOBODY], &["127.0.0.1"], &[NOBODY], &[], &["127.0.0.1"]]);
    let client = client_with(names.clone(), &[]);
    let outside = [Err(Failure::Unreachable), Err(Failure::TimedOut)];
    // What was looked up is what is connected to: no second look-up leads elsewhere.
    assert!(outside.contains(&post(&client, &url).await));
    assert_eq!(post(&client, &url).await, Err(INTERNAL));
    assert!(outside.contains(&post(&client, &url).await));
    assert_eq!(
        post(&client, &url).await,
        Err(Failure::Unreachable),
        "no such name"
    );
    assert_eq!(post(&client, &url).await, Err(INTERNAL));
    assert_eq!(
        (names.asked.load(Ordering::Relaxed), canary.connections()),
        (5, 0)
    );
}

#[tokio::test]
async fn an_address_in_the_place_of_a_name_is_refused_as_well() {
    let canary = HookSink::start().await;
    let client = client(&[]);
    let port = canary.address.port();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "localhost",
    ] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(post(&client, &url).await, Err(INTERNAL), "{host}");
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn an_opened_host_is_reached_at_its_port_and_no_other_one() {
    let (opened, canary) = (HookSink::start().await, HookSink::start().await);
    let client = client(&[opened.allowed()]);
    assert_eq!(post(&client, &opened.url("/")).await.unwrap().status, 200);
    assert_eq!(post(&client, &canary.url("/")).await, Err(INTERNAL));

    let names = name_server(&[&["127.0.0.1"]]);
    let client = client_with(
        names,
        &[format!("hooks.internal:{}", opened.address.port())],
    );
    let at = |port: u16| format!("http://hooks.internal:{port}/");
    assert_eq!(
        post(&client, &at(opened.address.port()))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        post(&client, &at(canary.address.port())).await,
        Err(INTERNAL)
    );
    assert_eq!(canary.connections(), 0);
}
