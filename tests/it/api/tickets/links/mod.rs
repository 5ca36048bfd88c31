mod merge;
mod merge_family;
mod shapes;
mod sub_tickets;
mod together;

use serde_json::Value;

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

fn merge<'a>(person: &Person<'a>, id: i32, id2: i32) -> Call<'a> {
    let call = person.post("MergeTickets").param("id", id);
    call.param("id2", id2)
}

fn part<'a>(person: &Person<'a>, parent: i32, child: i32) -> Call<'a> {
    let call = person.post("AddSubTicket").param("parentId", parent);
    call.param("childId", child)
}

fn link<'a>(person: &Person<'a>, id: i32, id2: i32) -> Call<'a> {
    let call = person.post("LinkTickets").param("id", id);
    call.param("id2", id2)
}

impl Person<'_> {
    /// The numbers in a list of tickets that `method` answers.
    async fn numbers(&self, method: &str, ticket: i32) -> Vec<i64> {
        let reply = self.get(method).param("id", ticket).await.is_ok().json();
        let number = |item: &Value| {
            let id = item.get("TicketID").unwrap_or(&item["IssueID"]);
            id.as_i64().unwrap()
        };
        reply.as_array().unwrap().iter().map(number).collect()
    }

    async fn links(&self, id: i32, id2: i32) {
        link(self, id, id2).await.is_done();
    }

    async fn makes_part(&self, parent: i32, child: i32) {
        part(self, parent, child).await.is_done();
    }

    async fn parent_of(&self, ticket: i32) -> i32 {
        let call = self.get("ParentTicket").param("id", ticket);
        call.await.is_ok().number()
    }

    /// The system entries of a ticket, newest first.
    async fn history_of(&self, ticket: i32) -> Vec<String> {
        let reply = self.get("Comments").param("id", ticket).await.is_ok();
        let comments = reply.json();
        let system = comments.as_array().unwrap().iter();
        system
            .filter(|comment| comment["IsSystem"] == true)
            .map(|comment| comment["Body"].as_str().unwrap().replace("<!--html-->", ""))
            .collect()
    }
}

#[tokio::test]
async fn a_link_has_no_direction_and_is_told_once_on_both_tickets() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let one = ann.has_a_ticket_in(1).await;
    let other = ann.has_a_ticket_in(1).await;
    let call = tess.get("LinkTickets").param("id", other);
    call.param("id2", one).await.is_done();
    tess.links(one, other).await;
    tess.links(other, one).await;
    assert_eq!(app.count("select count(*) from ticket_links").await, 1);
    assert_eq!(tess.numbers("LinkedTickets", one).await, [i64::from(other)]);
    assert_eq!(ann.numbers("LinkedTickets", other).await, [i64::from(one)]);
    assert_eq!(
        ann.history_of(one).await,
        [format!("tess linked the ticket to #{other}")]
    );
    assert_eq!(
        ann.history_of(other).await,
        [format!("tess linked the ticket to #{one}")]
    );
    for (id, id2) in [(other, one), (one, other)] {
        let call = tess.post("UnlinkTickets").param("id", id);
        call.param("id2", id2).await.is_done();
    }
    assert_eq!(tess.numbers("LinkedTickets", one).await, Vec::<i64>::new());
    assert_eq!(
        ann.history_of(other).await[0],
        format!("tess unlinked the ticket from #{one}")
    );
    assert_eq!(
        app.count(
            "select count(*) from outbox where event in ('ticket.linked', 'ticket.unlinked')"
        )
        .await,
        4
    );
    assert_eq!(
        app.count("select count(*) from comments where is_system")
            .await,
        4
    );
}

#[tokio::test]
async fn links_need_two_tickets() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.has_a_ticket_in(1).await;
    for method in ["LinkTickets", "UnlinkTickets", "MergeTickets"] {
        let call = || admin.post(method).param("id", ticket);
        call().param("id2", ticket).await.is_bad("id2");
        call().await.is_bad("id2");
        call().param("id2", "x").await.is_bad("id2");
        admin.post(method).param("id2", ticket).await.is_bad("id");
        let unknown = call().param("id2", 999).await.is_not_found();
        assert!(!unknown.text().is_empty());
        let first = admin.post(method).param("id", 999).param("id2", ticket);
        assert_eq!(first.await.is_not_found().text(), unknown.text());
    }
    assert_eq!(app.count("select count(*) from comments").await, 0);
}

#[tokio::test]
async fn a_link_needs_staff_of_the_first_ticket_and_sight_of_both() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let tess = &cast.tech;
    let other = cast.owner.has_a_ticket_in(2).await;
    // He sees one of them only: the other one is as unknown as one that is not there.
    let unseen = link(tess, cast.ticket, other).await.is_not_found().text();
    let unknown = link(tess, cast.ticket, 999).await.is_not_found().text();
    assert_eq!(unseen, unknown);
    link(tess, other, cast.ticket).await.is_not_found();
    app.subscribes(tess).await;
    link(tess, other, cast.ticket).await.is_forbidden();
    link(tess, cast.ticket, other).await.is_done();
    for person in [&cast.owner, &cast.subscriber, &cast.manager] {
        link(person, cast.ticket, other)
            .await
            .has_status(if person.name == "subscriber" {
                404
            } else {
                403
            });
    }
    link(&cast.stranger, cast.ticket, other)
        .await
        .is_not_found();
    let call = cast.tech.post("UnlinkTickets").param("id", other);
    call.param("id2", cast.ticket).await.is_forbidden();
    assert_eq!(app.count("select count(*) from ticket_links").await, 1);
}

#[tokio::test]
async fn of_linked_and_sub_tickets_everybody_reads_those_he_sees() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let hidden = cast.stranger.has_a_ticket_in(2).await;
    let own = cast.owner.has_a_ticket_in(2).await;
    for other in [hidden, own] {
        cast.admin.links(cast.ticket, other).await;
        cast.admin.makes_part(cast.ticket, other).await;
    }
    let elsewhere = cast.elsewhere.get("LinkedTickets");
    elsewhere.param("id", cast.ticket).await.is_not_found();
    app.change(
        "update tickets set subject = 'a secret' where id = $1",
        hidden,
    )
    .await;
    for method in ["LinkedTickets", "SubTickets"] {
        let own = vec![i64::from(own)];
        let both = vec![own[0], i64::from(hidden)];
        for (person, expected) in [
            (&cast.owner, &own),
            (&cast.manager, &own),
            (&cast.subscriber, &vec![]),
            (&cast.tech, &vec![]),
            (&cast.admin, &both),
        ] {
            let seen = person.numbers(method, cast.ticket).await;
            assert_eq!(seen, *expected, "{method} as {}", person.name);
        }
        let call = cast.stranger.get(method).param("id", cast.ticket);
        call.await.is_not_found();
        cast.admin.get(method).await.is_bad("id");
    }
    // The history that customers read names no subject of a ticket that may not be theirs.
    let comments = cast.owner.get("Comments").param("id", cast.ticket).await;
    assert!(!comments.text().contains("a secret"), "{}", comments.text());
    let of_a_department = "insert into departments (name) values ('Sales');
        update users set department_id = 1, is_department_manager = username = 'subscriber'
        where username in ('owner', 'subscriber')";
    app.sql(of_a_department).await;
    assert_eq!(
        cast.subscriber.numbers("SubTickets", cast.ticket).await,
        [i64::from(own)]
    );
}
