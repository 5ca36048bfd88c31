use chrono::TimeDelta;
use serde_json::json;

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

async fn ids(person: &Person<'_>, params: &[(&str, &str)]) -> Vec<i64> {
    let mut call = person.get("Tickets");
    for (name, value) in params {
        call = call.param(name, value);
    }
    call.await
        .is_ok()
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["IssueID"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_item_has_the_documents_keys_in_its_order_and_types() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.customer("alice").await.creates_a_ticket().await;
    app.sql(
        "insert into custom_fields (id, usage, type, name, order_by) values (1, 1, 1, 'Helpdesk URL', 1);
        insert into ticket_field_values (ticket_id, field_id, value) select id, 1, 'desk.test' from tickets",
    )
    .await;
    let list = admin.get("Tickets").await.is_ok().json();
    assert_is("[listed ticket]", &list);
    assert_eq!(list[0]["Origin"], "API");
    let call = admin.get("Search").param("query", "printer");
    assert_is("[listed ticket]", &call.await.is_ok().json());
    let call = admin.get("Tickets").param("includeCustomFields", true);
    let list = call.await.is_ok().json();
    assert_is("[listed ticket with fields]", &list);
    assert_is("[field of a ticket]", &list[0]["CustomFields"]);
}

#[tokio::test]
async fn lists_are_newest_first_ten_unless_told_and_three_hundred_at_most() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.change(
        "insert into tickets (subject, body, category_id, user_id, created_at, updated_at)
         select 's', 'b', 1, $1, now(), now() from generate_series(1, 310)",
        admin.id.0,
    )
    .await;
    assert_eq!(
        ids(&admin, &[]).await,
        (301..=310).rev().collect::<Vec<i64>>()
    );
    assert_eq!(ids(&admin, &[("count", "500")]).await.len(), 300);
    assert_eq!(
        ids(&admin, &[("count", "3"), ("offset", "2")]).await,
        [308, 307, 306]
    );
    assert_eq!(ids(&admin, &[("offset", "310")]).await, Vec::<i64>::new());
    assert_eq!(
        admin
            .get("Tickets")
            .param("offset", 400)
            .await
            .is_ok()
            .text(),
        "[]"
    );
    admin
        .get("Tickets")
        .param("count", "many")
        .await
        .is_bad("count");
    admin
        .get("Tickets")
        .param("offset", "-1")
        .await
        .is_bad("offset");
}

#[tokio::test]
async fn everybody_sees_what_he_may_and_nothing_twice() {
    let app = TestApp::start().await;
    app.sql("insert into categories (name) values ('Network'); insert into companies (name) values ('Acme')").await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let mary = app.customer("mary").await;
    let tom = app.technician("tom", &[1]).await;
    let admin = app.admin().await;
    app.change("update users set company_id = 1 where id = $1", alice.id.0)
        .await;
    app.change(
        "update users set company_id = 1, is_manager = true where id = $1",
        mary.id.0,
    )
    .await;
    let first = i64::from(alice.creates_a_ticket().await);
    let second = i64::from(bob.creates_a_ticket().await);
    let third = admin
        .post("Ticket")
        .param("categoryId", 2)
        .param("subject", "s")
        .param("body", "b");
    let third = i64::from(third.await.is_ok().number());
    assert_eq!(ids(&admin, &[]).await, [third, second, first]);
    assert_eq!(ids(&alice, &[]).await, [first]);
    assert_eq!(ids(&bob, &[]).await, [second]);
    assert_eq!(ids(&mary, &[]).await, [first]);
    assert_eq!(ids(&tom, &[]).await, [second, first]);
    // Seen on two grounds, listed once.
    app.change(
        "insert into subscribers (user_id, ticket_id) select $1, id from tickets",
        tom.id.0,
    )
    .await;
    assert_eq!(ids(&tom, &[]).await, [third, second, first]);
    assert_eq!(
        ids(&tom, &[("subscribedOnly", "true"), ("categoryId", "2")]).await,
        [third]
    );
    // A filter never widens.
    assert_eq!(
        ids(&bob, &[("fromUserId", &alice.id.to_string())]).await,
        Vec::<i64>::new()
    );
    assert_eq!(
        ids(&bob, &[("fromCompanyId", "1")]).await,
        Vec::<i64>::new()
    );
}

/// Three tickets that differ in all that filters look at: the administrator's, alice's, and tom's in another category.
async fn three_tickets(app: &TestApp) -> (Person<'_>, i32, i32, [i64; 3]) {
    app.sql("insert into sections (name) values ('IT')").await;
    app.sql("insert into categories (name, section_id) values ('Network', 1)")
        .await;
    app.sql("insert into companies (name) values ('Acme')")
        .await;
    let admin = app.admin().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1, 2]).await;
    app.change("update users set company_id = 1 where id = $1", alice.id.0)
        .await;
    let plain = admin.creates_a_ticket().await;
    let hers = alice.creates_a_ticket().await;
    let network = tom
        .post("Ticket")
        .param("categoryId", 2)
        .param("subject", "s")
        .param("body", "b")
        .param("tags", "Red")
        .param("assignedToUserId", tom.id);
    let network = network.await.is_ok().number();
    (
        admin,
        alice.id.0,
        tom.id.0,
        [plain, hers, network].map(i64::from),
    )
}

#[tokio::test]
async fn filters_filter() {
    let app = TestApp::start().await;
    let (admin, alice, tom, [plain, hers, network]) = three_tickets(&app).await;
    let (alice, tom) = (alice.to_string(), tom.to_string());
    for (params, expected) in [
        (vec![("categoryId", "2")], vec![network]),
        (
            vec![("categoryId", "1"), ("categoryId", "2")],
            vec![network, hers, plain],
        ),
        (
            vec![("categoryId[]", "1"), ("fromCompanyId", "1")],
            vec![hers],
        ),
        (vec![("sectionId", "1")], vec![network]),
        (vec![("statusId", "2,3")], vec![network]),
        (vec![("fromUserId", alice.as_str())], vec![hers]),
        (vec![("fromCompanyId", "1")], vec![hers]),
        (vec![("handledByUserID", tom.as_str())], vec![network]),
        (vec![("tagName", "red")], vec![network]),
        (vec![("tagName", "blue")], vec![]),
        (vec![("mode", "unclosed")], vec![network, hers, plain]),
        (vec![("mode", "unanswered")], vec![hers, plain]),
        (vec![("Mode", "HandledByMe")], vec![]),
        (
            vec![("dateFrom", "2000-01-01"), ("dateTo", "2001-01-01")],
            vec![],
        ),
        (vec![("subscribedOnly", "true")], vec![plain]),
    ] {
        assert_eq!(ids(&admin, &params).await, expected, "{params:?}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_named() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for (name, value) in [
        ("mode", "whatever"),
        ("dateFrom", "yesterday"),
        ("categoryId", "undefined"),
        ("statusId", "1,x"),
        ("fromUserId", "{user}"),
        ("includeCustomFields", "perhaps"),
    ] {
        alice.get("Tickets").param(name, value).await.is_bad(name);
    }
}

#[tokio::test]
async fn the_days_given_count_whole() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = i64::from(admin.creates_a_ticket().await);
    app.sql("update tickets set created_at = '2024-05-05 23:59:59.5Z', updated_at = '2024-05-07 12:00Z', due_date = '2024-05-09 23:00Z'").await;
    for (params, expected) in [
        (
            vec![("dateFrom", "2024-05-05"), ("dateTo", "2024-05-05")],
            vec![id],
        ),
        (vec![("dateTo", "2024-05-04")], vec![]),
        (vec![("dateFrom", "2024-05-06")], vec![]),
        (vec![("updatedTo", "2024-05-07")], vec![id]),
        (vec![("updatedFrom", "2024-05-07 12:00:00")], vec![id]),
        (vec![("updatedFrom", "2024-05-07T12:00:01Z")], vec![]),
    ] {
        assert_eq!(ids(&admin, &params).await, expected, "{params:?}");
    }
    let to = chrono::DateTime::parse_from_rfc3339("2024-05-07T08:00:00Z")
        .unwrap()
        .to_utc();
    app.clock.advance(to - app.clock.now() - TimeDelta::zero());
    assert_eq!(ids(&admin, &[("dueInDays", "2")]).await, [id]);
    assert_eq!(ids(&admin, &[("dueInDays", "1")]).await, Vec::<i64>::new());
    admin
        .get("Tickets")
        .param("dueInDays", "-1")
        .await
        .is_bad("dueInDays");
}

#[tokio::test]
async fn stats_have_two_shapes_and_obey_their_sums() {
    let app = TestApp::start().await;
    app.sql("insert into statuses (name) values ('Waiting')")
        .await;
    let admin = app.admin().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1]).await;
    let mut made = vec![];
    for _ in 0..5 {
        made.push(alice.creates_a_ticket().await);
    }
    admin.creates_a_ticket().await;
    tom.post("UpdateTicket")
        .param("id", made[0])
        .param("assignedUserId", tom.id)
        .await
        .is_done();
    tom.post("UpdateTicket")
        .param("id", made[1])
        .param("statusId", 4)
        .await
        .is_done();
    tom.post("Close").param("id", made[2]).await.is_done();
    assert_eq!(
        tom.get("Stats").await.is_ok().text(),
        json!({"TotalTickets":6,"Closed":1,"InProcess":2,"NewTickets":3,"Unanswered":3,"Unassigned":4,"Unclosed":5,"HandledByMe":1})
            .to_string()
    );
    assert_eq!(
        alice.get("Stats").param("forCurrentUser", true).await.is_ok().text(),
        json!({"NewTickets":2,"Unanswered":2,"Unassigned":3,"Unclosed":4,"HandledByMe":0,"SubmittedByMe":4,"InProcess":2})
            .to_string()
    );
    assert_eq!(alice.get("Stats").await.is_ok().json()["TotalTickets"], 5);
    assert_eq!(
        app.customer("bob").await.get("Stats").await.is_ok().json()["TotalTickets"],
        0
    );
    alice
        .get("Stats")
        .param("forCurrentUser", "maybe")
        .await
        .is_bad("forCurrentUser");
}
