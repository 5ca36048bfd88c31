use std::time::{Duration, Instant};

use reqwest::StatusCode;

use super::{basic, log_in, send};
use crate::support::TestApp;
use crate::support::people::password_of;

#[tokio::test]
async fn a_right_taken_away_is_gone_on_the_next_request() {
    let app = TestApp::start().await;
    let ticket = app.customer("alice").await.creates_a_ticket().await;
    let tech = app.technician("tina", &[1]).await;
    let token = tech
        .call(reqwest::Method::GET, "/user/token")
        .await
        .is_ok()
        .text();
    let by_token = || {
        app.anonymous()
            .get("Ticket")
            .param("id", ticket)
            .header("authorization", &format!("Bearer {token}"))
    };
    tech.get("Ticket").param("id", ticket).await.is_ok();
    by_token().await.is_ok();
    app.sql("delete from category_technicians").await;
    tech.get("Ticket").param("id", ticket).await.is_not_found();
    by_token().await.is_not_found();
    app.sql("update users set is_admin = true where username = 'tina'")
        .await;
    tech.get("Ticket").param("id", ticket).await.is_ok();
    app.sql("update users set disabled = true where username = 'tina'")
        .await;
    tech.get("Ticket")
        .param("id", ticket)
        .await
        .is_unauthorized();
    by_token().await.is_unauthorized();
    send(&app, &format!("Bearer {token}"))
        .await
        .is_unauthorized();
}

/// Whatever another program does to somebody's rights, in every way there is to change them: no server goes on with the
/// old ones for longer than a second, and none waits for that second.
#[tokio::test]
async fn every_server_hears_of_a_right_that_another_program_takes_away() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let password = password_of("alice");
    let token = log_in(&app, "alice", &password).await.is_ok().text();
    let by_token = format!("Bearer {token}");
    let mut other_program = app.database.connect().await;
    for (taken, given) in [
        ("disabled = true", "disabled = false"),
        ("deleted_at = now()", "deleted_at = null"),
        ("token_version = 7, password_hash = 'x'", ""),
    ] {
        // Known from now on.
        for _ in 0..2 {
            basic(&app, "alice", &password).await.is_ok();
            send(&app, &by_token).await.is_ok();
        }
        let statement = format!("update users set {taken} where id = {}", alice.id);
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut other_program)
            .await
            .unwrap();
        let began = Instant::now();
        while send(&app, &by_token).await.status == StatusCode::OK {
            assert!(began.elapsed() < Duration::from_millis(500), "{taken}");
        }
        log_in(&app, "alice", &password).await.is_unauthorized();
        if given.is_empty() {
            break;
        }
        let statement = format!(
            "update users set {given} where id = {}; delete from login_streaks",
            alice.id
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut other_program)
            .await
            .unwrap();
        let began = Instant::now();
        while send(&app, &by_token).await.status != StatusCode::OK {
            assert!(began.elapsed() < Duration::from_millis(500), "{given}");
        }
    }
}

/// The method that takes a right away answers when it is gone, for every caller who is known by then.
#[tokio::test]
async fn a_right_is_gone_when_the_method_that_takes_it_has_answered() {
    let app = TestApp::start().await;
    let ticket = app.customer("alice").await.creates_a_ticket().await;
    let admin = app.admin().await;
    let tech = app.technician("tina", &[]).await;
    for _ in 0..20 {
        admin
            .post("AddCategoryTechPermission")
            .param("userId", tech.id)
            .param("categoryId", 1)
            .await
            .is_ok();
        tech.get("Ticket").param("id", ticket).await.is_ok();
        admin
            .post("RemoveCategoryTechPermission")
            .param("userId", tech.id)
            .param("categoryId", 1)
            .await
            .is_ok();
        tech.get("Ticket").param("id", ticket).await.is_not_found();
    }
}
