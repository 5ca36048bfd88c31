//! What holds for all of `/api/v2`, shown on sections.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn what_is_made_is_found_changed_and_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin
        .v2("POST", "sections")
        .json(&json!({"name": " Hardware "}))
        .await
        .has_status(201);
    let id = made.json()["id"].as_i64().unwrap();
    assert_eq!(
        made.json(),
        json!({"id": id, "name": "Hardware", "order": 0})
    );
    assert_eq!(made.headers["location"], format!("/api/v2/sections/{id}"));
    let one = format!("sections/{id}");
    let found = admin.v2("GET", &one).await.is_ok();
    assert_eq!(found.json(), made.json());
    assert_eq!(found.headers["etag"], made.headers["etag"]);
    let changed = admin
        .v2("PATCH", &one)
        .json(&json!({"order": 3}))
        .await
        .is_ok();
    assert_eq!(
        changed.json(),
        json!({"id": id, "name": "Hardware", "order": 3})
    );
    let replaced = admin
        .v2("PUT", &one)
        .json(&json!({"name": "Software"}))
        .await
        .is_ok();
    assert_eq!(
        replaced.json(),
        json!({"id": id, "name": "Software", "order": 0})
    );
    let gone = admin.v2("DELETE", &one).await.has_status(204);
    assert_eq!(gone.text(), "");
    is_problem(&admin.v2("GET", &one).await, 404, "not_found", None);
    is_problem(&admin.v2("DELETE", &one).await, 404, "not_found", None);
}

#[tokio::test]
async fn a_wrong_body_is_a_problem_that_names_its_field() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (body, code, field) in [
        (
            r#"{"name": "A", "colour": 1}"#,
            "unknown_field",
            Some("colour"),
        ),
        (r#"{"order": 1}"#, "missing", Some("name")),
        (r#"{"name": 5}"#, "invalid", Some("name")),
        (r#"{"name": "A", "order": "1"}"#, "invalid", Some("order")),
        (r#"{"name": "A", "order": null}"#, "invalid", Some("order")),
        (
            r#"{"name": "A", "order": 3000000000}"#,
            "invalid",
            Some("order"),
        ),
        (r#"{"name": ""}"#, "invalid", Some("name")),
        (r#"{"name": "A\u0000"}"#, "invalid", Some("name")),
        (r#"{"name": "A""#, "malformed", None),
        (r#"{"name": "A"} x"#, "malformed", None),
        ("", "malformed", None),
        ("[]", "invalid", None),
        (r#" ["A", 1]"#, "invalid", None),
        ("null", "invalid", None),
    ] {
        let reply = admin
            .v2("POST", "sections")
            .body("application/json", body)
            .await;
        is_problem(&reply, 400, code, field);
    }
    let form = admin
        .v2("POST", "sections")
        .body("application/x-www-form-urlencoded", "name=A")
        .await;
    is_problem(&form, 415, "unsupported_media_type", None);
    let long = format!(r#"{{"name": "{}"}}"#, "a".repeat(2 * 1024 * 1024));
    let long = admin
        .v2("POST", "sections")
        .body("application/json", long)
        .await;
    is_problem(&long, 413, "too_large", None);
    let charset = admin
        .v2("POST", "sections")
        .body("application/json; charset=utf-8", r#"{"name": "ä"}"#)
        .await;
    charset.has_status(201);
}

#[tokio::test]
async fn a_wrong_query_or_address_is_a_problem() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (query, code, field) in [
        ("limit=0", "invalid", "limit"),
        ("limit=201", "invalid", "limit"),
        ("limit=x", "invalid", "limit"),
        ("limit=", "invalid", "limit"),
        ("cursor=x", "invalid", "cursor"),
        ("cursor=-1", "invalid", "cursor"),
        ("cursor=1234567890123456789", "invalid", "cursor"),
        ("page=2", "unknown_field", "page"),
    ] {
        let reply = admin.v2("GET", &format!("sections?{query}")).await;
        is_problem(&reply, 400, code, Some(field));
    }
    for (query, field) in [
        ("users?username=%00", "username"),
        ("users?email=a%00", "email"),
        ("audit_log?action=%00", "action"),
        ("audit_log?from=-9000-01-01T00:00:00Z", "from"),
        ("audit_log?until=-100000-01-01T00:00:00Z", "until"),
    ] {
        is_problem(&admin.v2("GET", query).await, 400, "invalid", Some(field));
    }
    for path in [
        "nothing",
        "sections/x",
        "sections/01",
        "sections/-1",
        "sections/99999999999",
        "sections/1/x",
    ] {
        is_problem(&admin.v2("GET", path).await, 404, "not_found", None);
    }
    is_problem(
        &admin.v2("POST", "sections/1").await,
        405,
        "method_not_allowed",
        None,
    );
    is_problem(
        &admin.v2("DELETE", "sections").await,
        405,
        "method_not_allowed",
        None,
    );
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_even_of_many_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({"name": "Hardware"});
    let tries = (0..8).map(|_| async { admin.v2("POST", "sections").json(&body).await });
    let replies = join_all(tries).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        is_problem(reply, 409, "conflict", Some("name"));
    }
    let other = admin.makes("sections", json!({"name": "Software"})).await;
    let taken = admin
        .v2("PATCH", &format!("sections/{other}"))
        .json(&json!({"name": "HARDWARE"}))
        .await;
    is_problem(&taken, 409, "conflict", Some("name"));
}

#[tokio::test]
async fn a_stale_update_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin
        .v2("POST", "sections")
        .json(&json!({"name": "A"}))
        .await
        .has_status(201);
    let one = format!("sections/{}", made.json()["id"]);
    let first = made.headers["etag"].to_str().unwrap().to_owned();
    let known = |verb: &str, tag: &str| admin.v2(verb, &one).header("if-match", tag);
    let second = known("PATCH", &first)
        .json(&json!({"order": 1}))
        .await
        .is_ok();
    let second = second.headers["etag"].to_str().unwrap().to_owned();
    assert_ne!(first, second);
    is_problem(
        &known("PATCH", &first).json(&json!({"order": 2})).await,
        412,
        "stale",
        None,
    );
    is_problem(
        &known("PUT", &first).json(&json!({"name": "B"})).await,
        412,
        "stale",
        None,
    );
    is_problem(&known("DELETE", &first).await, 412, "stale", None);
    assert_eq!(admin.v2("GET", &one).await.json()["order"], 1);
    known("PUT", "*").json(&json!({"name": "B"})).await.is_ok();
    is_problem(&known("DELETE", &second).await, 412, "stale", None);
    let weak = admin.v2("GET", &one).await.headers["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    known("DELETE", &format!("\"x\", W/{weak}"))
        .await
        .has_status(204);
}

#[tokio::test]
async fn of_many_who_know_the_same_version_one_changes_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin
        .v2("POST", "sections")
        .json(&json!({"name": "A"}))
        .await
        .has_status(201);
    let one = format!("sections/{}", made.json()["id"]);
    let tag = made.headers["etag"].to_str().unwrap();
    let tries = (1..=8).map(|order| {
        let call = admin.v2("PATCH", &one).header("if-match", tag);
        async move { call.json(&json!({"order": order})).await }
    });
    let replies = join_all(tries).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 200).count(),
        1
    );
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 412).count(),
        7
    );
}

#[tokio::test]
async fn who_has_a_version_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes("sections", json!({"name": "A"})).await;
    let one = format!("sections/{id}");
    let tag = admin.v2("GET", &one).await.headers["etag"].clone();
    let again = admin
        .v2("GET", &one)
        .header("if-none-match", tag.to_str().unwrap())
        .await
        .has_status(304);
    assert_eq!(again.text(), "");
    admin
        .v2("GET", &one)
        .header("if-none-match", "\"other\"")
        .await
        .is_ok();
}

#[tokio::test]
async fn a_creation_sent_twice_with_its_key_is_done_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let send = |name: &'static str| {
        let call = admin
            .v2("POST", "sections")
            .header("idempotency-key", "abc");
        call.json(&json!({"name": name}))
    };
    let first = send("A").await.has_status(201);
    let again = send("A").await.has_status(201);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(again.headers["etag"], first.headers["etag"]);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    is_problem(&send("B").await, 422, "idempotency_key_reused", None);
    let elsewhere = admin
        .v2("POST", "categories")
        .header("idempotency-key", "abc");
    is_problem(
        &elsewhere.json(&json!({"name": "A"})).await,
        422,
        "idempotency_key_reused",
        None,
    );
    assert_eq!(
        admin.v2("GET", "sections").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn of_many_who_send_a_creation_with_one_key_all_hear_of_the_same_object() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tries = (0..8).map(|_| {
        let call = admin
            .v2("POST", "sections")
            .header("idempotency-key", "many");
        async move {
            call.json(&json!({"name": "Many"}))
                .await
                .has_status(201)
                .json()
        }
    });
    let made: Vec<Value> = join_all(tries).await;
    assert!(made.iter().all(|each| each == &made[0]));
}

#[tokio::test]
async fn a_key_belongs_to_its_user_and_what_failed_uses_none_up() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin
        .v2("POST", "sections")
        .header("idempotency-key", "abc")
        .json(&json!({"name": "A"}))
        .await
        .has_status(201);
    let failed = admin
        .v2("POST", "sections")
        .header("idempotency-key", "failed");
    failed.json(&json!({"name": ""})).await.has_status(400);
    let failed = admin
        .v2("POST", "sections")
        .header("idempotency-key", "failed");
    failed.json(&json!({"name": "C"})).await.has_status(201);
    let boss = app.person("boss").await;
    app.change("update users set is_admin = true where id = $1", boss.id.0)
        .await;
    let others = boss.v2("POST", "sections").header("idempotency-key", "abc");
    others.json(&json!({"name": "D"})).await.has_status(201);
    let odd = admin
        .v2("POST", "sections")
        .header("idempotency-key", &"x".repeat(256));
    is_problem(
        &odd.json(&json!({"name": "E"})).await,
        400,
        "invalid",
        Some("Idempotency-Key"),
    );
}

#[tokio::test]
async fn an_idempotency_key_is_free_again_after_a_day() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let send = |name: &'static str| {
        let call = admin
            .v2("POST", "sections")
            .header("idempotency-key", "abc");
        call.json(&json!({"name": name}))
    };
    send("A").await.has_status(201);
    app.clock.advance(chrono::TimeDelta::hours(25));
    send("B").await.has_status(201);
}

#[tokio::test]
async fn pages_hold_everything_once_whatever_is_made_or_deleted_meanwhile() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into sections (name) select 'S' || n from generate_series(1, 7) n")
        .await;
    let mut seen = vec![];
    let mut path = "sections?limit=3".to_owned();
    loop {
        let page = admin.v2("GET", &path).await.is_ok().json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        if seen.len() == 3 {
            app.sql("delete from sections where name = 'S2'").await;
            app.sql("insert into sections (name) values ('S8')").await;
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("sections?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"]);
}

#[tokio::test]
async fn both_roots_lead_to_it_and_its_limits_are_those_of_the_other_api() {
    let app = TestApp::start_with(|settings| settings.disable_rate_limit = false).await;
    let admin = app.admin().await;
    let reply = admin
        .call(reqwest::Method::GET, "/helpdesk/api/v2/sections")
        .await
        .is_ok();
    assert!(reply.headers.contains_key("ratelimit"));
    let mut refused = None;
    for _ in 0..90 {
        let reply = admin.v2("GET", "sections").await;
        if reply.status != 200 {
            refused = Some(reply);
        }
    }
    let refused = refused.unwrap();
    is_problem(&refused, 429, "too_many_requests", None);
    assert!(refused.headers.contains_key("retry-after"));
}
