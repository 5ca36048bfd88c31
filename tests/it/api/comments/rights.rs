use serde_json::{Value, json};

use super::{GENERAL, marks};
use crate::support::TestApp;
use crate::support::people::Person;

#[tokio::test]
async fn an_invisible_ticket_answers_like_an_unknown_one() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let bob = app.customer("bob").await;
    let elsewhere = app.technician("elsewhere", &[]).await;
    for stranger in [bob, elsewhere] {
        let post = |id: i32| stranger.post("Comment").param("id", id).param("body", "x");
        let hidden = post(ticket).await.is_not_found();
        let unknown = post(999_999).await.is_not_found();
        assert_eq!(hidden.text(), unknown.text());
        for staff_only in ["forTechsOnly", "isSystem"] {
            post(ticket).param(staff_only, true).await.is_not_found();
        }
        post(ticket)
            .param("recipientIds", alice.id)
            .await
            .is_not_found();
        let hidden = stranger
            .get("Comments")
            .param("id", ticket)
            .await
            .is_not_found();
        let unknown = stranger
            .get("Comments")
            .param("id", 999_999)
            .await
            .is_not_found();
        assert_eq!(hidden.text(), unknown.text());
    }
    let anonymous = app.anonymous();
    anonymous
        .get("Comments")
        .param("id", ticket)
        .await
        .is_unauthorized();
    anonymous
        .post("Comment")
        .param("id", ticket)
        .param("body", "x")
        .await
        .is_unauthorized();
    assert_eq!(app.count("select count(*) from comments").await, 0);
}

#[tokio::test]
async fn what_is_for_staff_is_refused_to_customers_and_never_made_public() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let post = || {
        alice
            .post("Comment")
            .param("id", ticket)
            .param("body", "secret")
    };
    post().param("forTechsOnly", true).await.is_forbidden();
    post().param("isSystem", true).await.is_forbidden();
    post().param("recipientIds", alice.id).await.is_forbidden();
    post().param("fromUserId", alice.id).await.is_forbidden();
    post().param("fromUserId", 999_999).await.is_forbidden();
    post()
        .param("forTechsOnly", true)
        .file("f", "a.txt", "x")
        .await
        .is_forbidden();
    assert_eq!(app.count("select count(*) from comments").await, 0);
    assert_eq!(app.count("select count(*) from attachments").await, 0);
    assert_eq!(app.stored_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn for_techs_only_never_becomes_false_by_a_failure_to_read_it() {
    let app = TestApp::start().await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    for value in ["1", "on", "TRUE", "true", "yes", "2", "abc", "tru", "null"] {
        let call = tech
            .post("Comment")
            .param("id", ticket)
            .param("body", "secret");
        let reply = call.param("forTechsOnly", value).await;
        assert!(
            matches!(reply.status.as_u16(), 200 | 400),
            "{value}: {}",
            reply.status
        );
        alice
            .post("Comment")
            .param("id", ticket)
            .param("body", "x")
            .param("forTechsOnly", value)
            .await;
    }
    assert_eq!(
        app.count("select count(*) from comments where not for_techs_only")
            .await,
        0
    );
    assert!(
        app.count("select count(*) from comments where for_techs_only")
            .await
            >= 4
    );
}

#[tokio::test]
async fn another_users_name_is_for_administrators() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let cast = app.cast().await;
    let (tech, admin) = (&cast.tech, &cast.admin);
    let ticket = alice.creates_a_ticket().await;
    let post_as_alice = async |person: &Person<'_>, ticket: i32| {
        let call = person
            .post("Comment")
            .param("id", ticket)
            .param("body", "x");
        call.param("fromUserId", alice.id).await
    };
    for person in [&cast.owner, &cast.subscriber, &cast.manager, tech] {
        post_as_alice(person, cast.ticket).await.is_forbidden();
        post_as_alice(person, 999_999).await.is_not_found();
    }
    for person in [&cast.stranger, &cast.elsewhere] {
        let hidden = post_as_alice(person, cast.ticket).await.is_not_found();
        let unknown = post_as_alice(person, 999_999).await.is_not_found();
        assert_eq!(hidden.text(), unknown.text());
    }
    assert_eq!(app.count("select count(*) from comments").await, 0);
    let call = admin
        .post("Comment")
        .param("id", ticket)
        .param("body", "dictated by phone");
    call.param("fromUserId", alice.id).await.is_ok();
    let comment = tech.newest_comment(ticket).await;
    assert_eq!(comment["UserID"], alice.id.0);
    assert_eq!(comment["UserName"], "alice");
    assert_eq!(marks(&app, ticket).await, (true, false, false, 1));
    let call = admin.post("Comment").param("id", ticket).param("body", "x");
    call.param("fromUserId", 999_999).await.is_not_found();
}

#[tokio::test]
async fn notes_for_technicians_are_absent_for_everybody_else() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let admin = app.admin().await;
    let elsewhere = app.technician("elsewhere", &[]).await;
    let ticket = alice.creates_a_ticket().await;
    app.subscribes(&elsewhere).await;
    let public = tech.says(ticket, "Have you tried water?").await;
    let note = tech.notes(ticket, "The customer is always on fire").await;
    for staff in [&tech, &admin] {
        let comments = staff.comments_on(ticket).await;
        assert_eq!(comments[0]["CommentID"], note);
        assert_eq!(comments[0]["ForTechsOnly"], true);
    }
    for other in [&alice, &elsewhere] {
        let comments = other.comments_on(ticket).await;
        let ids: Vec<_> = comments
            .iter()
            .map(|comment| comment["CommentID"].clone())
            .collect();
        assert!(ids.contains(&json!(public)));
        assert!(!ids.contains(&json!(note)));
        let reply = other.get("Comments").param("id", ticket).await;
        assert!(!reply.text().contains("always on fire"));
    }
}

#[tokio::test]
async fn customers_do_not_read_the_addresses_of_others() {
    let app = TestApp::start().await;
    let bob = app.customer("bob").await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let admin = app.admin().await;
    let ticket = alice.creates_a_ticket().await;
    alice.says(ticket, "one").await;
    tech.says(ticket, "two").await;
    admin.says(ticket, "three").await;
    let addresses = |comments: Vec<Value>| -> Vec<(Value, Value)> {
        comments
            .into_iter()
            .filter(|comment| comment["IsSystem"] == false)
            .map(|comment| (comment["UserName"].clone(), comment["Email"].clone()))
            .collect()
    };
    assert_eq!(
        addresses(alice.comments_on(ticket).await),
        [
            (json!("admin"), json!("")),
            (json!("tech"), json!("")),
            (json!("alice"), json!("alice@desk.test"))
        ]
    );
    app.subscribes(&bob).await;
    for (_, address) in addresses(bob.comments_on(ticket).await) {
        assert_eq!(address, "");
    }
    assert_eq!(
        addresses(tech.comments_on(ticket).await),
        [
            (json!("admin"), json!("admin@desk.test")),
            (json!("tech"), json!("tech@desk.test")),
            (json!("alice"), json!("alice@desk.test"))
        ]
    );
}

#[tokio::test]
async fn everybody_who_sees_the_ticket_may_comment() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    for person in [
        &cast.owner,
        &cast.subscriber,
        &cast.manager,
        &cast.tech,
        &cast.admin,
    ] {
        person
            .says(cast.ticket, &format!("I am {}", person.name))
            .await;
        assert_eq!(
            person.newest_comment(cast.ticket).await["UserName"],
            person.name
        );
    }
    for person in [&cast.owner, &cast.subscriber, &cast.manager] {
        let call = person
            .post("Comment")
            .param("id", cast.ticket)
            .param("body", "x");
        call.param("forTechsOnly", true).await.is_forbidden();
    }
    for person in [&cast.stranger, &cast.elsewhere] {
        let call = person
            .post("Comment")
            .param("id", cast.ticket)
            .param("body", "x");
        call.await.is_not_found();
    }
}

#[tokio::test]
async fn words_of_notes_are_found_by_staff_only() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    alice.says(ticket, "smoke everywhere").await;
    tech.notes(ticket, "pyromaniac").await;
    let in_public = "select count(*) from ticket_search where public_words @@ to_tsquery('simple', 'pyromaniac')";
    let for_staff = "select count(*) from ticket_search where staff_words @@ to_tsquery('simple', 'pyromaniac & smoke')";
    assert_eq!(app.count(in_public).await, 0);
    assert_eq!(app.count(for_staff).await, 1);
    assert_eq!(
        app.count(
            "select count(*) from ticket_search where public_words @@ to_tsquery('simple', 'smoke')"
        )
        .await,
        1
    );
}
