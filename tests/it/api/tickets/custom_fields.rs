use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

/// Fields 1 to 5 of each type, 6 for technicians, 7 for administrators, 8 of category 2 only, 9 of assets.
async fn with_fields() -> TestApp {
    let app = TestApp::start().await;
    app.sql(
        "insert into categories (name) values ('Other');
        insert into categories (name, for_techs_only) values ('Internal', true);
        insert into custom_fields (id, usage, type, name, order_by, mandatory, show_in_grid) values
            (1, 1, 1, 'Text', 5, true, true), (2, 1, 2, 'Date', 4, false, false), (3, 1, 3, 'Colour', 3, false, false),
            (4, 1, 4, 'Box', 2, false, false), (5, 1, 5, 'Lines', 1, false, false);
        insert into custom_fields (id, usage, type, name, order_by, for_techs_only, for_admins_only, for_all_categories) values
            (6, 1, 1, 'Techs', 6, true, false, true), (7, 1, 1, 'Admins', 7, false, true, true),
            (8, 1, 1, 'Other', 8, false, false, false), (9, 2, 1, 'Asset', 9, false, false, true);
        insert into custom_field_categories (field_id, category_id) values (8, 2);
        insert into custom_field_options (id, field_id, name, order_by) values (11, 3, 'Red', 2), (12, 3, 'Blue', 1)",
    )
    .await;
    app
}

fn set<'a>(person: &Person<'a>, ticket: i32, field: i32, value: &str) -> Call<'a> {
    person
        .post("SetCustomField")
        .param("ticketId", ticket)
        .param("fieldId", field)
        .param("value", value)
}

async fn read(person: &Person<'_>, ticket: i32) -> Value {
    let call = person.get("TicketCustomFields").param("id", ticket);
    call.await.is_ok().json()
}

/// What the person reads of each field, by id.
async fn values(person: &Person<'_>, ticket: i32) -> Vec<(i64, String)> {
    let items = read(person, ticket).await;
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| {
            let value = item["Value"].as_str().unwrap().to_owned();
            (item["FieldID"].as_i64().unwrap(), value)
        })
        .collect()
}

fn ids(items: &Value) -> Vec<i64> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item["FieldID"].as_i64().unwrap())
        .collect()
}

/// The system comments the person reads, oldest first.
async fn history(person: &Person<'_>, ticket: i32) -> Vec<String> {
    let call = person.get("Comments").param("id", ticket);
    let comments = call.await.is_ok().json();
    let comments = comments.as_array().unwrap().iter().rev();
    comments
        .filter(|comment| comment["IsSystem"] == true)
        .map(|comment| comment["Body"].as_str().unwrap().replace("<!--html-->", ""))
        .collect()
}

#[tokio::test]
async fn every_type_takes_what_it_is_and_shows_it() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    for (field, sent, shown) in [
        (1, " blah <b>", " blah <b>"),
        (2, "Jan 2, 2024", "2024-01-02"),
        (2, "2024-01-02 10:00:00", "2024-01-02T10:00:00Z"),
        (3, "11", "Red"),
        (3, "blue", "Blue"),
        (4, "true", "✓"),
        (4, "False", ""),
        (5, "a\nb", "a\nb"),
    ] {
        set(&ann, ticket, field, sent).await.is_done();
        let read = values(&ann, ticket).await;
        assert!(read.contains(&(field.into(), shown.to_owned())), "{read:?}");
    }
    let read = read(&ann, ticket).await;
    assert_eq!(ids(&read), [5, 4, 3, 2, 1]);
    assert_eq!(read[2]["OptionID"], 12);
    assert_eq!(
        read[2]["SelectionComboOptions"],
        json!([{"OptionID": 12, "Name": "Blue"}, {"OptionID": 11, "Name": "Red"}])
    );
    // An empty value clears, by GET as well.
    for field in 1..=5 {
        ann.get("SetCustomField")
            .param("ticketId", ticket)
            .param("fieldId", field)
            .param("value", "")
            .await
            .is_done();
    }
    assert_eq!(values(&ann, ticket).await, []);
    assert_eq!(
        app.count("select count(*) from ticket_field_values").await,
        0
    );
}

#[tokio::test]
async fn what_a_type_does_not_take_is_refused() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    for (field, wrong) in [
        (2, "2024-30-01"),
        (2, "soon"),
        (3, "13"),
        (3, "green"),
        (4, "perhaps"),
        (1, &"a".repeat(64 * 1024 + 1)),
    ] {
        let refusal = set(&ann, ticket, field, wrong).await.is_bad("value").text();
        assert!(refusal.contains(&format!("field {field}")), "{refusal}");
        ann.post("SetCustomFields")
            .param("ticketId", ticket)
            .param("cf5", "a")
            .param(&format!("cf{field}"), wrong)
            .await
            .is_bad(&format!("cf{field}"));
    }
    let without = |missing: &str| {
        let all = [("ticketId", ticket), ("fieldId", 1), ("value", 1)];
        let given = all.iter().filter(|(name, _)| *name != missing);
        given.fold(ann.post("SetCustomField"), |call, (name, value)| {
            call.param(name, value)
        })
    };
    for parameter in ["ticketId", "fieldId", "value"] {
        without(parameter).await.is_bad(parameter);
    }
    let call = ann.post("SetCustomFields").param("ticketId", ticket);
    call.param("cfx", 1).await.is_bad("cf{ID}");
    let call = ann.post("SetCustomFields").param("ticketId", ticket);
    call.param("cf1", 1).param("cf01", 2).await.is_bad("cf1");
    ann.post("SetCustomFields")
        .param("cf1", 1)
        .await
        .is_bad("ticketId");
    ann.get("TicketCustomFields").await.is_bad("id");
    let call = ann.get("TicketCustomFields").param("id", ticket);
    call.param("returnUnset", "perhaps")
        .await
        .is_bad("returnUnset");
    for wrong in ["", "x"] {
        let call = ann.get("CustomFieldsForCategory");
        call.param("categoryId", wrong).await.is_bad("categoryId");
    }
    assert_eq!(
        app.count("select count(*) from ticket_field_values").await,
        0
    );
    assert_eq!(app.count("select count(*) from comments").await, 0);
}

#[tokio::test]
async fn many_fields_are_set_by_their_ids_or_none_is() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    ann.post("SetCustomFields")
        .param("ticketId", ticket)
        .param("cf1", "123")
        .param("CF3", "12")
        .param("cf4", "true")
        .param("cf5", "")
        .param("confirm", "no field")
        .await
        .is_done();
    let before = values(&ann, ticket).await;
    assert_eq!(
        before,
        [(4, "✓"), (3, "Blue"), (1, "123")].map(|(id, text)| (id, text.to_owned()))
    );
    // Of another category, of assets, for others, of nobody, and none that could be.
    for unknown in ["8", "9", "6", "7", "99", "99999999999"] {
        ann.post("SetCustomFields")
            .param("ticketId", ticket)
            .param("cf1", "456")
            .param(&format!("cf{unknown}"), "a")
            .await
            .is_not_found();
    }
    assert_eq!(values(&ann, ticket).await, before);
    ann.post("SetCustomFields")
        .json(&json!({"ticketId": ticket, "cf1": 456, "cf4": false}))
        .await
        .is_done();
    let after = [(4, ""), (3, "Blue"), (1, "456")].map(|(id, text)| (id, text.to_owned()));
    assert_eq!(values(&ann, ticket).await, after);
    // One comment for a call, one event for a field.
    assert_eq!(
        history(&ann, ticket).await,
        [
            r#"ann set the field "Text" to "123", set the field "Colour" to "Blue", ticked the field "Box""#,
            r#"ann set the field "Text" to "456", unticked the field "Box""#,
        ]
        .map(|text| text.replace('"', "&quot;"))
    );
    assert_eq!(
        app.count("select count(*) from outbox where event = 'ticket.field_changed' and ticket_id is not null and payload ? 'fieldId'")
            .await,
        5
    );
}

#[tokio::test]
async fn a_value_that_stays_leaves_no_trace() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    app.sql("update tickets set updated_at = '2020-01-01'")
        .await;
    set(&ann, ticket, 1, "").await.is_done();
    assert_eq!(
        app.count("select count(*) from tickets where updated_at = '2020-01-01'")
            .await,
        1
    );
    for text in ["2024-01-02", "1/2/2024", "02.01.2024"] {
        set(&ann, ticket, 2, text).await.is_done();
    }
    for option in ["11", "Red", "red"] {
        set(&ann, ticket, 3, option).await.is_done();
    }
    assert_eq!(history(&ann, ticket).await.len(), 2);
    assert_eq!(app.count("select count(*) from outbox").await, 2);
    assert_eq!(
        app.count("select count(*) from tickets where updated_at > '2021-01-01' and last_updated_by_user_id = user_id")
            .await,
        1
    );
}

#[tokio::test]
async fn everybody_is_told_of_what_he_sees() {
    let app = with_fields().await;
    let (ann, tess, admin) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
        app.admin().await,
    );
    let ticket = ann.has_a_ticket_in(1).await;
    admin
        .post("SetCustomFields")
        .param("ticketId", ticket)
        .param("cf1", "open")
        .param("cf6", "between us")
        .param("cf7", "top secret")
        .await
        .is_done();
    let everybodys = r#"admin set the field "Text" to "open""#.replace('"', "&quot;");
    let techs = r#"admin set the field "Techs" to "between us""#.replace('"', "&quot;");
    assert_eq!(
        history(&ann, ticket).await,
        std::slice::from_ref(&everybodys)
    );
    assert_eq!(
        history(&tess, ticket).await,
        [everybodys.clone(), techs.clone()]
    );
    assert_eq!(history(&admin, ticket).await, [everybodys, techs]);
    assert_eq!(
        app.count(
            "select count(*) from audit_log where action = 'ticket.field_changed' and object_type = 'ticket'
                and before->>'value' is null and after = '{\"fieldId\": 7, \"value\": \"top secret\"}'"
        )
        .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from outbox where payload::text like '%secret%' or payload::text like '%between%'")
            .await,
        0
    );
}

#[tokio::test]
async fn fields_for_others_are_as_unknown_ones() {
    let app = with_fields().await;
    let cast = app.cast().await;
    let ticket = cast.ticket;
    let people = [
        (&cast.owner, vec![1]),
        (&cast.subscriber, vec![1]),
        (&cast.manager, vec![1]),
        (&cast.tech, vec![1, 6]),
        (&cast.admin, vec![1, 6, 7]),
    ];
    cast.admin
        .post("SetCustomFields")
        .param("ticketId", ticket)
        .param("cf1", "a")
        .param("cf6", "a")
        .param("cf7", "a")
        .await
        .is_done();
    for (person, seen) in people {
        assert_eq!(ids(&read(person, ticket).await), seen);
        let unset = person.get("TicketCustomFields").param("id", ticket);
        let unset = unset.param("returnUnset", true).await.is_ok().json();
        let all: Vec<i64> = [5, 4, 3, 2].into_iter().chain(seen.clone()).collect();
        assert_eq!(ids(&unset), all);
        let unknown = set(person, ticket, 99, "b").await.is_not_found().text();
        for field in [6, 7, 8, 9] {
            if !seen.contains(&field.into()) {
                let answer = set(person, ticket, field, "b").await.is_not_found().text();
                assert_eq!(answer, unknown);
            }
        }
    }
    for person in [&cast.subscriber, &cast.manager] {
        set(person, ticket, 1, "b").await.is_forbidden();
        set(person, ticket, 2, "no date").await.is_forbidden();
    }
    for person in [&cast.stranger, &cast.elsewhere] {
        let invisible = set(person, ticket, 1, "b").await.is_not_found().text();
        let unknown = set(person, 999, 1, "b").await.is_not_found().text();
        assert_eq!(invisible, unknown);
        let call = person.get("TicketCustomFields").param("id", ticket);
        call.await.is_not_found();
    }
    assert_eq!(
        app.count("select count(*) from ticket_field_values where value <> 'a'")
            .await,
        0
    );
}

#[tokio::test]
async fn fields_of_another_category_wait_until_the_ticket_comes_back() {
    let app = with_fields().await;
    let admin = app.admin().await;
    let ticket = admin.has_a_ticket_in(2).await;
    set(&admin, ticket, 8, "a").await.is_done();
    for (category, seen) in [(1, vec![]), (2, vec![8])] {
        admin
            .post("UpdateTicket")
            .param("id", ticket)
            .param("categoryId", category)
            .await
            .is_done();
        assert_eq!(ids(&read(&admin, ticket).await), seen);
    }
}

#[tokio::test]
async fn a_ticket_shows_its_fields_as_in_the_document() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    set(&ann, ticket, 3, "Red").await.is_done();
    let call = ann.post(&format!("TicketCustomFields/{ticket}"));
    let items = call.param("returnUnset", 1).await.is_ok().json();
    assert_is("[field of a ticket]", &items);
    for item in items.as_array().unwrap() {
        assert_eq!(item["Value"].is_null(), item["FieldID"] != 3);
    }
    assert_eq!(ids(&items), [5, 4, 3, 2, 1]);
    assert_eq!(items[4]["Mandatory"], true);
    assert_eq!(items[4]["ShowInGrid"], true);
    assert_eq!(items[4]["OrderByNumber"], 5);
}

#[tokio::test]
async fn a_category_tells_its_fields_as_in_the_document() {
    let app = with_fields().await;
    let (ann, tess, admin) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
        app.admin().await,
    );
    let call = admin.get("CustomFieldsForCategory").param("categoryId", 1);
    let items = call.await.is_ok().json();
    assert_is("[field]", &items);
    for item in items.as_array().unwrap() {
        assert_eq!(item["UsageType"], 1);
    }
    assert_eq!(ids(&items), [5, 4, 3, 2, 1, 6, 7]);
    assert_eq!(
        items[2]["SelectionComboOptions"],
        json!([{"OptionID": 12, "Name": "Blue"}, {"OptionID": 11, "Name": "Red"}])
    );
    let access: Vec<i64> = [4, 5, 6]
        .map(|at: usize| items[at]["AccessType"].as_i64().unwrap())
        .into();
    assert_eq!(access, [0, 1, 2]);
    for (person, category, seen) in [
        (&ann, 1, vec![5, 4, 3, 2, 1]),
        (&ann, 2, vec![5, 4, 3, 2, 1, 8]),
        (&tess, 1, vec![5, 4, 3, 2, 1, 6]),
        (&tess, 2, vec![5, 4, 3, 2, 1, 8]),
        (&admin, 3, vec![5, 4, 3, 2, 1, 6, 7]),
    ] {
        let call = person.get("customfieldsforcategory").param("id", category);
        assert_eq!(ids(&call.await.is_ok().json()), seen);
    }
    for category in [3, 99] {
        let call = ann.get("CustomFieldsForCategory");
        call.param("categoryId", category).await.is_not_found();
    }
}

#[tokio::test]
async fn a_ticket_is_made_without_its_mandatory_fields() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let new = || {
        ann.post("Ticket")
            .param("categoryId", 1)
            .param("subject", "s")
            .param("body", "b")
    };
    let plain = new().await.is_ok().number();
    assert_eq!(values(&ann, plain).await, []);
    let call = new().param("customFields", r#"{"3":"Red","2":"31.12.2024"}"#);
    let ticket = call.await.is_ok().number();
    assert_eq!(
        values(&ann, ticket).await,
        [(3, "Red"), (2, "2024-12-31")].map(|(id, text)| (id, text.to_owned()))
    );
    for (fields, status) in [(r#"{"2":"soon"}"#, 400), (r#"{"6":"a"}"#, 404)] {
        new().param("customFields", fields).await.has_status(status);
    }
    assert_eq!(app.count("select count(*) from tickets").await, 2);
    // A new ticket tells of its fields by itself.
    assert_eq!(app.count("select count(*) from comments").await, 0);
}

#[tokio::test]
async fn of_many_who_set_one_field_at_once_each_change_is_told_once() {
    let app = with_fields().await;
    let (ann, admin) = (app.customer("ann").await, app.admin().await);
    let ticket = ann.has_a_ticket_in(1).await;
    let calls = (0..20).map(|n| {
        let person = if n % 2 == 0 { &ann } else { &admin };
        let (one, other) = if n % 4 < 2 { (1, 5) } else { (5, 1) };
        person
            .post("SetCustomFields")
            .param("ticketId", ticket)
            .param(&format!("cf{one}"), "same")
            .param(&format!("cf{other}"), "same")
            .into_future()
    });
    for reply in join_all(calls).await {
        reply.is_done();
    }
    assert_eq!(history(&ann, ticket).await.len(), 1);
    assert_eq!(app.count("select count(*) from outbox").await, 2);
    assert_eq!(
        app.count("select count(*) from ticket_field_values").await,
        2
    );
}
