//! Webhooks, from the change to the receiver.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use ring::hmac;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::hook_sink::{Behaviour, HookSink, Received};
use crate::support::people::Person;

async fn start() -> (TestApp, HookSink) {
    let sink = HookSink::start().await;
    let allowed = sink.allowed();
    let app = TestApp::start_with(|settings| settings.outbound_allow = vec![allowed]).await;
    (app, sink)
}

/// A webhook on all events of tickets; its number and its secret.
async fn hook(admin: &Person<'_>, sink: &HookSink, path: &str) -> (i64, Vec<u8>) {
    let draft = json!({"name": path, "url": sink.url(path), "events": ["ticket.*"]});
    let id = admin.makes("webhooks", draft).await;
    let secret = rotate(admin, id).await;
    (id, secret)
}

async fn rotate(admin: &Person<'_>, id: i64) -> Vec<u8> {
    let path = format!("webhooks/{id}/rotate_secret");
    let made = admin.v2("POST", &path).await.is_ok().json();
    let secret = made["secret"].as_str().unwrap();
    BASE64_STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap()
}

/// The standard's own check: any of the signatures.
fn is_signed(received: &Received, secret: &[u8]) -> bool {
    let signed = format!(
        "{}.{}.{}",
        received.header("webhook-id"),
        received.header("webhook-timestamp"),
        received.body
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    received.header("webhook-signature").split(' ').any(|it| {
        let tag = BASE64_STANDARD.decode(it.strip_prefix("v1,").unwrap());
        hmac::verify(&key, signed.as_bytes(), &tag.unwrap()).is_ok()
    })
}

fn types(received: &[Received]) -> Vec<String> {
    let types = received.iter().map(|it| it.json()["type"].clone());
    types.map(|it| it.as_str().unwrap().to_owned()).collect()
}

async fn states(admin: &Person<'_>) -> Vec<String> {
    let page = admin.v2("GET", "webhook_deliveries?limit=200").await;
    let page = page.is_ok().json();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|it| it["state"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_receiver_is_told_of_each_step_in_order_and_can_check_who_tells() {
    let (app, sink) = start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let tess = app.technician("tess", &[1]).await;
    let (_, secret) = hook(&admin, &sink, "/hook").await;
    let ticket = ann.creates_a_ticket().await;
    let say = tess.post("Comment").param("id", ticket);
    say.param("body", "A <b>secret</b> word").await.is_ok();
    let note = tess.post("Comment").param("id", ticket);
    let note = note.param("forTechsOnly", true).param("body", "Hm");
    note.await.is_ok();
    admin.post("Close").param("id", ticket).await.is_done();
    app.run_jobs().await;
    let received = sink.take();
    let told = types(&received);
    let wanted = ["ticket.created", "ticket.commented", "ticket.closed"];
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let told: Vec<&str> = told.into_iter().filter(|it| wanted.contains(it)).collect();
    assert_eq!(told, wanted);
    for one in &received {
        assert_eq!(one.method, "POST");
        assert_eq!(one.header("content-type"), "application/json");
        assert!(is_signed(one, &secret));
        assert!(!is_signed(one, b"another secret"));
        assert!(!one.body.contains("secret"), "{}", one.body);
        assert_eq!(one.json()["data"]["ticket_id"], ticket);
    }
    assert!(
        states(&admin)
            .await
            .iter()
            .all(|state| state == "delivered")
    );
}

#[tokio::test]
async fn notes_for_technicians_go_to_those_who_may_have_them() {
    let (app, sink) = start().await;
    let admin = app.admin().await;
    let tess = app.technician("tess", &[1]).await;
    let draft = json!({"name": "n", "url": sink.url("/notes"), "events": ["ticket.commented"], "include_notes": true});
    admin.makes("webhooks", draft).await;
    hook(&admin, &sink, "/plain").await;
    let ticket = admin.creates_a_ticket().await;
    let note = tess.post("Comment").param("id", ticket);
    let note = note.param("forTechsOnly", true).param("body", "Hm");
    note.await.is_ok();
    app.run_jobs().await;
    let commented: Vec<Received> = sink
        .take()
        .into_iter()
        .filter(|it| it.json()["type"] == "ticket.commented")
        .collect();
    assert_eq!(commented.len(), 1);
    assert_eq!(commented[0].path, "/notes");
    assert_eq!(commented[0].json()["data"]["techs_only"], true);
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_identifier_and_others_wait_for_it() {
    let (app, sink) = start().await;
    let admin = app.admin().await;
    hook(&admin, &sink, "/hook").await;
    sink.next([Behaviour::Status(500)]);
    let ticket = admin.creates_a_ticket().await;
    admin.post("Close").param("id", ticket).await.is_done();
    app.run_jobs().await;
    let first = sink.take();
    assert_eq!(first.len(), 1, "the later ones wait");
    app.clock.advance(TimeDelta::seconds(10));
    app.run_jobs().await;
    let again = sink.take();
    assert_eq!(again[0].header("webhook-id"), first[0].header("webhook-id"));
    assert_eq!(types(&again)[0], "ticket.created");
    assert!(types(&again).contains(&"ticket.closed".to_owned()));
    assert!(
        states(&admin)
            .await
            .iter()
            .all(|state| state == "delivered")
    );
}

#[tokio::test]
async fn a_dead_receiver_is_left_alone_delays_nobody_and_gets_everything_when_it_is_back() {
    let (app, sink) = start().await;
    let dead = HookSink::start().await;
    let admin = app.admin().await;
    let (id, _) = hook(&admin, &sink, "/dead").await;
    hook(&admin, &sink, "/alive").await;
    sink.usually(Behaviour::Status(500));
    for _ in 0..8 {
        admin.creates_a_ticket().await;
    }
    app.run_jobs().await;
    drop(dead);
    let failing = "select count(*) from webhooks where failures >= 5";
    assert_eq!(app.count(failing).await, 2);
    let tried = sink.take().len();
    for _ in 0..8 {
        admin.creates_a_ticket().await;
    }
    app.run_jobs().await;
    assert_eq!(sink.take().len(), 0, "left alone after {tried} tries");
    // Parked: no job of theirs is left but the probes.
    let jobs = "select count(*) from graphile_worker._private_jobs jobs
        join graphile_worker._private_tasks tasks on tasks.id = jobs.task_id
        where tasks.identifier = 'deliver' and jobs.run_at <= now()";
    assert_eq!(app.count(jobs).await, 0);
    sink.usually(Behaviour::Status(200));
    app.clock.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    app.clock.advance(TimeDelta::hours(6));
    app.run_jobs().await;
    let states = states(&admin).await;
    assert!(
        states.iter().all(|state| state == "delivered"),
        "{states:?}"
    );
    let of_first = sink.received();
    let of_first: Vec<&Received> = of_first.iter().filter(|it| it.path == "/dead").collect();
    assert!(of_first.len() >= 16, "{}: {}", id, of_first.len());
    assert_eq!(app.count(failing).await, 0);
}

#[tokio::test]
async fn after_three_days_a_delivery_is_given_up_and_can_be_replayed() {
    let (app, sink) = start().await;
    let admin = app.admin().await;
    hook(&admin, &sink, "/hook").await;
    sink.usually(Behaviour::Status(503));
    admin.creates_a_ticket().await;
    for _ in 0..20 {
        app.run_jobs().await;
        app.clock.advance(TimeDelta::hours(6));
    }
    assert_eq!(states(&admin).await, ["failed"]);
    let identifier = sink.take()[0].header("webhook-id").to_owned();
    sink.usually(Behaviour::Status(204));
    let page = admin.v2("GET", "webhook_deliveries").await.is_ok().json();
    let path = format!("webhook_deliveries/{}/replay", page["items"][0]["id"]);
    admin.v2("POST", &path).await.has_status(204);
    // It was left alone: it is tried at once all the same, by the probe.
    app.clock.advance(TimeDelta::hours(6));
    app.run_jobs().await;
    assert_eq!(states(&admin).await, ["delivered"]);
    assert_eq!(sink.take()[0].header("webhook-id"), identifier);
}

#[tokio::test]
async fn the_secret_of_before_signs_as_well_for_a_day() {
    let (app, sink) = start().await;
    let admin = app.admin().await;
    let (id, old) = hook(&admin, &sink, "/hook").await;
    let new = rotate(&admin, id).await;
    admin.creates_a_ticket().await;
    app.run_jobs().await;
    let received = sink.take();
    assert!(is_signed(&received[0], &old) && is_signed(&received[0], &new));
    app.clock.advance(TimeDelta::hours(25));
    admin.creates_a_ticket().await;
    app.run_jobs().await;
    let received = sink.take();
    assert!(!is_signed(&received[0], &old) && is_signed(&received[0], &new));
    let secret = BASE64_STANDARD.encode(&new);
    for path in ["webhooks", "audit_log", "webhook_deliveries"] {
        let shown = admin.v2("GET", path).await.is_ok().text();
        assert!(!shown.contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn a_trial_says_what_the_receiver_answered_and_redirects_are_not_followed() {
    let (app, sink) = start().await;
    let admin = app.admin().await;
    let (id, secret) = hook(&admin, &sink, "/hook").await;
    let path = format!("webhooks/{id}/test");
    let said = admin.v2("POST", &path).await.is_ok().json();
    assert_eq!(
        (&said["delivered"], &said["response_status"]),
        (&json!(true), &json!(200))
    );
    let received = sink.take();
    assert_eq!(types(&received), ["test"]);
    assert!(is_signed(&received[0], &secret));
    let elsewhere = vec![("location", sink.url("/elsewhere"))];
    sink.next([Behaviour::Answer(302, elsewhere, String::new())]);
    let said = admin.v2("POST", &path).await.is_ok().json();
    assert_eq!(
        (&said["delivered"], &said["response_status"]),
        (&json!(false), &json!(302))
    );
    assert_eq!(sink.take().len(), 1);
}

#[tokio::test]
async fn addresses_of_ones_own_network_are_refused_when_they_are_saved() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for url in [
        "http://127.0.0.1/",
        "http://localhost:9/",
        "http://2130706433/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "ftp://x.example/",
        "nonsense",
    ] {
        let draft: Value = json!({"name": "x", "url": url, "events": ["*"]});
        let refused = admin.v2("POST", "webhooks").json(&draft).await;
        assert_eq!(refused.status, 400, "{url}");
        assert!(refused.text().contains("url"), "{}", refused.text());
    }
    let draft = json!({"name": "x", "url": "https://x.example/", "events": ["ticket.closd"]});
    let refused = admin.v2("POST", "webhooks").json(&draft).await;
    assert!(refused.has_status(400).text().contains("events[0]"));
}

#[tokio::test]
async fn a_rule_calls_an_address_with_masks_in_json() {
    let (app, sink) = start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let request = json!({"type": "http_request", "value": {
        "method": "PUT", "url": sink.url("/rule?id=#ticketId#"),
        "headers": [{"name": "X-Subject", "value": "#subject#"}],
        "body": "{\"subject\": \"#subject#\"}",
    }});
    let draft =
        json!({"name": "call", "trigger": {"type": "ticket_created"}, "actions": [request]});
    admin.makes("rules", draft).await;
    let made = ann.post("Ticket").param("categoryId", 1);
    let made = made.param("subject", "Say \"cheese\"");
    let made = made.param("body", "b").param("priorityId", 0);
    let ticket = made.await.is_ok().number();
    app.run_jobs().await;
    let received = sink.take();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].method, "PUT");
    assert_eq!(received[0].path, format!("/rule?id={ticket}"));
    assert_eq!(received[0].header("x-subject"), "Say \"cheese\"");
    assert_eq!(received[0].json()["subject"], "Say \"cheese\"");
}
