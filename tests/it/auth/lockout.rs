use futures_util::future::join_all;

use super::{anonymous, basic, log_in, send};
use crate::support::TestApp;
use crate::support::call::Reply;
use crate::support::people::password_of;

async fn guess_wrong(app: &TestApp, login: &str) {
    log_in(app, login, "wrong").await.is_unauthorized();
}

async fn log_in_right(app: &TestApp, login: &str) -> Reply {
    log_in(app, login, &password_of(login)).await
}

/// A login through the proxy on loopback, which says who the client is.
async fn log_in_from(app: &TestApp, forwarded_for: &str, password: &str) -> Reply {
    basic(app, "alice", password)
        .header("x-forwarded-for", forwarded_for)
        .await
}

fn trust_loopback(settings: &mut ferrodesk::settings::Settings) {
    settings.trusted_proxies = vec!["127.0.0.0/8".into()];
}

#[tokio::test]
async fn three_wrong_passwords_block_the_address_for_five_minutes() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    log_in_right(&app, "alice").await.is_ok();
    for _ in 0..3 {
        guess_wrong(&app, "alice").await;
    }
    let hashed = app.state.callers.hashed_passwords();
    // The right password, known a moment ago, is not even looked at.
    let reply = log_in_right(&app, "alice").await.has_status(429);
    let seconds: u32 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((295..=300).contains(&seconds), "{seconds}");
    assert_eq!(
        reply.text(),
        format!("Too many failed logins from your IP address. Try again in {seconds} seconds.")
    );
    assert!(!reply.headers.contains_key("www-authenticate"));
    log_in(&app, "nobody", "x").await.has_status(429);
    assert_eq!(app.state.callers.hashed_passwords(), hashed);
    app.sql("update login_streaks set blocked_until = now() + interval '0.5 seconds'")
        .await;
    let reply = log_in_right(&app, "alice").await.has_status(429);
    assert_eq!(reply.headers["retry-after"], "1");
    app.sql("update login_streaks set blocked_until = now()")
        .await;
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn attempts_while_blocked_do_not_make_the_block_longer() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    for _ in 0..3 {
        guess_wrong(&app, "alice").await;
    }
    app.sql("update login_streaks set blocked_until = now() + interval '10 seconds'")
        .await;
    for _ in 0..5 {
        log_in(&app, "alice", "wrong").await.has_status(429);
    }
    let longest =
        "select count(*) from login_streaks where blocked_until > now() + interval '10 seconds'";
    assert_eq!(app.count(longest).await, 0);
    // Afterwards a new streak begins.
    app.sql("update login_streaks set blocked_until = now()")
        .await;
    guess_wrong(&app, "alice").await;
    guess_wrong(&app, "alice").await;
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn a_right_password_ends_the_streak() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    // The second time the password is known already.
    for _ in 0..2 {
        guess_wrong(&app, "alice").await;
        guess_wrong(&app, "ALICE@desk.test").await;
        log_in_right(&app, "alice").await.is_ok();
        assert_eq!(app.count("select count(*) from login_streaks").await, 0);
    }
    guess_wrong(&app, "alice").await;
    guess_wrong(&app, "alice").await;
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn ones_own_password_does_not_end_a_streak_of_guesses_at_another() {
    let app = TestApp::start().await;
    app.customer("victim").await;
    app.customer("mallory").await;
    guess_wrong(&app, "victim").await;
    guess_wrong(&app, "victim").await;
    for _ in 0..5 {
        log_in_right(&app, "mallory").await.is_ok();
    }
    guess_wrong(&app, "victim").await;
    log_in_right(&app, "mallory").await.has_status(429);
}

#[tokio::test]
async fn a_mistyped_name_counts_as_another() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    guess_wrong(&app, "alcie").await;
    guess_wrong(&app, "alice").await;
    log_in_right(&app, "alice").await.is_ok();
    guess_wrong(&app, "alice").await;
    log_in_right(&app, "alice").await.has_status(429);
}

#[tokio::test]
async fn a_streak_without_failures_for_fifteen_minutes_is_over() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    guess_wrong(&app, "alice").await;
    guess_wrong(&app, "nobody").await;
    app.sql("update login_streaks set last_failure_at = now() - interval '15 minutes 1 second'")
        .await;
    guess_wrong(&app, "alice").await;
    guess_wrong(&app, "nobody").await;
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_worth_three() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let replies = join_all((0..100).map(|_| log_in(&app, "alice", "wrong"))).await;
    let refused = replies.iter().filter(|reply| reply.status == 429).count();
    let wrong = replies.iter().filter(|reply| reply.status == 401).count();
    assert_eq!((wrong, refused), (3, 97));
    assert_eq!(app.state.callers.hashed_passwords(), 3);
}

#[tokio::test]
async fn what_is_no_guess_does_not_count() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    for _ in 0..5 {
        anonymous(&app).await.is_unauthorized();
        send(&app, "Basic ???").await.is_unauthorized();
        send(&app, "Bearer nonsense").await.is_unauthorized();
    }
    assert_eq!(app.count("select count(*) from login_streaks").await, 0);
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn a_header_of_a_stranger_neither_evades_the_block_nor_moves_it() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    for number in 1..=3 {
        log_in_from(&app, &format!("192.0.2.{number}"), "wrong")
            .await
            .is_unauthorized();
    }
    log_in_from(&app, "192.0.2.9", &password_of("alice"))
        .await
        .has_status(429);
    assert_eq!(
        app.count("select count(*) from login_streaks where client_key = '127.0.0.1'")
            .await,
        1
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_rightmost_stranger_is_the_client() {
    let app = TestApp::start_with(trust_loopback).await;
    app.customer("alice").await;
    let right = password_of("alice");
    for evil in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        log_in_from(&app, &format!("{evil}, 198.51.100.7"), "wrong")
            .await
            .is_unauthorized();
    }
    log_in_from(&app, "203.0.113.4, 198.51.100.7", &right)
        .await
        .has_status(429);
    log_in_from(&app, "198.51.100.7, 203.0.113.1", &right)
        .await
        .is_ok();
    log_in_right(&app, "alice").await.is_ok();
}

#[tokio::test]
async fn a_host_does_not_evade_the_block_within_its_network() {
    let app = TestApp::start_with(trust_loopback).await;
    app.customer("alice").await;
    let right = password_of("alice");
    for host in [
        "2001:db8::1",
        "2001:db8::ffff:1",
        "[2001:db8:0:0:5::9]:4711",
    ] {
        log_in_from(&app, host, "wrong").await.is_unauthorized();
    }
    log_in_from(&app, "2001:db8::77", &right)
        .await
        .has_status(429);
    log_in_from(&app, "2001:db8:0:1::1", &right).await.is_ok();
    // IPv4 clients of one IPv6 socket are no network.
    for _ in 0..3 {
        log_in_from(&app, "::ffff:192.0.2.1", "wrong")
            .await
            .is_unauthorized();
    }
    log_in_from(&app, "192.0.2.1", &right).await.has_status(429);
    log_in_from(&app, "::ffff:192.0.2.2", &right).await.is_ok();
}

#[tokio::test]
async fn a_token_works_while_its_address_is_blocked() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let token = log_in_right(&app, "alice").await.is_ok().text();
    for _ in 0..3 {
        guess_wrong(&app, "alice").await;
    }
    log_in_right(&app, "alice").await.has_status(429);
    send(&app, &format!("Bearer {token}")).await.is_ok();
}

#[tokio::test]
async fn the_block_holds_after_a_restart_and_on_every_server() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let second = app.another_server(|_| {}).await;
    log_in_right(&second, "alice").await.is_ok();
    guess_wrong(&app, "alice").await;
    guess_wrong(&second, "alice").await;
    guess_wrong(&app, "alice").await;
    log_in_right(&second, "alice").await.has_status(429);
    drop(app);
    let restarted = second.another_server(|_| {}).await;
    log_in_right(&restarted, "alice").await.has_status(429);
}

#[tokio::test]
async fn guesses_at_two_servers_at_once_are_worth_three() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let second = app.another_server(|_| {}).await;
    let guesses = (0..20).map(|number| {
        let server = if number % 2 == 0 { &app } else { &second };
        log_in(server, "alice", "wrong")
    });
    let replies = join_all(guesses).await;
    let wrong = replies.iter().filter(|reply| reply.status == 401).count();
    assert_eq!(wrong, 3);
    let hashed = app.state.callers.hashed_passwords() + second.state.callers.hashed_passwords();
    assert_eq!(hashed, 3);
}

#[tokio::test]
async fn streaks_that_are_over_are_removed() {
    let app = TestApp::start().await;
    app.sql(
        "insert into login_streaks (client_key, failures, last_failure_at, blocked_until)
         select 'old ' || n, 1, now() - interval '16 minutes', null from generate_series(1, 30) n
         union all values ('blocked', 0::smallint, now() - interval '16 minutes', now() + interval '1 minute')",
    )
    .await;
    guess_wrong(&app, "nobody").await;
    assert_eq!(app.count("select count(*) from login_streaks").await, 2);
}
