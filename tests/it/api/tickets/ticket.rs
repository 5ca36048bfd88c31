use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;

#[tokio::test]
async fn a_ticket_has_the_documents_keys_in_its_order_and_types() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let alice = app.customer("alice").await;
    let id = alice
        .post("Ticket")
        .param("categoryId", 1)
        .param("subject", "Printer")
        .param("body", "It burns")
        .param("tags", "fire,printer")
        .file("uploadFile", "icon.png", *b"not really a picture")
        .await
        .is_ok()
        .number();
    admin
        .post("UpdateTicket")
        .param("id", id)
        .param("assignedUserId", admin.id)
        .await
        .is_done();
    let ticket = admin.get("ticket").param("id", id).await.is_ok().json();
    assert_is("{ticket}", &ticket);
    assert_eq!(ticket["Attachments"][0]["FileName"], "icon.png");
    assert_eq!(ticket["Tags"][0]["Name"], "fire");
    assert_eq!(ticket["SubmitterUserInfo"]["Username"], "alice");
    assert_eq!(ticket["AssigneeUserInfo"]["UserID"], admin.id.0);
    assert_eq!(ticket["Url"], format!("http://desk.test/Ticket/{id}"));
    assert_eq!(ticket["Origin"], "API");
    assert_eq!(ticket["ViewingTechNames"], json!([]));
    assert_eq!(ticket["Integrations"], json!({}));
}

#[tokio::test]
async fn a_new_ticket_is_new_unmarked_and_unassigned() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = alice.creates_a_ticket().await;
    let ticket = alice.get(&format!("Ticket/{id}")).await.is_ok().json();
    assert_eq!(ticket["StatusID"], 1);
    assert_eq!(ticket["Status"], "New");
    assert_eq!(ticket["Body"], "<!--html-->Please help");
    for key in [
        "UpdatedByUser",
        "UpdatedByPerformer",
        "UpdatedForTechView",
        "IsInKb",
    ] {
        assert_eq!(ticket[key], false, "{key}");
    }
    for key in [
        "StartDate",
        "ResolvedDate",
        "DueDate",
        "AssignedToUserID",
        "AssigneeUserInfo",
        "OnBehalfUserName",
        "Stats",
    ] {
        assert_eq!(ticket[key], Value::Null, "{key}");
    }
    assert_eq!(ticket["SubmittedByCurrentUser"], true);
    assert_eq!(ticket["Priority"], 0);
    assert_eq!(ticket["IssueDate"], ticket["LastUpdated"]);
    assert!(ticket["IssueDate"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn an_invisible_ticket_answers_exactly_as_an_unknown_one() {
    let app = TestApp::start().await;
    let id = app.customer("alice").await.creates_a_ticket().await;
    let bob = app.customer("bob").await;
    let invisible = bob.get("Ticket").param("id", id).await.is_not_found();
    let unknown = bob.get("Ticket").param("id", 999_999).await.is_not_found();
    assert_eq!(invisible.bytes, unknown.bytes);
    let names = |reply: &crate::support::call::Reply| {
        let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&invisible), names(&unknown));
}

#[tokio::test]
async fn odd_ids_are_a_bad_request_or_unknown_and_never_an_error_of_ours() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    alice.creates_a_ticket().await;
    for id in [
        "0",
        "-1",
        "2147483648",
        "9223372036854775807",
        "1e3",
        "0x1",
        "1,2",
        "1;2",
        "NaN",
        "undefined",
        "{page}",
        "",
    ] {
        let reply = alice.get("Ticket").param("id", id).await;
        assert!(
            [400, 404].contains(&reply.status.as_u16()),
            "{id}: {} {}",
            reply.status,
            reply.text()
        );
    }
    alice.get("Ticket").await.is_bad("id");
}

#[tokio::test]
async fn a_subscriber_and_a_manager_of_the_company_see_the_ticket() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let carol = app.customer("carol").await;
    let id = alice.creates_a_ticket().await;
    app.sql("insert into companies (name) values ('Acme')")
        .await;
    app.change("update users set company_id = 1 where id = $1", alice.id.0)
        .await;
    app.change(
        "update users set company_id = 1, is_manager = true where id = $1",
        bob.id.0,
    )
    .await;
    app.change(
        "insert into subscribers (user_id, ticket_id) select $1, max(id) from tickets",
        carol.id.0,
    )
    .await;
    bob.get("Ticket").param("id", id).await.is_ok();
    carol.get("Ticket").param("id", id).await.is_ok();
    app.change("update users set company_id = null where id = $1", bob.id.0)
        .await;
    bob.get("Ticket").param("id", id).await.is_not_found();
    app.change("delete from subscribers where user_id = $1", carol.id.0)
        .await;
    carol.get("Ticket").param("id", id).await.is_not_found();
}

#[tokio::test]
async fn a_technician_sees_the_tickets_of_his_category_only() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name) values ('Network')")
        .await;
    let id = app.customer("alice").await.creates_a_ticket().await;
    let tom = app.technician("tom", &[1]).await;
    let tina = app.technician("tina", &[2]).await;
    assert_eq!(
        tom.get("Ticket").param("id", id).await.is_ok().json()["IsCurrentUserTechInThisCategory"],
        true
    );
    tina.get("Ticket").param("id", id).await.is_not_found();
    app.change(
        "delete from category_technicians where user_id = $1",
        tom.id.0,
    )
    .await;
    tom.get("Ticket").param("id", id).await.is_not_found();
}

#[tokio::test]
async fn a_deleted_ticket_is_gone_and_only_administrators_delete() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1]).await;
    let admin = app.admin().await;
    let id = alice.creates_a_ticket().await;
    alice
        .post("deleteTicket")
        .param("id", id)
        .await
        .is_forbidden();
    tom.post("deleteTicket")
        .param("id", id)
        .await
        .is_forbidden();
    admin.post("deleteTicket").param("id", id).await.is_done();
    admin.get("Ticket").param("id", id).await.is_not_found();
    admin
        .post("deleteTicket")
        .param("id", id)
        .await
        .is_not_found();
    assert_eq!(
        app.count("select count(*) from audit_log where action = 'ticket.deleted'")
            .await,
        1
    );
}

#[tokio::test]
async fn the_address_of_a_ticket_shows_a_page_with_its_subject_written_out() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = alice
        .post("Ticket")
        .param("categoryId", 1)
        .param("subject", "<script>alert(1)</script>")
        .param("body", "x")
        .await
        .is_ok()
        .number();
    let page = alice
        .call(reqwest::Method::GET, &format!("/Ticket/{id}"))
        .await
        .is_ok();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let page = page.text();
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script>"), "{page}");
    app.customer("bob")
        .await
        .call(reqwest::Method::GET, &format!("/ticket/{id}"))
        .await
        .is_not_found();
}
