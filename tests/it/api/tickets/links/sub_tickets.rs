use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

use super::part;

async fn has_children(person: &Person<'_>, ticket: i32) -> bool {
    let list = person.get("Tickets").param("count", 300).await.is_ok();
    let list = list.json();
    let item = list.as_array().unwrap().iter();
    let item = item.clone().find(|item| item["IssueID"] == ticket);
    item.unwrap()["HasChildren"].as_bool().unwrap()
}

#[tokio::test]
async fn a_sub_ticket_has_one_parent_and_moves() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let mut tickets = vec![];
    for _ in 0..3 {
        tickets.push(ann.has_a_ticket_in(1).await);
    }
    let (old, new, child) = (tickets[0], tickets[1], tickets[2]);
    let call = tess.get("AddSubTicket").param("parentId", old);
    call.param("childId", child).await.is_done();
    // The second time nothing changes.
    tess.makes_part(old, child).await;
    assert_eq!(tess.parent_of(child).await, old);
    assert_eq!(ann.parent_of(child).await, old);
    assert!(has_children(&ann, old).await);
    assert!(!has_children(&ann, child).await);
    assert_eq!(
        ann.history_of(child).await,
        [format!("tess made the ticket a sub-ticket of #{old}")]
    );
    assert_eq!(
        ann.history_of(old).await,
        [format!("tess added the sub-ticket #{child}")]
    );
    tess.makes_part(new, child).await;
    assert_eq!(tess.parent_of(child).await, new);
    assert_eq!(tess.numbers("SubTickets", new).await, [i64::from(child)]);
    assert!(!has_children(&ann, old).await);
    assert!(has_children(&ann, new).await);
    assert_eq!(
        ann.history_of(old).await[0],
        format!("tess moved the sub-ticket #{child} to #{new}")
    );
    for _ in 0..2 {
        let call = tess.post("RemoveSubTicket").param("childId", child);
        call.await.is_done();
    }
    assert_eq!(tess.parent_of(child).await, 0);
    assert!(!has_children(&ann, new).await);
    assert_eq!(
        ann.history_of(child).await[0],
        format!("tess took the ticket out of #{new}")
    );
    assert_eq!(
        ann.history_of(new).await[0],
        format!("tess removed the sub-ticket #{child}")
    );
    // Two, three and two entries: what changed nothing left none.
    assert_eq!(app.count("select count(*) from comments").await, 7);
    assert_eq!(app.count("select count(*) from outbox").await, 7);
}

#[tokio::test]
async fn only_the_first_level_is_listed_newest_first() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut tickets = vec![];
    for _ in 0..4 {
        tickets.push(admin.has_a_ticket_in(1).await);
    }
    admin.makes_part(tickets[0], tickets[1]).await;
    admin.makes_part(tickets[0], tickets[2]).await;
    admin.makes_part(tickets[1], tickets[3]).await;
    assert_eq!(
        admin.numbers("SubTickets", tickets[0]).await,
        [i64::from(tickets[2]), i64::from(tickets[1])]
    );
}

#[tokio::test]
async fn no_ticket_is_part_of_itself() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut tickets = vec![];
    for _ in 0..5 {
        tickets.push(admin.has_a_ticket_in(1).await);
    }
    part(&admin, tickets[0], tickets[0]).await.is_bad("childId");
    for pair in tickets.windows(2) {
        part(&admin, pair[0], pair[1]).await.is_done();
    }
    for below in &tickets[1..] {
        part(&admin, *below, tickets[0]).await.is_bad("childId");
    }
    assert_eq!(admin.parent_of(tickets[0]).await, 0);
    // Further down on another branch is no circle.
    part(&admin, tickets[0], tickets[4]).await.is_done();
    part(&admin, tickets[4], tickets[3]).await.is_done();
}

fn remove<'a>(person: &Person<'a>, child: i32) -> Call<'a> {
    person.post("RemoveSubTicket").param("childId", child)
}

#[tokio::test]
async fn sub_tickets_are_for_staff_of_both() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let sibling = cast.owner.has_a_ticket_in(1).await;
    let away = cast.owner.has_a_ticket_in(2).await;
    for person in [&cast.owner, &cast.manager] {
        part(person, cast.ticket, sibling).await.is_forbidden();
    }
    part(&cast.stranger, cast.ticket, sibling)
        .await
        .is_not_found();
    let unseen = part(&cast.tech, cast.ticket, away).await.is_not_found();
    let unknown = part(&cast.tech, cast.ticket, 999).await.is_not_found();
    assert_eq!(unseen.text(), unknown.text());
    part(&cast.tech, away, cast.ticket).await.is_not_found();
    app.subscribes(&cast.tech).await;
    part(&cast.tech, cast.ticket, away).await.is_forbidden();
    part(&cast.tech, away, cast.ticket).await.is_forbidden();
    part(&cast.tech, cast.ticket, sibling).await.is_done();
    for person in [&cast.owner, &cast.manager] {
        remove(person, sibling).await.is_forbidden();
    }
    for person in [&cast.stranger, &cast.elsewhere] {
        remove(person, sibling).await.is_not_found();
    }
    remove(&cast.tech, 999).await.is_not_found();
    // Staff of the sub-ticket takes it out of a parent that others work on.
    cast.admin.makes_part(away, sibling).await;
    remove(&cast.tech, sibling).await.is_done();
    assert_eq!(cast.admin.parent_of(sibling).await, 0);
}

#[tokio::test]
async fn both_numbers_are_needed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.has_a_ticket_in(1).await;
    let call = || admin.post("AddSubTicket");
    call().param("parentId", ticket).await.is_bad("childId");
    call().param("childId", ticket).await.is_bad("parentId");
    admin.post("RemoveSubTicket").await.is_bad("childId");
    let call = admin.post("RemoveSubTicket").param("childId", "{id}");
    call.await.is_bad("childId");
}

#[tokio::test]
async fn sub_tickets_of_a_deleted_ticket_stay_without_a_parent() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (child, parent) = (
        admin.has_a_ticket_in(1).await,
        admin.has_a_ticket_in(1).await,
    );
    admin.makes_part(parent, child).await;
    let call = admin.post("deleteTicket").param("id", parent);
    call.await.is_done();
    assert_eq!(admin.parent_of(child).await, 0);
}
