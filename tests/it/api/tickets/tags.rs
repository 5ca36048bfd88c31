use std::future::IntoFuture;

use futures_util::future::join_all;

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

fn tag<'a>(person: &Person<'a>, ticket: i32) -> Call<'a> {
    person
        .post("TagTicket")
        .param("ticketId", ticket)
        .param("name", "a")
}

#[tokio::test]
async fn the_owner_and_staff_tag_a_ticket() {
    let app = TestApp::start().await;
    let (ann, tess) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
    );
    let ticket = ann.has_a_ticket_in(1).await;
    ann.post("TagTicket")
        .param("ticketId", ticket)
        .param("name", " Urgent ")
        .await
        .is_done();
    tess.get("tagticket")
        .param("ticketId", ticket)
        .param("name", "urgent")
        .await
        .is_done();
    tess.post("TagTicket")
        .param("ticketId", ticket)
        .param("name", "printer,fire")
        .await
        .is_done();
    assert_eq!(app.count("select count(*) from ticket_tags").await, 3);
    assert_eq!(
        app.count("select count(*) from tags where name in ('Urgent', 'printer', 'fire')")
            .await,
        3
    );
    // What changed something is told once, and found.
    assert_eq!(
        app.count("select count(*) from comments where is_system")
            .await,
        2
    );
    assert_eq!(
        app.count("select count(*) from ticket_search where public_words @@ 'urgent'::tsquery")
            .await,
        1
    );
}

#[tokio::test]
async fn neither_subscribers_nor_managers_tag_and_strangers_see_no_ticket() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let (manager, stranger) = (
        app.customer("manager").await,
        app.customer("stranger").await,
    );
    app.sql(
        "insert into companies (id, name) values (7, 'Acme'); insert into categories (id, name) values (2, 'Other');
        update users set company_id = 7 where username in ('ann', 'manager');
        update users set is_manager = true where username = 'manager'",
    )
    .await;
    let other_tech = app.technician("otto", &[2]).await;
    let ticket = ann.has_a_ticket_in(1).await;
    app.sql("insert into subscribers select t.id, u.id from tickets t, users u where u.username = 'bob'").await;
    for person in [&bob, &manager] {
        tag(person, ticket).await.is_forbidden();
    }
    for person in [&stranger, &other_tech] {
        let invisible = tag(person, ticket).await.is_not_found().text();
        let unknown = tag(person, 999).await.is_not_found().text();
        assert_eq!(invisible, unknown);
    }
    tag(&app.anonymous(), ticket).await.is_unauthorized();
    assert_eq!(app.count("select count(*) from tags").await, 0);
}

#[tokio::test]
async fn wrong_tags_are_refused() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    for name in ["", " ", ",", &"x".repeat(101), "a\tb"] {
        ann.post("TagTicket")
            .param("ticketId", ticket)
            .param("name", name)
            .await
            .is_bad("name");
    }
    ann.post("TagTicket")
        .param("name", "a")
        .await
        .is_bad("ticketId");
    ann.post("TagTicket")
        .param("ticketId", "x")
        .param("name", "a")
        .await
        .is_bad("ticketId");
    assert_eq!(app.count("select count(*) from tags").await, 0);
}

#[tokio::test]
async fn of_many_who_make_the_same_tags_at_once_each_tag_is_made_once() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let mut calls = vec![];
    for n in 0..20 {
        let ticket = ann.has_a_ticket_in(1).await;
        let names = if n % 2 == 0 { "a,b,c,d" } else { "D,C,B,A" };
        calls.push(
            ann.post("TagTicket")
                .param("ticketId", ticket)
                .param("name", names)
                .into_future(),
        );
    }
    for reply in join_all(calls).await {
        reply.is_done();
    }
    assert_eq!(app.count("select count(*) from tags").await, 4);
    assert_eq!(app.count("select count(*) from ticket_tags").await, 80);
}
