use serde_json::Value;

use crate::support::TestApp;
use crate::support::program::{answer, program_on};

/// Run `ferrodesk demo …` on the database and the folder of the app; its line of JSON.
async fn demo(app: &TestApp, arguments: &[&str]) -> Value {
    let mut command = program_on(&app.database, app.folder.path());
    command
        .env("DataPath", app.folder.path())
        .arg("demo")
        .args(arguments);
    let said = answer(&mut command).await;
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).unwrap()
}

/// Rows of every table.
async fn counts(app: &TestApp) -> Vec<(String, i64)> {
    let mut connection = app.database.connect().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut counts = vec![];
    for table in tables {
        let count =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
                .fetch_one(&mut connection)
                .await
                .unwrap();
        counts.push((table, count));
    }
    counts
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_says_the_same() {
    let app = TestApp::start().await;
    let first = demo(&app, &[]).await;
    let then = counts(&app).await;
    assert_eq!(demo(&app, &[]).await, first);
    assert_eq!(counts(&app).await, then);
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "categoryId",
            "ticketId",
            "closedTicketId",
            "userId",
            "textFieldId",
            "assetId",
            "articleId",
            "attachmentId",
            "ruleId",
            "logins"
        ]
    );
}

#[tokio::test]
async fn it_is_the_same_on_every_fresh_database() {
    let (one, other) = (TestApp::start().await, TestApp::start().await);
    assert_eq!(demo(&one, &[]).await, demo(&other, &[]).await);
}

#[tokio::test]
async fn everybody_of_the_company_can_log_in_in_his_role() {
    let app = TestApp::start().await;
    let told = demo(&app, &[]).await;
    let mut roles = vec![];
    for login in told["logins"].as_array().unwrap() {
        let text = |key: &str| login[key].as_str().unwrap();
        let person = app.known(text("username"), text("password"));
        let user = person.post("Authorization").await.is_ok().json();
        let role = text("role");
        assert_eq!(user["IsAdmin"], role == "administrator");
        assert_eq!(user["IsManager"], role == "manager");
        roles.push(role.to_owned());
    }
    roles.dedup();
    assert_eq!(
        roles,
        ["administrator", "technician", "manager", "customer"]
    );
}

#[tokio::test]
async fn a_password_that_somebody_changed_is_set_back() {
    let app = TestApp::start().await;
    demo(&app, &[]).await;
    app.sql("update users set password_hash = null where username = 'demo.carl'")
        .await;
    demo(&app, &[]).await;
    app.known("demo.carl", "carl-needs-a-hand")
        .post("Authorization")
        .await
        .is_ok();
}

#[tokio::test]
async fn what_a_script_is_told_of_is_there() {
    let app = TestApp::start().await;
    let told = demo(&app, &[]).await;
    let carl = app.known("demo.carl", "carl-needs-a-hand");
    let ticket = carl
        .get("Ticket")
        .param("id", &told["ticketId"])
        .await
        .is_ok()
        .json();
    assert_eq!(ticket["UserID"], told["userId"]);
    assert_eq!(ticket["CategoryID"], told["categoryId"]);
    assert_eq!(ticket["Status"], "In process");
    let closed = carl
        .get("Ticket")
        .param("id", &told["closedTicketId"])
        .await
        .is_ok()
        .json();
    assert_eq!(closed["Status"], "Closed");
    let picture = carl
        .get("Attachment")
        .param("id", &told["attachmentId"])
        .await
        .is_ok();
    assert!(picture.bytes.starts_with(b"\x89PNG"));
    let found = carl
        .get("Search")
        .param("query", "graphics driver")
        .await
        .is_ok()
        .json();
    assert_eq!(found, serde_json::json!([]), "a note among technicians");
    for (table, key) in [
        (
            "custom_fields where type = 1 and usage = 1 and id",
            "textFieldId",
        ),
        ("assets where id", "assetId"),
        ("articles where id", "articleId"),
        ("rules where id", "ruleId"),
    ] {
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} = {}",
            told[key]
        )))
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
        assert_eq!(found, 1, "{key}");
    }
}

#[tokio::test]
async fn there_are_tickets_in_every_state() {
    let app = TestApp::start().await;
    demo(&app, &[]).await;
    assert_eq!(
        app.count("select count(distinct status_id) from tickets")
            .await,
        4
    );
    assert_eq!(
        app.count("select count(distinct priority) from tickets")
            .await,
        4
    );
    for state in [
        "assigned_to_user_id is null",
        "updated_by_user",
        "updated_by_performer",
        "updated_for_tech_view",
        "due_date < updated_at",
        "parent_ticket_id is not null",
    ] {
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from tickets where {state}"
        )))
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
        assert!(found > 0, "{state}");
    }
}

#[tokio::test]
async fn many_tickets_have_two_comments_each_and_are_found() {
    let app = TestApp::start().await;
    demo(&app, &["--tickets", "700"]).await;
    let before = app.count("select count(*) from tickets").await;
    demo(&app, &["--tickets", "1000"]).await;
    demo(&app, &["--tickets", "1000"]).await;
    assert_eq!(
        app.count("select count(*) from tickets").await - before,
        300,
        "up to the number, no more"
    );
    assert_eq!(
        app.count("select count(*) from tickets where body like '%Reference R%'")
            .await,
        1000
    );
    assert_eq!(
        app.count(
            "select count(*) from tickets t where body like '%Reference R%'
             and (select count(*) from comments c where c.ticket_id = t.id) = 2"
        )
        .await,
        1000
    );
    let tina = app.known("demo.anna", "anna-keeps-the-keys");
    let found = tina
        .get("Search")
        .param("query", "R777")
        .await
        .is_ok()
        .json();
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_words_of_bulk_tickets_are_those_that_a_rebuild_finds() {
    let app = TestApp::start().await;
    demo(&app, &["--tickets", "500"]).await;
    app.sql("create table loaded as select * from ticket_search; select rebuild_ticket_search(id) from tickets").await;
    assert_eq!(
        app.count(
            "select count(*) from ticket_search s join loaded l using (ticket_id)
             where s.public_words = l.public_words and s.staff_words = l.staff_words"
        )
        .await,
        app.count("select count(*) from tickets").await
    );
}
