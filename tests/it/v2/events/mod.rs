//! Live events: who hears of what.

mod logins;
mod resuming;
mod serving;

use std::collections::BTreeSet;

use serde_json::json;

use super::is_problem;
use crate::support::TestApp;
use crate::support::people::Person;

/// A public comment, or a note for technicians.
async fn comments(person: &Person<'_>, ticket: i32, for_techs_only: bool) {
    person
        .post("Comment")
        .param("id", ticket)
        .param("body", "a secret word")
        .param("forTechsOnly", for_techs_only)
        .await
        .is_ok();
}

/// A ticket of his own in this category, as the last thing he hears of.
async fn makes_a_mark(person: &Person<'_>, category: i32) -> i32 {
    person
        .post("Ticket")
        .param("categoryId", category)
        .param("subject", "The end")
        .param("body", "The end")
        .param("priorityId", 0)
        .await
        .is_ok()
        .number()
}

#[tokio::test]
async fn everybody_hears_of_the_tickets_he_sees_and_only_staff_of_notes() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let people = [
        (&cast.owner, true, false),
        (&cast.subscriber, true, false),
        (&cast.manager, true, false),
        (&cast.tech, true, true),
        (&cast.admin, true, true),
        (&cast.stranger, false, false),
        (&cast.elsewhere, false, false),
    ];
    let mut streams = vec![];
    for (person, ..) in &people {
        streams.push(person.listens("").await);
    }
    comments(&cast.tech, cast.ticket, true).await;
    comments(&cast.owner, cast.ticket, false).await;
    let about = i64::from(cast.ticket);
    let event = |name: &str| (name.to_owned(), about);
    // All speak before anybody is told, so that each hears what the others did, or does not.
    let mut marks = vec![];
    for (person, ..) in &people {
        let category = if person.name == "elsewhere" { 2 } else { 1 };
        marks.push(makes_a_mark(person, category).await);
    }
    app.run_jobs().await;
    for (((person, sees, is_staff), stream), mark) in people.iter().zip(&mut streams).zip(&marks) {
        let heard = stream.until_created(*mark).await;
        let of_ticket: Vec<_> = heard.into_iter().filter(|(_, id)| *id == about).collect();
        let expected = match (sees, is_staff) {
            (false, _) => vec![],
            (true, false) => vec![event("comment.created")],
            (true, true) => vec![event("comment.created"), event("comment.created")],
        };
        assert_eq!(of_ticket, expected, "{}", person.name);
    }
}

#[tokio::test]
async fn an_event_holds_numbers_and_no_texts_and_who_did_it_for_staff() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let mut owner = cast.owner.listens("?types=comment.*").await;
    let mut tech = cast.tech.listens("?types=comment.created").await;
    comments(&cast.tech, cast.ticket, false).await;
    app.run_jobs().await;
    let heard = owner.next().await.unwrap();
    assert_eq!(heard.name, "comment.created");
    assert_eq!(heard.data["ticket_id"], cast.ticket);
    assert_eq!(heard.data["position"].to_string(), owner.last_id);
    let details = heard.data["details"].as_object().unwrap();
    let names: BTreeSet<&str> = details.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["comment_id", "is_system"]));
    assert!(heard.data.get("actor_user_id").is_none());
    let heard = tech.next().await.unwrap();
    assert_eq!(heard.data["actor_user_id"], json!(cast.tech.id));
    assert_eq!(heard.data["details"]["for_techs_only"], false);
    assert!(!heard.data.to_string().contains("secret"));
}

#[tokio::test]
async fn users_are_for_staff_and_deleted_tickets_for_the_staff_they_had() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let mut streams = vec![];
    for (person, category) in [
        (&cast.owner, 1),
        (&cast.tech, 1),
        (&cast.admin, 1),
        (&cast.elsewhere, 2),
    ] {
        streams.push((person, category, person.listens("").await));
    }
    cast.admin.makes("users", json!({"username": "new"})).await;
    cast.admin
        .post("deleteTicket")
        .param("id", cast.ticket)
        .await
        .is_ok();
    let mut marks = vec![];
    for (person, category, _) in &streams {
        marks.push(makes_a_mark(person, *category).await);
    }
    app.run_jobs().await;
    let hears = [
        vec![],
        vec!["user.created", "ticket.deleted"],
        vec!["user.created", "ticket.deleted"],
        vec!["user.created"],
    ];
    for (((person, _, stream), mark), expected) in streams.iter_mut().zip(&marks).zip(hears) {
        let told = stream.until_created(*mark).await;
        let names: Vec<&str> = told
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| *name != "ticket.created")
            .collect();
        assert_eq!(names, expected, "{}", person.name);
    }
}

#[tokio::test]
async fn a_filter_is_checked_and_names_a_ticket_that_one_sees() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    for query in ["types=", "types=ticket", "types=ticket.closed,X"] {
        let refused = cast.owner.v2("GET", &format!("events?{query}")).await;
        is_problem(&refused, 400, "invalid", Some("types"));
    }
    let refused = cast.owner.v2("GET", "events?ticket=1").await;
    is_problem(&refused, 400, "unknown_field", Some("ticket"));
    let of_ticket = format!("events?ticket_id={}", cast.ticket);
    for person in [&cast.stranger, &cast.elsewhere] {
        let refused = person.v2("GET", &of_ticket).await;
        is_problem(&refused, 404, "not_found", None);
    }
    let refused = cast.admin.v2("GET", "events?ticket_id=999").await;
    is_problem(&refused, 404, "not_found", None);
    app.run_jobs().await;
    let mut stream = cast
        .owner
        .listens(&format!("?ticket_id={}&types=ticket.*", cast.ticket))
        .await;
    makes_a_mark(&cast.owner, 1).await;
    comments(&cast.owner, cast.ticket, false).await;
    cast.owner
        .post("Close")
        .param("id", cast.ticket)
        .await
        .is_ok();
    app.run_jobs().await;
    // What was there before he began, and what came of other tickets and kinds, is not told.
    assert_eq!(stream.next().await.unwrap().name, "ticket.closed");
}
