use chrono::TimeDelta;
use ferrodesk::domain::clock::Clock;
use ferrodesk::http::limits::{Budget, Rate, RateLimiter};
use futures_util::future::join_all;

use super::{anonymous, log_in, send};
use crate::support::TestApp;
use crate::support::people::password_of;

async fn limited() -> TestApp {
    TestApp::start_with(|settings| settings.disable_rate_limit = false).await
}

/// How many of `calls` calls at once are let through.
async fn let_through(app: &TestApp, token: &str, calls: usize) -> usize {
    let header = format!("Bearer {token}");
    let replies = join_all((0..calls).map(|_| send(app, &header))).await;
    for reply in &replies {
        assert!(
            [200, 429].contains(&reply.status.as_u16()),
            "{}",
            reply.text()
        );
    }
    replies.iter().filter(|reply| reply.status == 200).count()
}

async fn token_of(app: &TestApp, name: &str) -> String {
    let person = app.customer(name).await;
    let mut conn = app.state.db.read().await.unwrap();
    app.state
        .tokens
        .issue(&mut conn, person.id, app.clock.now())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_user_may_call_a_method_ninety_times_a_minute() {
    let app = limited().await;
    let token = token_of(&app, "alice").await;
    let header = format!("Bearer {token}");
    let first = send(&app, &header).await.is_ok();
    assert_eq!(
        first.headers["ratelimit-policy"],
        "\"user/token\";q=90;w=60"
    );
    assert_eq!(first.headers["ratelimit"], "\"user/token\";r=89;t=60");
    assert_eq!(first.headers["x-ratelimit-limit"], "90");
    assert_eq!(first.headers["x-ratelimit-remaining"], "89");
    assert_eq!(first.headers["x-ratelimit-reset"], "60");
    app.clock.advance(TimeDelta::seconds(20));
    assert_eq!(let_through(&app, &token, 89).await, 89);
    let refused = send(&app, &header).await.has_status(429);
    let wait: i64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((35..=40).contains(&wait), "{wait}");
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
    assert_eq!(
        refused.text(),
        format!("Too many calls: at most 90 a minute. Try again in {wait} seconds.")
    );
    // The first call leaves the window and makes room for one.
    app.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(let_through(&app, &token, 5).await, 1);
}

#[test]
fn no_sixty_seconds_hold_more_calls_than_allowed() {
    for (rate, limit) in [(Rate::Usual, 90), (Rate::Heavy, 60)] {
        let clock = Clock::default();
        let limiter = RateLimiter::new(false, clock.clone());
        let mut random = 42_u64;
        let mut passed = vec![];
        for _ in 0..3_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let pause = i64::try_from(random >> 55).unwrap();
            clock.advance(TimeDelta::milliseconds(pause));
            let budget = Budget {
                caller: "user 1".into(),
                method: "Search",
                writes: false,
                rate,
            };
            // The time goes on between here and there.
            let before = clock.now();
            if limiter.count(budget).refusal.is_none() {
                passed.push((before, clock.now()));
            }
        }
        assert!(passed.len() > 500);
        for window in passed.windows(limit + 1) {
            assert!(window[limit].1 - window[0].0 >= TimeDelta::seconds(60));
        }
    }
}

#[tokio::test]
async fn one_user_does_not_use_up_the_calls_of_another() {
    let app = limited().await;
    let (alice, bob) = (token_of(&app, "alice").await, token_of(&app, "bob").await);
    assert_eq!(let_through(&app, &alice, 95).await, 90);
    assert_eq!(let_through(&app, &bob, 95).await, 90);
}

#[tokio::test]
async fn strangers_do_not_use_up_the_calls_of_a_user() {
    let app = limited().await;
    app.customer("alice").await;
    let token = token_of(&app, "alice").await;
    let replies = join_all((0..95).map(|_| anonymous(&app).into_future())).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 401).count(),
        90
    );
    let refused = replies.iter().find(|reply| reply.status == 429).unwrap();
    assert!(refused.headers.contains_key("retry-after"));
    send(&app, "Bearer nonsense").await.has_status(429);
    assert_eq!(let_through(&app, &token, 89).await, 89);
    log_in(&app, "alice", &password_of("alice")).await.is_ok();
}

#[tokio::test]
async fn limits_can_be_switched_off_but_not_the_lockout() {
    let app = TestApp::start().await;
    let token = token_of(&app, "alice").await;
    assert_eq!(let_through(&app, &token, 95).await, 95);
    let reply = send(&app, &format!("Bearer {token}")).await;
    assert!(!reply.headers.contains_key("ratelimit"));
    assert!(!reply.headers.contains_key("x-ratelimit-limit"));
    for _ in 0..3 {
        log_in(&app, "alice", "wrong").await.is_unauthorized();
    }
    log_in(&app, "alice", &password_of("alice"))
        .await
        .has_status(429);
}

#[tokio::test]
async fn search_and_user_by_email_may_be_called_sixty_times_a_minute() {
    let app = limited().await;
    let admin = app.admin().await;
    for (method, parameter, value) in [
        ("Search", "query", "printer"),
        ("UserByEmail", "email", "admin@desk.test"),
    ] {
        let call = |name: &str| admin.get(name).param(parameter, value).into_future();
        let others = [
            method.to_lowercase(),
            method.to_uppercase(),
            format!("/{method}/"),
        ];
        let spelled = (0..60).map(|number| call(&others[number % others.len()]));
        for reply in join_all(spelled).await {
            assert_eq!(reply.is_ok().headers["x-ratelimit-limit"], "60");
        }
        let refused = call(method).await.has_status(429);
        assert_eq!(
            refused.headers["ratelimit-policy"],
            format!("\"{}\";q=60;w=60", method.to_lowercase()).as_str()
        );
        // A method that fails counts as well.
        let bad = admin.get("Comments").await;
        assert_eq!(bad.headers["x-ratelimit-limit"], "90");
    }
}

#[tokio::test]
async fn reading_and_writing_tickets_are_two_methods() {
    let app = limited().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let read = alice.get("Ticket").param("id", ticket).await.is_ok();
    assert_eq!(read.headers["x-ratelimit-remaining"], "89");
}
