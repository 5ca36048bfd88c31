//! A right that a method takes away is gone with the next call, by password and by token.

use reqwest::Method;

use crate::support::TestApp;
use crate::support::people::Person;

/// What he gets of the object, by password and by token.
async fn statuses(person: &Person<'_>, token: &str, method: &str, id: i32) -> [u16; 2] {
    let by_password = person.get(method).param("id", id).await;
    let anonymous = person.app.anonymous();
    let by_token = anonymous.get(method).param("id", id);
    let by_token = by_token.header("authorization", &format!("Bearer {token}"));
    [by_password.status.as_u16(), by_token.await.status.as_u16()]
}

#[tokio::test]
async fn whoever_lost_the_ground_on_which_he_saw_a_ticket_sees_it_no_more() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let ticket = cast.ticket.to_string();
    let grounds = [
        (
            &cast.tech,
            "RemoveCategoryTechPermission",
            [
                ("userId", cast.tech.id.to_string()),
                ("categoryId", "1".into()),
            ],
            404,
        ),
        (
            &cast.subscriber,
            "RemoveSubscriber",
            [
                ("id", ticket.clone()),
                ("userId", cast.subscriber.id.to_string()),
            ],
            404,
        ),
        (
            &cast.manager,
            "UpdateUser",
            [
                ("userId", cast.manager.id.to_string()),
                ("company", "Elsewhere".into()),
            ],
            404,
        ),
        (
            &cast.owner,
            "UpdateUser",
            [
                ("userId", cast.owner.id.to_string()),
                ("disabled", "true".into()),
            ],
            401,
        ),
    ];
    for (person, method, params, expected) in grounds {
        let token = person.call(Method::GET, "/User/Token").await.is_ok().text();
        let before = statuses(person, &token, "Ticket", cast.ticket).await;
        assert_eq!(before, [200, 200], "{method}");
        let call = cast.admin.post(method);
        let call = params
            .iter()
            .fold(call, |call, (name, value)| call.param(name, value));
        call.await.is_done();
        let after = statuses(person, &token, "Ticket", cast.ticket).await;
        assert_eq!(after, [expected, expected], "{method}");
    }
}

/// The ground is somebody else's: his company, his department, the ticket's submitter.
#[tokio::test]
async fn a_ground_that_others_give_is_gone_with_them() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let (owner, manager, head) = (&cast.owner, &cast.manager, &cast.stranger);
    app.sql(
        "insert into departments (id, name) values (7, 'Sales');
        update users set department_id = 7 where username in ('owner', 'stranger');
        update users set is_department_manager = true where username = 'stranger'",
    )
    .await;
    let updates_the_owner = cast.admin.post("UpdateUser").param("userId", owner.id);
    let another_company = updates_the_owner.param("company", "Elsewhere");
    let updates_the_owner = cast.admin.post("UpdateUser").param("userId", owner.id);
    let another_department = updates_the_owner.param("department", "Elsewhere");
    let updates = cast.admin.post("UpdateTicket").param("id", cast.ticket);
    let another_submitter = updates.param("userId", cast.elsewhere.id);
    let removes = cast.admin.post("RemoveSubscriber");
    let removes = removes.param("id", cast.ticket).param("userId", owner.id);
    for (person, call, expected) in [
        (manager, another_company, 404),
        (head, another_department, 404),
        // He has subscribed to it.
        (owner, another_submitter, 200),
        (owner, removes, 404),
    ] {
        let token = person.call(Method::GET, "/User/Token").await.is_ok().text();
        let before = statuses(person, &token, "Ticket", cast.ticket).await;
        assert_eq!(before, [200, 200], "{}", person.name);
        call.await.is_done();
        let after = statuses(person, &token, "Ticket", cast.ticket).await;
        assert_eq!(after, [expected, expected], "{}", person.name);
    }
}

/// Nothing of the ticket is left to him: no list, no hit, no file, and nothing he could still write.
#[tokio::test]
async fn whoever_lost_a_ticket_neither_finds_nor_changes_anything_of_it() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let person = &cast.subscriber;
    let attach = cast.owner.post("AttachFile").param("id", cast.ticket);
    attach.file("f", "a.txt", *b"a").await.is_done();
    let file = app.count("select max(id)::bigint from attachments").await;
    let lists = [("Tickets", "count", "50"), ("Search", "query", "printer")];
    for (method, name, value) in lists {
        let found = person.get(method).param(name, value).await.is_ok();
        assert_ne!(found.text(), "[]", "{method}");
    }
    person.get("Attachment").param("id", file).await.is_ok();
    let leaves = person.post("RemoveSubscriber").param("id", cast.ticket);
    leaves.await.is_done();
    let rows_there_are = "select count(*) + (select count(*) from attachments) * 1000
        + (select count(*) from subscribers) * 1000000 from comments";
    let before = app.count(rows_there_are).await;
    for (method, name, value) in lists {
        let found = person.get(method).param(name, value).await.is_ok();
        assert_eq!(found.text(), "[]", "{method}");
    }
    let stats = person.get("Stats").await.is_ok().json();
    assert_eq!(stats["TotalTickets"], 0);
    for (method, id) in [
        ("Attachment", file),
        ("Attachments", cast.ticket.into()),
        ("Comments", cast.ticket.into()),
        ("Subscribers", cast.ticket.into()),
        ("LinkedTickets", cast.ticket.into()),
        ("SubTickets", cast.ticket.into()),
        ("ParentTicket", cast.ticket.into()),
        ("TicketCustomFields", cast.ticket.into()),
        ("AddSubscriber", cast.ticket.into()),
        ("Close", cast.ticket.into()),
    ] {
        let call = person.get(method).param("id", id);
        call.await.is_not_found();
    }
    let comment = person.post("Comment").param("id", cast.ticket);
    comment.param("body", "still here").await.is_not_found();
    let attach = person.post("AttachFile").param("id", cast.ticket);
    attach.file("f", "b.txt", *b"b").await.is_not_found();
    assert_eq!(app.count(rows_there_are).await, before);
}

#[tokio::test]
async fn an_asset_that_is_taken_back_is_seen_no_more() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let person = &cast.owner;
    let names = ["modelName", "manufacturer", "type", "supplier"];
    let create = cast.tech.post("Asset");
    let create = names
        .iter()
        .fold(create, |call, name| call.param(name, name));
    let made = create.await.is_ok().json();
    let asset = i32::try_from(made["id"].as_i64().unwrap()).unwrap();
    let pair = |method: &str| {
        let call = cast.tech.post(method).param("assetId", asset);
        call.param("userId", person.id)
    };
    pair("AssignAssetToUser").await.is_done();
    let token = person.call(Method::GET, "/User/Token").await.is_ok().text();
    assert_eq!(statuses(person, &token, "Asset", asset).await, [200, 200]);
    pair("UnAssignAssetToUser").await.is_done();
    assert_eq!(statuses(person, &token, "Asset", asset).await, [404, 404]);
    assert_eq!(person.get("Assets").await.is_ok().text(), "[]");
}

#[tokio::test]
async fn a_ticket_that_moves_takes_its_old_technicians_right_along() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let old = cast.tech.call(Method::GET, "/User/Token").await;
    let new = cast.elsewhere.call(Method::GET, "/User/Token").await;
    let (old, new) = (old.is_ok().text(), new.is_ok().text());
    let seen = statuses(&cast.tech, &old, "Comments", cast.ticket).await;
    assert_eq!(seen, [200, 200]);
    let call = cast.admin.post("UpdateTicket").param("id", cast.ticket);
    call.param("categoryId", 2).await.is_done();
    let seen = statuses(&cast.tech, &old, "Comments", cast.ticket).await;
    assert_eq!(seen, [404, 404]);
    let seen = statuses(&cast.elsewhere, &new, "Comments", cast.ticket).await;
    assert_eq!(seen, [200, 200]);
    for method in ["UpdateTicket", "Close", "AddSubscriber", "AttachFile"] {
        let call = cast.tech.post(method).param("id", cast.ticket);
        let call = call.param("subject", "mine");
        call.file("f", "a.txt", *b"a").await.is_not_found();
    }
}

#[tokio::test]
async fn a_category_that_becomes_one_for_others_is_gone_with_its_articles() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.sql(
        "insert into articles (id, category_id, subject, body, created_at) values (7, 1, 'Public', 'Hello', now())",
    )
    .await;
    let person = &cast.stranger;
    let token = person.call(Method::GET, "/User/Token").await.is_ok().text();
    assert_eq!(statuses(person, &token, "Article", 7).await, [200, 200]);
    app.sql("update categories set for_specific_users = true where id = 1")
        .await;
    assert_eq!(statuses(person, &token, "Article", 7).await, [404, 404]);
    let categories = person.get("Categories").await.is_ok().json();
    let mut ids = categories.as_array().unwrap().iter();
    assert!(ids.all(|category| category["CategoryID"] != 1));
    let call = person.post("Ticket").param("categoryId", 1);
    let call = call.param("subject", "s").param("body", "b");
    call.await.is_not_found();
}

/// Numbers of one thing where those of another belong.
#[tokio::test]
async fn a_number_is_never_taken_for_that_of_another_thing() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let ticket = cast.ticket;
    app.sql(
        "insert into custom_fields (id, usage, type, name, for_all_categories) values
            (70, 1, 1, 'Elsewhere', false), (71, 2, 1, 'Of assets', true), (72, 3, 1, 'Of users', true);
        insert into custom_field_categories (field_id, category_id) values (70, 2);
        insert into rules (id, name, definition) values (73, 'r', '{\"trigger\": {\"type\": \"closed\"}}');
        insert into comments (id, ticket_id, user_id, created_at, body)
            select 74, t.id, t.user_id, now(), 'c' from tickets t",
    )
    .await;
    let before = app.count("select count(*) from ticket_field_values").await;
    for field in [70, 71, 72] {
        let call = cast.admin.post("SetCustomField").param("ticketId", ticket);
        call.param("fieldId", field)
            .param("value", "x")
            .await
            .is_not_found();
    }
    for (method, id) in [
        ("Ticket", 73),
        ("Ticket", 74),
        ("Comments", 74),
        ("Attachment", 74),
        ("Rule", ticket),
        ("DisableRule", 74),
        ("DeleteFile", ticket),
        ("Asset", 73),
        ("Article", 74),
        ("Close", 73),
    ] {
        let reply = cast.admin.get(method).param("id", id).await;
        assert_eq!(reply.status, 404, "{method} {id}");
    }
    let after = app.count("select count(*) from ticket_field_values").await;
    assert_eq!(after, before);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
    assert_eq!(
        app.count("select count(*) from rules where enabled").await,
        1
    );
}
