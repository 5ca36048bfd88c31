//! Who acts when rules do: he is behind what he did, and nowhere else.

use ferrodesk::domain::comments::{self, NewComment};
use ferrodesk::domain::html::Body;
use ferrodesk::domain::ids::{StatusId, TicketId, UserId};
use ferrodesk::domain::tickets::update::{self, Changes};
use ferrodesk::domain::{Actor, bootstrap};
use serde_json::Value;

use crate::support::TestApp;

impl TestApp {
    /// The system replies, or leaves a note.
    async fn system_says(&self, ticket: i32, text: &str, for_techs_only: bool) {
        let new = NewComment {
            body: Body::from_input(text.to_owned()).await.unwrap(),
            for_techs_only,
            ..NewComment::default()
        };
        let mut tx = self.state.db.begin().await.unwrap();
        let system = Actor::system(self.clock.now());
        comments::add(&mut tx, &system, TicketId(ticket), &new)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_the_system_did_bears_its_name() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let ticket = ann.creates_a_ticket().await;
    app.system_says(ticket, "We are on it", false).await;
    let changes = Changes {
        status_id: Some(StatusId::CLOSED),
        ..Changes::default()
    };
    let mut tx = app.state.db.begin().await.unwrap();
    let system = Actor::system(app.clock.now());
    update::update(&mut tx, &system, TicketId(ticket), &changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for reader in [&admin, &ann] {
        let comments = reader.get("Comments").param("id", ticket).await;
        let comments = comments.is_ok().json();
        assert_eq!(comments[0]["Body"], "<!--html-->System closed the ticket");
        for (number, body) in [(0, "System closed the ticket"), (1, "We are on it")] {
            let comment = &comments[number];
            assert_eq!(comment["Body"], format!("<!--html-->{body}"));
            assert_eq!(comment["UserID"], UserId::SYSTEM.0);
            assert_eq!(comment["FirstName"], "System");
            assert_eq!(comment["Email"], "");
        }
        let shown = reader.get("Ticket").param("id", ticket).await;
        assert_eq!(shown.is_ok().json()["Status"], "Closed");
        let listed = reader.get("Tickets").await.is_ok().json();
        assert_eq!(listed[0]["LastUpdatedByUserID"], UserId::SYSTEM.0);
    }
}

#[tokio::test]
async fn a_reply_of_the_system_answers_nobody_and_reopens_nothing() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let ticket = ann.creates_a_ticket().await;
    app.system_says(ticket, "We have got your request", false)
        .await;
    let shown = || async {
        let ticket = admin.get("Ticket").param("id", ticket).await;
        ticket.is_ok().json()
    };
    let after = shown().await;
    assert_eq!(after["Status"], "New");
    assert_eq!(after["StartDate"], Value::Null);
    assert_eq!(after["UpdatedByPerformer"], false);
    admin.post("Close").param("id", ticket).await.is_done();
    app.system_says(ticket, "Farewell", false).await;
    assert_eq!(shown().await["Status"], "Closed");
    app.system_says(ticket, "Look at this", true).await;
    let after = shown().await;
    assert_eq!(after["Status"], "Closed");
    assert_eq!(after["UpdatedForTechView"], true);
}

#[tokio::test]
async fn the_system_is_no_user() {
    let app = TestApp::start().await;
    let mut conn = app.database.connect().await;
    assert!(bootstrap::is_needed(&mut conn).await.unwrap());
    let admin = app.admin().await;
    assert!(!bootstrap::is_needed(&mut conn).await.unwrap());
    let carl = app.customer("carl").await;
    let ticket = carl.creates_a_ticket().await;
    let system = UserId::SYSTEM;
    for mode in ["all", "admins", "techs", "regular", "disabled"] {
        let users = admin.get("Users").param("listMode", mode).await;
        assert!(!users.is_ok().text().contains("System"), "{mode}");
    }
    assert!(!admin.v2("GET", "users").await.text().contains("System"));
    admin.v2("GET", "users/-1").await.has_status(404);
    admin.v2("DELETE", "users/-1").await.has_status(404);
    for (method, parameter) in [("User", "id"), ("UserByEmail", "email")] {
        let found = admin.get(method).param(parameter, system).await;
        found.is_not_found();
    }
    let named = admin.get("UserByUsername").param("username", "(system)");
    named.await.is_not_found();
    let techs = admin.get("TechsForCategory").param("id", 1).await;
    assert!(!techs.is_ok().text().contains("System"));
    let post = |method: &str, id: &str| admin.post(method).param(id, system);
    post("DeleteUser", "userId").await.is_not_found();
    post("UpdateUser", "userId")
        .param("phone", "1")
        .await
        .is_not_found();
    let merged = post("MergeUsers", "fromUserId").param("toUserId", carl.id);
    merged.await.is_not_found();
    let merged = post("MergeUsers", "toUserId").param("fromUserId", carl.id);
    merged.await.is_not_found();
    let subscribed = post("AddSubscriber", "userId").param("id", ticket);
    subscribed.await.is_not_found();
    let assigned = post("UpdateTicket", "assignedUserId").param("id", ticket);
    assigned.await.is_not_found();
    let impersonated = post("Comment", "userIdFrom").param("id", ticket);
    let said = impersonated.param("body", "It is me").await;
    assert!(!said.text().contains("System"));
    let login = app.known("(system)", "").get("Tickets").await;
    login.is_unauthorized();
    // Many have an account of that name.
    let named = admin.post("CreateUser").param("email", "system@desk.test");
    named.param("username", "system").await.is_ok();
}
