use serde_json::Value;

use crate::support::TestApp;
use crate::support::people::Person;

/// The ids of a ticket's subscribers.
async fn subscribers(reader: &Person<'_>, ticket: i32) -> Vec<i64> {
    let reply = reader
        .get("Subscribers")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    reply
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["UserID"].as_i64().unwrap())
        .collect()
}

fn id(person: &Person<'_>) -> i64 {
    person.id.0.into()
}

#[tokio::test]
async fn staff_of_the_ticket_adds_and_removes_others() {
    let app = TestApp::start().await;
    let (tess, ann, bob) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
        app.customer("bob").await,
    );
    let ticket = ann.has_a_ticket_in(1).await;
    bob.get("Subscribers")
        .param("id", ticket)
        .await
        .is_not_found();
    for _ in 0..2 {
        tess.post("AddSubscriber")
            .param("id", ticket)
            .param("userId", bob.id)
            .await
            .is_done();
    }
    assert_eq!(subscribers(&tess, ticket).await, [id(&bob)]);
    // A subscriber sees the ticket.
    assert_eq!(subscribers(&bob, ticket).await, [id(&bob)]);
    for _ in 0..2 {
        tess.get("RemoveSubscriber")
            .param("id", ticket)
            .param("userId", bob.id)
            .await
            .is_done();
    }
    assert_eq!(subscribers(&tess, ticket).await, Vec::<i64>::new());
    bob.get("Subscribers")
        .param("id", ticket)
        .await
        .is_not_found();
    // What changed something is told once.
    assert_eq!(
        app.count("select count(*) from comments where is_system")
            .await,
        2
    );
    assert_eq!(app.count("select count(*) from outbox").await, 2);
}

#[tokio::test]
async fn whoever_sees_a_ticket_subscribes_himself_and_ends_it() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let ticket = ann.has_a_ticket_in(1).await;
    ann.post("AddSubscriber")
        .param("id", ticket)
        .await
        .is_done();
    ann.post("AddSubscriber")
        .param("id", ticket)
        .param("userId", ann.id)
        .await
        .is_done();
    assert_eq!(subscribers(&ann, ticket).await, [id(&ann)]);
    ann.post("RemoveSubscriber")
        .param("id", ticket)
        .await
        .is_done();
    assert_eq!(subscribers(&ann, ticket).await, Vec::<i64>::new());
    bob.post("AddSubscriber")
        .param("id", ticket)
        .await
        .is_not_found();
    // Losing the subscription loses the sight of the ticket, if there was no other ground.
    app.sql("insert into subscribers select t.id, u.id from tickets t, users u where u.username = 'bob'").await;
    bob.post("RemoveSubscriber")
        .param("id", ticket)
        .param("userId", bob.id)
        .await
        .is_done();
    bob.post("RemoveSubscriber")
        .param("id", ticket)
        .await
        .is_not_found();
}

#[tokio::test]
async fn customers_neither_add_nor_remove_others() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let tess = app.technician("tess", &[]).await;
    app.sql("insert into categories (id, name) values (2, 'Other')")
        .await;
    let other_tech = app.technician("otto", &[2]).await;
    let ticket = ann.has_a_ticket_in(1).await;
    app.sql("insert into subscribers select t.id, u.id from tickets t, users u where u.username = 'bob'").await;
    for method in ["AddSubscriber", "RemoveSubscriber"] {
        for (person, other) in [(&ann, &bob), (&bob, &ann)] {
            let call = || person.post(method).param("id", ticket);
            // Whether there is such a user is not told.
            let known = call().param("userId", other.id).await.is_forbidden().text();
            let unknown = call().param("userId", 999).await.is_forbidden().text();
            assert_eq!(known, unknown);
        }
        for person in [&tess, &other_tech] {
            let invisible = person
                .post(method)
                .param("id", ticket)
                .param("userId", bob.id)
                .await
                .is_not_found()
                .text();
            let unknown = person
                .post(method)
                .param("id", 999)
                .param("userId", bob.id)
                .await
                .is_not_found()
                .text();
            assert_eq!(invisible, unknown);
        }
        app.anonymous()
            .post(method)
            .param("id", ticket)
            .await
            .is_unauthorized();
    }
    assert_eq!(app.count("select count(*) from subscribers").await, 1);
}

#[tokio::test]
async fn unknown_users_and_wrong_parameters_are_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.has_a_ticket_in(1).await;
    let gone = app.customer("gone").await;
    app.change(
        "update users set deleted_at = now() where id = $1",
        gone.id.0,
    )
    .await;
    for method in ["AddSubscriber", "RemoveSubscriber"] {
        for user in [0, 999, gone.id.0] {
            admin
                .post(method)
                .param("id", ticket)
                .param("userId", user)
                .await
                .is_not_found();
        }
        admin.post(method).await.is_bad("id");
        admin
            .post(method)
            .param("id", ticket)
            .param("userId", "x")
            .await
            .is_bad("userId");
    }
    admin.get("Subscribers").await.is_bad("id");
    admin
        .get("Subscribers")
        .param("id", "undefined")
        .await
        .is_bad("id");
    admin
        .get("Subscribers")
        .param("id", 999)
        .await
        .is_not_found();
    assert_eq!(app.count("select count(*) from subscribers").await, 0);
}

#[tokio::test]
async fn subscribers_have_the_keys_of_live_servers() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.has_a_ticket_in(1).await;
    admin
        .post("AddSubscriber")
        .param("id", ticket)
        .await
        .is_done();
    let path = format!("/api/Subscribers/{ticket}");
    let reply = admin.call(reqwest::Method::GET, &path).await.is_ok();
    let expected = format!(
        r#"[{{"UserID":{},"Username":"admin","Email":"admin@desk.test","IsAdmin":true,"Disabled":false,"FirstName":"","LastName":"","SendEmail":true,"IsTech":false,"IsManager":false,"TwoFactorAuthEnabled":false,"OutOfOffice":false,"FullNameAndLogin":"admin","FullName":"admin"}}]"#,
        admin.id
    );
    assert_eq!(reply.text(), expected);
}

#[tokio::test]
async fn customers_see_names_of_other_subscribers_but_no_addresses() {
    let app = TestApp::start().await;
    let (ann, tess) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
    );
    let ticket = ann.has_a_ticket_in(1).await;
    app.sql(
        "insert into users (username, email, two_factor_enabled) values ('joe@acme.example', 'joe@acme.example', true);
        insert into subscribers select t.id, u.id from tickets t, users u",
    )
    .await;
    let seen = ann.get("Subscribers").param("id", ticket).await.is_ok();
    assert!(!seen.text().contains("@acme.example"), "{}", seen.text());
    let seen = seen.json();
    for user in seen.as_array().unwrap() {
        let own = user["UserID"] == ann.id.0;
        assert_eq!(user["Email"] != Value::Null, own);
    }
    assert_eq!(seen[2]["FullName"], "joe");
    assert_eq!(seen[2]["TwoFactorAuthEnabled"], false);
    let seen = tess
        .get("Subscribers")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(seen[2]["Email"], "joe@acme.example");
}
