use std::future::IntoFuture;

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::Value;

use crate::support::TestApp;
use crate::support::people::Person;

/// The ticket without its people: when they were last seen is written in the background.
async fn ticket(person: &Person<'_>, id: i32) -> Value {
    let mut ticket = person.get("Ticket").param("id", id).await.is_ok().json();
    for people in ["SubmitterUserInfo", "AssigneeUserInfo"] {
        ticket.as_object_mut().unwrap().shift_remove(people);
    }
    ticket
}

/// Texts of the system comments, newest first.
async fn history(person: &Person<'_>, id: i32) -> Vec<String> {
    let comments = person.get("Comments").param("id", id).await.is_ok().json();
    let system = comments
        .as_array()
        .unwrap()
        .iter()
        .filter(|comment| comment["IsSystem"] == true);
    system
        .map(|comment| {
            comment["Body"]
                .as_str()
                .unwrap()
                .trim_start_matches("<!--html-->")
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn all_changes_of_one_call_are_applied_and_told_in_one_system_comment() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name) values ('Network')")
        .await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1, 2]).await;
    let id = alice.creates_a_ticket().await;
    tom.post("UpdateTicket")
        .param("id", id)
        .param("categoryId", 2)
        .param("priority", 2)
        .param("date", "2020-04-16 23:21:53")
        .param("dueDate", "2030-01-02T10:00:00.000-0500")
        .param("assignedUserId", tom.id)
        .param("timeSpentInSeconds", 90)
        .param("tags", "a,b")
        .param("subject", "New subject")
        .param("body", "New body")
        .await
        .is_done();
    let after = ticket(&tom, id).await;
    assert_eq!(after["CategoryID"], 2);
    assert_eq!(after["Priority"], 2);
    assert_eq!(after["IssueDate"], "2020-04-16T23:21:53Z");
    assert_eq!(after["DueDate"], "2030-01-02T15:00:00Z");
    assert_eq!(after["AssignedToUserID"], tom.id.0);
    assert_eq!(after["TimeSpentInSeconds"], 90);
    assert_eq!(after["Subject"], "New subject");
    assert_eq!(after["Body"], "<!--html-->New body");
    assert_eq!(
        after["StatusID"], 2,
        "an assignment moves New to In process"
    );
    assert_ne!(after["StartDate"], Value::Null);
    assert_eq!(history(&tom, id).await.len(), 1);
    assert!(history(&tom, id).await[0].starts_with("tom "));
}

#[tokio::test]
async fn emptiness_has_a_meaning_for_due_date_tags_and_assignee() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tom = app.technician("tom", &[1]).await;
    let id = admin.creates_a_ticket().await;
    let change = || admin.post("UpdateTicket").param("id", id);
    change()
        .param("dueDate", "2030-01-02")
        .param("tags", "a,b")
        .param("assignedUserId", tom.id)
        .await
        .is_done();
    change().param("subject", "").await.is_done();
    let before = ticket(&admin, id).await;
    assert_eq!(before["DueDate"], "2030-01-02T00:00:00Z");
    assert_eq!(before["Subject"], "The printer is on fire");
    change()
        .param("dueDate", "")
        .param("tags", "")
        .param("assignedUserId", 0)
        .await
        .is_done();
    let after = ticket(&admin, id).await;
    assert_eq!(after["DueDate"], Value::Null);
    assert_eq!(after["Tags"].as_array().unwrap().len(), 0);
    assert_eq!(after["AssignedToUserID"], Value::Null);
}

#[tokio::test]
async fn one_bad_change_refuses_all_of_them() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.creates_a_ticket().await;
    let before = ticket(&admin, id).await;
    let change = || {
        admin
            .post("UpdateTicket")
            .param("id", id)
            .param("subject", "Changed")
            .param("tags", "x")
    };
    change().param("statusId", 99).await.is_not_found();
    change().param("categoryId", 99).await.is_not_found();
    change().param("userId", 99_999).await.is_not_found();
    change()
        .param("assignedUserId", 99_999)
        .await
        .is_not_found();
    change()
        .param("assignedUserId", app.customer("bob").await.id)
        .await
        .is_bad("assignedUserId");
    change().param("priority", 7).await.is_bad("priority");
    change()
        .param("dueDate", "2024-30-01")
        .await
        .is_bad("dueDate");
    change()
        .param("timeSpentInSeconds", -1)
        .await
        .is_bad("timeSpentInSeconds");
    admin
        .post("UpdateTicket")
        .param("subject", "x")
        .await
        .is_bad("id");
    assert_eq!(ticket(&admin, id).await, before);
    assert_eq!(history(&admin, id).await.len(), 0);
}

#[tokio::test]
async fn pascal_cased_names_of_answers_arrive_as_parameters() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name) values ('Network')")
        .await;
    let admin = app.admin().await;
    let id = admin.creates_a_ticket().await;
    admin
        .get("updateticket")
        .param("ID", id)
        .param("newCategoryId", 2)
        .param("PriorityID", 1)
        .await
        .is_done();
    let after = ticket(&admin, id).await;
    assert_eq!(after["CategoryID"], 2);
    assert_eq!(after["Priority"], 1);
}

#[tokio::test]
async fn closing_resolves_and_reopening_goes_to_in_process() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = alice.creates_a_ticket().await;
    app.clock.advance(TimeDelta::hours(1));
    alice.post("Close").param("id", id).await.is_done();
    let closed = ticket(&alice, id).await;
    assert_eq!(closed["StatusID"], 3);
    assert_eq!(closed["ResolvedDate"], closed["LastUpdated"]);
    alice.get("Close").param("id", id).await.is_done();
    assert_eq!(
        history(&alice, id).await.len(),
        1,
        "closing a closed ticket changes nothing"
    );
    alice
        .post("UpdateTicket")
        .param("id", id)
        .param("statusId", 1)
        .await
        .is_done();
    let open = ticket(&alice, id).await;
    assert_eq!(open["StatusID"], 2);
    assert_eq!(open["ResolvedDate"], Value::Null);
}

#[tokio::test]
async fn a_close_date_is_ignored_together_with_a_status() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.creates_a_ticket().await;
    let change = || admin.post("UpdateTicket").param("id", id);
    change()
        .param("statusId", 3)
        .param("closeDate", "2020-01-01")
        .await
        .is_done();
    assert_ne!(
        ticket(&admin, id).await["ResolvedDate"],
        "2020-01-01T00:00:00Z"
    );
    change().param("closeDate", "2020-01-01").await.is_done();
    assert_eq!(
        ticket(&admin, id).await["ResolvedDate"],
        "2020-01-01T00:00:00Z"
    );
}

#[tokio::test]
async fn changing_different_columns_at_once_loses_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.creates_a_ticket().await;
    let change = |name: &'static str, value: &'static str| {
        let call = admin
            .post("UpdateTicket")
            .param("id", id)
            .param(name, value);
        async move { call.await.is_done() }
    };
    for _ in 0..5 {
        tokio::join!(
            change("subject", "S"),
            change("priority", "2"),
            change("dueDate", "2031-05-06"),
            change("tags", "t1,t2"),
            change("timeSpentInSeconds", "7"),
            change("body", "B"),
        );
    }
    let after = ticket(&admin, id).await;
    assert_eq!(after["Subject"], "S");
    assert_eq!(after["Priority"], 2);
    assert_eq!(after["DueDate"], "2031-05-06T00:00:00Z");
    assert_eq!(after["Tags"].as_array().unwrap().len(), 2);
    assert_eq!(after["TimeSpentInSeconds"], 7);
    assert_eq!(after["Body"], "<!--html-->B");
}

#[tokio::test]
async fn every_change_leaves_its_event_in_the_outbox() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tom = app.technician("tom", &[1]).await;
    let id = admin.creates_a_ticket().await;
    admin
        .post("UpdateTicket")
        .param("id", id)
        .param("assignedUserId", tom.id)
        .await
        .is_done();
    admin
        .post("Close")
        .param("id", id)
        .param("suppressNotification", "true")
        .await
        .is_done();
    for (event, times) in [
        ("ticket.created", 1),
        ("ticket.assigned", 1),
        ("ticket.closed", 1),
        ("ticket.updated", 2),
    ] {
        let found: i64 =
            sqlx::query_scalar("select count(*) from outbox where event = $1 and ticket_id = $2")
                .bind(event)
                .bind(id)
                .fetch_one(&mut app.database.connect().await)
                .await
                .unwrap();
        assert_eq!(found, times, "{event}");
    }
}

#[tokio::test]
async fn the_history_names_people_without_their_mail_addresses() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom@staff.example", &[1]).await;
    let id = alice.creates_a_ticket().await;
    tom.post("UpdateTicket")
        .param("id", id)
        .param("assignedUserId", tom.id)
        .await
        .is_done();
    let said = history(&alice, id).await;
    assert!(
        said[0].starts_with("tom assigned the ticket to tom"),
        "{said:?}"
    );
    assert!(!said[0].contains("staff.example"), "{said:?}");
}

#[tokio::test]
async fn a_call_that_changes_nothing_leaves_no_trace() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.creates_a_ticket().await;
    let same = || {
        admin
            .post("UpdateTicket")
            .param("id", id)
            .param("subject", "Same")
            .param("body", "The same text")
            .param("tags", "a,b")
            .param("priority", 1)
    };
    same().await.is_done();
    let before = ticket(&admin, id).await;
    app.clock.advance(TimeDelta::hours(1));
    same().await.is_done();
    let after = ticket(&admin, id).await;
    assert_eq!(after["LastUpdated"], before["LastUpdated"]);
    assert_eq!(after["Tags"], before["Tags"]);
    assert_eq!(history(&admin, id).await.len(), 1);
    assert_eq!(
        app.count("select count(*) from outbox where event = 'ticket.updated'")
            .await,
        1
    );
}

#[tokio::test]
async fn the_first_reply_of_a_technician_tells_that_work_began() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1]).await;
    let id = alice.creates_a_ticket().await;
    for _ in 0..2 {
        tom.post("Comment")
            .param("id", id)
            .param("body", "On it")
            .await
            .is_ok();
    }
    assert_eq!(ticket(&alice, id).await["StatusID"], 2);
    assert_eq!(
        history(&alice, id).await,
        ["tom began to work on the ticket"]
    );
}

#[tokio::test]
async fn calls_that_wait_for_each_other_find_the_ticket_whoever_submits_it() {
    let app = TestApp::start().await;
    let (admin, alice, bob) = (
        app.admin().await,
        app.customer("alice").await,
        app.customer("bob").await,
    );
    let id = alice.creates_a_ticket().await;
    admin.get("Authorization").await.is_ok();
    let calls = (0..40).map(|n| {
        let submitter = if n % 2 == 0 { bob.id } else { alice.id };
        let call = admin.post("UpdateTicket").param("id", id);
        call.param("userId", submitter).into_future()
    });
    for reply in join_all(calls).await {
        reply.is_done();
    }
}
