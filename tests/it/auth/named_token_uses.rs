//! When and where a named token was used.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use ferrodesk::domain::ids::TokenId;
use ferrodesk::domain::users::tokens::{self, Scope, TokenUse};
use ferrodesk::settings::Settings;
use serde_json::{Value, json};

use super::{draft, holder, named};
use crate::support::TestApp;

fn trust_loopback(settings: &mut Settings) {
    settings.trusted_proxies = vec!["127.0.0.0/8".into()];
}

/// A call with the token through the proxy on loopback.
async fn call_from(app: &TestApp, token: &str, address: &str) {
    let call = holder(app, token).get("Authorization");
    call.header("x-forwarded-for", address).await.is_ok();
}

/// Wait until the last use that is written is one from this address: it is written off the request's path.
async fn written(app: &TestApp, address: &str) -> DateTime<Utc> {
    let mut connection = app.database.connect().await;
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        let last: (Option<DateTime<Utc>>, Option<String>) =
            sqlx::query_as("select last_used_at, last_used_from from api_tokens")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        if last.1.as_deref() == Some(address) {
            return last.0.unwrap();
        }
        tokio::task::yield_now().await;
    }
    panic!("a use from {address} was never written")
}

/// Addresses that were new, in order.
async fn noticed(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "select ip_address from audit_log where action = 'token.used_from_new_address' order by id",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    let by_token = holder(&app, &token);
    by_token.get("Authorization").await.is_ok();
    let first = written(&app, "127.0.0.1").await;
    app.sql(
        "create sequence writes; create function count_write() returns trigger language plpgsql as
        $$ begin perform nextval('writes'); return new; end $$;
        create trigger count_write after update on api_tokens for each row execute function count_write();
        update api_tokens set last_used_from = null",
    )
    .await;
    for _ in 0..20 {
        by_token.get("Authorization").await.is_ok();
    }
    app.clock.advance(TimeDelta::seconds(59));
    by_token.get("Authorization").await.is_ok();
    app.clock.advance(TimeDelta::seconds(2));
    for _ in 0..20 {
        by_token.get("Authorization").await.is_ok();
    }
    let second = written(&app, "127.0.0.1").await;
    assert!(second - first >= TimeDelta::seconds(60));
    // That of the test itself, and one use.
    assert_eq!(app.count("select last_value from writes").await, 2);
}

#[tokio::test]
async fn the_first_use_from_an_address_is_audited_and_later_ones_are_not() {
    let app = TestApp::start_with(trust_loopback).await;
    let alice = app.customer("alice").await;
    let (id, token) = named(&alice, draft(Scope::Full)).await;
    let addresses = [
        // Three networks, the first two of one host each time it comes by.
        ("198.51.100.7", true),
        ("2001:db8::1", true),
        ("198.51.100.7", false),
        ("2001:db8::ffff:1", false),
        ("2001:db8:0:1::1", true),
        ("198.51.100.8", true),
    ];
    let mut expected = vec![];
    for (address, is_new) in addresses {
        // Each of them is due to be written.
        app.clock.advance(TimeDelta::minutes(2));
        call_from(&app, &token, address).await;
        written(&app, address).await;
        expected.extend(is_new.then(|| address.to_owned()));
        assert_eq!(noticed(&app).await, expected);
    }
    // Another server, or this one after a restart, knows what is written.
    let restarted = app
        .another_server(|fresh| {
            trust_loopback(fresh);
            fresh.instance_key = Some(key_of(&app));
        })
        .await;
    restarted.clock.advance(TimeDelta::minutes(30));
    call_from(&restarted, &token, "2001:db8::2").await;
    written(&app, "2001:db8::2").await;
    assert_eq!(noticed(&app).await, expected);
    let row: (i32, String, i32, Option<Value>, Value) = sqlx::query_as(
        "select actor_user_id, object_type, object_id, before, after from audit_log where ip_address = '2001:db8:0:1::1'",
    )
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    let after = json!({ "address": "2001:db8:0:1::/64" });
    assert_eq!(row, (alice.id.0, "token".into(), id.0, None, after));
}

fn key_of(app: &TestApp) -> String {
    let path = app.folder.path().join("instance-key");
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

/// An address that comes while the last use was written a moment ago is not lost.
#[tokio::test]
async fn a_new_address_is_noticed_whenever_it_comes() {
    let app = TestApp::start_with(trust_loopback).await;
    let alice = app.customer("alice").await;
    let (_, token) = named(&alice, draft(Scope::Read)).await;
    for address in ["198.51.100.7", "203.0.113.9"] {
        call_from(&app, &token, address).await;
    }
    for _ in 0..500 {
        if noticed(&app).await.len() == 2 {
            return;
        }
    }
    panic!("{:?}", noticed(&app).await);
}

/// What a batch writes of a token at these addresses.
async fn record(app: &TestApp, uses: &[TokenUse]) {
    let mut tx = app.state.db.begin().await.unwrap();
    tokens::record_uses(&mut tx, uses).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_hundred_addresses_of_a_token_are_remembered() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (token, _) = named(&alice, draft(Scope::Full)).await;
    let now = app.clock.now();
    let a_use = |token: TokenId, number: i64| TokenUse {
        token,
        user: alice.id,
        at: now + TimeDelta::seconds(number),
        ip_address: format!("198.51.100.{number}"),
        client_key: format!("198.51.100.{number}"),
    };
    let uses: Vec<TokenUse> = (0..150).map(|number| a_use(token, number)).collect();
    record(&app, &uses).await;
    assert_eq!(noticed(&app).await.len(), 150);
    let kept = "select count(*) from token_addresses";
    assert_eq!(app.count(kept).await, 100);
    // The latest are, and the same batch twice is nothing new.
    record(&app, &uses[50..]).await;
    assert_eq!(noticed(&app).await.len(), 150);
    // A token that is gone meanwhile is in nobody's way.
    record(&app, &[a_use(TokenId(999), 1), a_use(token, 200)]).await;
    assert_eq!(noticed(&app).await.len(), 151);
    let last = written(&app, "198.51.100.200").await;
    assert_eq!(last.timestamp(), now.timestamp() + 200);
}
