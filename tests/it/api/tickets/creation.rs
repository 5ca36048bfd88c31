use serde_json::Value;

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

fn new_ticket<'a>(person: &Person<'a>) -> Call<'a> {
    person
        .post("Ticket")
        .param("categoryId", 1)
        .param("subject", "Subject")
        .param("body", "Body")
}

#[tokio::test]
async fn the_answer_is_the_bare_id() {
    let app = TestApp::start().await;
    let reply = new_ticket(&app.customer("alice").await).await.is_ok();
    assert!(reply.number() >= 1);
    assert!(reply.text().bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn a_missing_or_wrong_parameter_is_named_and_nothing_is_made() {
    let app = TestApp::start().await;
    let tom = app.technician("tom", &[1]).await;
    tom.post("Ticket")
        .param("subject", "s")
        .param("body", "b")
        .await
        .is_bad("categoryId");
    tom.post("Ticket")
        .param("categoryId", 1)
        .param("body", "b")
        .await
        .is_bad("subject");
    tom.post("Ticket")
        .param("categoryId", 1)
        .param("subject", "s")
        .await
        .is_bad("body");
    new_ticket(&tom)
        .param("priorityId", 3)
        .await
        .is_bad("priorityId");
    new_ticket(&tom)
        .param("priorityId", "high")
        .await
        .is_bad("priorityId");
    new_ticket(&tom).param("origin", 9).await.is_bad("origin");
    new_ticket(&tom)
        .param("suppressConfirmation", "perhaps")
        .await
        .is_bad("suppressConfirmation");
    new_ticket(&tom)
        .param("assignedToUserId", app.customer("alice").await.id)
        .await
        .is_bad("assignedToUserId");
    new_ticket(&tom)
        .param("tags", "x".repeat(101))
        .await
        .is_bad("tags");
    new_ticket(&tom)
        .param("customFields", "{")
        .await
        .is_bad("customFields");
    tom.post("Ticket")
        .param("categoryId", 99)
        .param("subject", "s")
        .param("body", "b")
        .await
        .is_not_found();
    new_ticket(&tom)
        .param("userId", 99_999)
        .await
        .is_not_found();
    new_ticket(&tom)
        .param("customFields", r#"{"1":"\u0000"}"#)
        .await
        .is_bad("customFields");
    assert_eq!(app.count("select count(*) from tickets").await, 0);
}

#[tokio::test]
async fn only_staff_opens_tickets_for_others_and_only_that_of_the_category_assigns() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name) values ('Network')")
        .await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let tom = app.technician("tom", &[1]).await;
    let tina = app.technician("tina", &[2]).await;
    new_ticket(&alice)
        .param("userId", bob.id)
        .await
        .is_forbidden();
    new_ticket(&alice)
        .param("assignedToUserId", tom.id)
        .await
        .is_forbidden();
    new_ticket(&tina)
        .param("assignedToUserId", tom.id)
        .await
        .is_forbidden();
    assert_eq!(app.count("select count(*) from tickets").await, 0);
    let id = new_ticket(&tina)
        .param("userId", bob.id)
        .await
        .is_ok()
        .number();
    let ticket = bob.get("Ticket").param("id", id).await.is_ok().json();
    assert_eq!(ticket["UserID"], bob.id.0);
    assert_eq!(ticket["OnBehalfUserName"], "tina");
    // The creator and the one on whose behalf it is made are subscribed.
    assert_eq!(app.count("select count(*) from subscribers").await, 2);
}

#[tokio::test]
async fn an_assignment_on_creation_begins_the_work_and_subscribes_the_technician() {
    let app = TestApp::start().await;
    let tom = app.technician("tom", &[1]).await;
    let admin = app.admin().await;
    let id = new_ticket(&admin)
        .param("assignedToUserId", tom.id)
        .await
        .is_ok()
        .number();
    let ticket = tom.get("Ticket").param("id", id).await.is_ok().json();
    assert_eq!(ticket["StatusID"], 2);
    assert_ne!(ticket["StartDate"], Value::Null);
    assert_eq!(ticket["AssignedToUserID"], tom.id.0);
    assert_eq!(app.count("select count(*) from subscribers").await, 2);
}

#[tokio::test]
async fn a_category_the_caller_does_not_see_answers_as_an_unknown_one() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name, for_techs_only, for_specific_users) values ('Staff', true, false), ('Few', false, true)").await;
    app.sql("insert into categories (name, kb_only) values ('Articles', true)")
        .await;
    let alice = app.customer("alice").await;
    let tina = app.technician("tina", &[2]).await;
    let create = |category: i32| {
        alice
            .post("Ticket")
            .param("categoryId", category)
            .param("subject", "s")
            .param("body", "b")
    };
    let unknown = create(99).await.is_not_found().text();
    assert_eq!(create(2).await.is_not_found().text(), unknown);
    assert_eq!(create(3).await.is_not_found().text(), unknown);
    create(4).await.is_bad("categoryId");
    tina.post("Ticket")
        .param("categoryId", 2)
        .param("subject", "s")
        .param("body", "b")
        .await
        .is_ok();
    app.change(
        "insert into category_users (category_id, user_id) values (3, $1)",
        alice.id.0,
    )
    .await;
    create(3).await.is_ok();
}

#[tokio::test]
async fn origin_tags_and_priority_are_kept() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = new_ticket(&alice)
        .param("origin", 6)
        .param("tags", "red, green,RED,,")
        .param("priorityId", -1)
        .await
        .is_ok()
        .number();
    let ticket = alice.get("Ticket").param("id", id).await.is_ok().json();
    assert_eq!(ticket["Origin"], "Phone");
    assert_eq!(ticket["Priority"], -1);
    let tags: Vec<&str> = ticket["Tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["Name"].as_str().unwrap())
        .collect();
    assert_eq!(tags, ["green", "red"]);
}

#[tokio::test]
async fn what_is_stored_is_safe_to_render() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for body in [
        "<script>alert(1)</script><b>x</b>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<svg><animate onbegin=alert(1) attributeName=x></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<track src=\"/file?key=1\" onerror=\"x\">",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<foo onmouseover=alert(1)>x",
    ] {
        let id = alice
            .post("Ticket")
            .param("categoryId", 1)
            .param("subject", "s")
            .param("body", body)
            .await
            .is_ok()
            .number();
        let stored = alice.get("Ticket").param("id", id).await.is_ok().json()["Body"]
            .as_str()
            .unwrap()
            .to_owned();
        let stored = stored.strip_prefix("<!--html-->").unwrap();
        for bad in [
            "<script",
            "<img src=\"x\" onerror",
            "javascript:",
            "onerror=",
            "onbegin",
            "<svg",
            "<math",
            "<track",
            "<iframe",
            "<foo",
        ] {
            assert!(
                !stored.contains(bad) || !stored.contains('<'),
                "{body} became {stored}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_is_too_big_leaves_no_ticket_and_no_bytes() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    new_ticket(&alice)
        .file("uploadFile", "big.bin", vec![7; 1024 * 1024 + 1])
        .await
        .has_status(413);
    assert_eq!(app.count("select count(*) from tickets").await, 0);
    assert_eq!(app.count("select count(*) from attachments").await, 0);
    assert_eq!(app.files_on_disk(), 0);
}

#[tokio::test]
async fn a_refused_ticket_leaves_no_file() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let refused = alice
        .post("Ticket")
        .param("categoryId", 99)
        .param("subject", "s")
        .param("body", "b");
    refused
        .file("uploadFile", "a.txt", *b"bytes")
        .await
        .is_not_found();
    assert_eq!(app.files_on_disk(), 0);
}

#[tokio::test]
async fn a_subject_is_one_line_without_control_characters() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let open = |subject: &str| {
        alice
            .post("Ticket")
            .param("categoryId", 1)
            .param("body", "b")
            .param("subject", subject)
    };
    let id = open("  one\r\n\ttwo ").await.is_ok().number();
    let ticket = alice.get("Ticket").param("id", id).await.json();
    assert_eq!(ticket["Subject"], "one two");
    for subject in ["a\u{1b}[2Jb", "bell\u{7}", "\u{9b}x"] {
        open(subject).await.is_bad("subject");
        alice
            .post("UpdateTicket")
            .param("id", id)
            .param("subject", subject)
            .await
            .is_bad("subject");
    }
}
