//! Logins in the audit log, and what never is in it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ferrodesk::domain::users::tokens::Scope;
use reqwest::Method;
use serde_json::json;

use super::{draft, holder, log_in, named, revoke};
use crate::support::TestApp;
use crate::support::people::{Person, password_of};
use crate::support::program::{answer, program_on};

/// Action, actor, object and address.
type Row = (String, Option<i32>, String, Option<i32>, Option<String>);

async fn rows(app: &TestApp) -> Vec<Row> {
    sqlx::query_as(
        "select action, actor_user_id, object_type, object_id, ip_address from audit_log order by id",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap()
}

fn row(action: &str, actor: Option<i32>, user: Option<i32>) -> Row {
    let address = Some("127.0.0.1".to_owned());
    (action.to_owned(), actor, "user".to_owned(), user, address)
}

#[tokio::test]
async fn a_login_is_audited_when_its_password_is_hashed_and_not_when_it_is_remembered() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = Some(alice.id.0);
    let once = row("login.succeeded", id, id);
    for _ in 0..5 {
        alice.get("Authorization").await.is_ok();
    }
    assert_eq!(app.state.callers.hashed_passwords(), 1);
    assert_eq!(rows(&app).await, vec![once.clone()]);
    // Nothing is left of the streak that was locked meanwhile.
    assert_eq!(app.count("select count(*) from login_streaks").await, 0);
    app.set_password(alice.id, "new").await;
    for _ in 0..2 {
        let call = app.known("alice", "new").get("Authorization");
        call.await.is_ok();
    }
    assert_eq!(rows(&app).await, vec![once.clone(), once]);
}

#[tokio::test]
async fn failures_name_the_user_they_were_meant_for_and_nobody_as_the_one_who_did_it() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = Some(alice.id.0);
    app.change("update users set disabled = true where id = $1", alice.id.0)
        .await;
    log_in(&app, "ALICE@desk.test", &password_of("alice"))
        .await
        .is_unauthorized();
    log_in(&app, "hunter2-typed-into-the-wrong-field", "x")
        .await
        .is_unauthorized();
    let failed = |user| row("login.failed", None, user);
    assert_eq!(rows(&app).await, [failed(id), failed(None)]);
    log_in(&app, "alice", "wrong").await.is_unauthorized();
    // What is refused while the block lasts was not even looked at.
    for _ in 0..3 {
        log_in(&app, "alice", "wrong").await.has_status(429);
    }
    let blocked = row("login.blocked", None, id);
    assert_eq!(
        rows(&app).await,
        [failed(id), failed(None), failed(id), blocked]
    );
    let typed = "select count(*) from audit_log a where a::text ilike '%hunter2%' or a::text ilike '%alice%'";
    assert_eq!(app.count(typed).await, 0);
}

#[tokio::test]
async fn a_failure_and_its_row_are_written_together_or_not_at_all() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    app.sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
        create trigger refuse before insert on audit_log for each row
            when (new.action = 'login.blocked') execute function refuse()",
    )
    .await;
    for _ in 0..2 {
        log_in(&app, "alice", "wrong").await.is_unauthorized();
    }
    log_in(&app, "alice", "wrong").await.has_status(500);
    let failures = "select failures::bigint from login_streaks";
    assert_eq!(app.count(failures).await, 2);
    assert_eq!(rows(&app).await.len(), 2);
}

#[tokio::test]
async fn a_right_password_that_ends_a_streak_is_audited_once() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = Some(alice.id.0);
    log_in(&app, "alice", "wrong").await.is_unauthorized();
    for _ in 0..2 {
        alice.get("Authorization").await.is_ok();
    }
    log_in(&app, "alice", "wrong").await.is_unauthorized();
    // The password is remembered: it ends the streak, and is no login of its own.
    alice.get("Authorization").await.is_ok();
    assert_eq!(app.count("select count(*) from login_streaks").await, 0);
    let failed = row("login.failed", None, id);
    let succeeded = row("login.succeeded", id, id);
    assert_eq!(rows(&app).await, [failed.clone(), succeeded, failed]);
}

#[tokio::test]
async fn ones_own_login_leaves_the_streak_of_guesses_at_another_as_it_was() {
    let app = TestApp::start().await;
    app.customer("victim").await;
    let mallory = app.customer("mallory").await;
    log_in(&app, "victim", "wrong").await.is_unauthorized();
    mallory.get("Authorization").await.is_ok();
    let kept =
        "select count(*) from login_streaks where failures = 1 and cardinality(failed_logins) = 1";
    assert_eq!(app.count(kept).await, 1);
    assert_eq!(rows(&app).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_is_handed_out_is_audited_by_whatever_door() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = Some(alice.id.0);
    let call = alice.call(Method::GET, "/User/Token");
    call.await.is_ok();
    let mut command = program_on(&app.database, app.folder.path());
    command.env("DataPath", app.folder.path());
    answer(command.args(["user", "token", "alice"])).await;
    let rows = rows(&app).await;
    assert_eq!(rows[1], row("token.issued", id, id));
    let by_operator: Row = ("token.issued".into(), Some(0), "user".into(), id, None);
    assert_eq!(rows[2..], [by_operator]);
}

/// Secrets of every kind that the administrator sets through `/api/v2`.
async fn set_through_v2(admin: &Person<'_>) -> [String; 3] {
    let secrets = [
        "a-new-shared-secret",
        "of-one-made-by-v2",
        "set-by-v2-for-him",
    ];
    let body = json!({ "shared_secret": secrets[0] });
    let call = admin.v2("PUT", "settings/shared_secret").json(&body);
    assert!(call.await.status.is_success());
    let body = json!({ "username": "newcomer", "password": secrets[1] });
    let user = admin.makes("users", body).await;
    let body = json!({ "password": secrets[2] });
    let call = admin.v2("PUT", &format!("users/{user}/password"));
    assert!(call.json(&body).await.status.is_success());
    secrets.map(str::to_owned)
}

#[tokio::test]
async fn no_secret_is_in_the_audit_log_after_a_round_of_calls() {
    let app = TestApp::start().await;
    let (admin, alice) = (app.admin().await, app.customer("alice").await);
    app.sql("update instance set shared_secret = 'the-shared-secret'")
        .await;
    let mut secrets = vec![
        "the-shared-secret".to_owned(),
        key_of(&app),
        password_of("admin"),
        password_of("alice"),
    ];
    // In the wrong field, in the wrong place, by the wrong name.
    log_in(&app, "typed-in-the-name-field", "typed-password")
        .await
        .is_unauthorized();
    secrets.extend(["typed-in-the-name-field", "typed-password"].map(str::to_owned));
    let call = admin.post("CreateUser").param("email", "new@desk.test");
    call.param("password", "of-a-new-user").await.is_ok();
    let call = admin.post("UpdateUser").param("userId", alice.id);
    call.param("password", "changed-password").await.is_done();
    let call = app
        .known("alice", "changed-password")
        .call(Method::GET, "/User/Token");
    let vendors = call.await.is_ok().text();
    let signature = vendors.rsplit('.').next().unwrap().to_owned();
    secrets.extend(["of-a-new-user".to_owned(), "changed-password".to_owned()]);
    secrets.extend([vendors.clone(), signature]);
    let (id, token) = named(&alice, draft(Scope::Full)).await;
    for bearer in [&vendors, &token] {
        let by_token = holder(&app, bearer);
        by_token.get("Authorization").await.is_ok();
        by_token.creates_a_ticket().await;
    }
    app.state.callers.forget();
    revoke(&app, &admin.actor().await, id).await.unwrap();
    secrets.extend(set_through_v2(&admin).await);
    let hashes: Vec<String> = sqlx::query_scalar(
        "select password_hash from users where password_hash is not null
        union all select encode(token_hash, 'hex') from api_tokens",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    secrets.extend(hashes);
    secrets.push(token[3..].to_owned());
    let encoded = secrets
        .clone()
        .into_iter()
        .map(|secret| BASE64_STANDARD.encode(secret));
    secrets.extend(encoded.collect::<Vec<_>>());
    let audited: Vec<String> = sqlx::query_scalar("select a::text from audit_log a")
        .fetch_all(&mut app.database.connect().await)
        .await
        .unwrap();
    assert!(audited.len() >= 12, "{audited:?}");
    for row in &audited {
        for secret in &secrets {
            assert!(!row.contains(secret.as_str()), "{secret} in {row}");
        }
    }
}

fn key_of(app: &TestApp) -> String {
    let path = app.folder.path().join("instance-key");
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_program_itself_cannot_change_what_the_audit_log_says() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    alice.get("Authorization").await.is_ok();
    let before: String = sqlx::query_scalar("select string_agg(a::text, '') from audit_log a")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    for statement in [
        "update audit_log set action = 'nothing'",
        "update audit_log set ip_address = null where id = 1",
        "update audit_log set action = 'nothing' where false",
        "delete from audit_log",
        "delete from audit_log where false",
        "truncate audit_log",
        "truncate audit_log, login_streaks cascade",
        "insert into audit_log (id, created_at, action, object_type) values (1, now(), 'x', 'x')
            on conflict on constraint audit_log_pkey do update set action = 'x'",
        "merge into audit_log a using (select 1) s on true when matched then delete",
    ] {
        let mut tx = app.state.db.begin().await.unwrap();
        let refused = sqlx::raw_sql(statement).execute(&mut *tx).await;
        let refused = refused.expect_err(statement);
        let code = refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("23001"), "{statement}: {refused}");
    }
    let after: String = sqlx::query_scalar("select string_agg(a::text, '') from audit_log a")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert_eq!(after, before);
}
