//! From an empty database to a working day: one `apply` of the IT department, and calls of the API. No SQL.

use serde_json::{Value, json};

use super::{Place, example};
use crate::support::people::{Person, password_of};

/// Make a user by the admin API; he is known by his name from here on.
async fn hire<'a>(place: &'a Place, admin: &Person<'_>, name: &str, roles: Value) -> Person<'a> {
    let mut draft = json!({
        "username": name,
        "email": format!("{name}@desk.test"),
        "password": password_of(name),
    });
    draft
        .as_object_mut()
        .unwrap()
        .extend(roles.as_object().unwrap().clone());
    admin.makes("users", draft).await;
    place.app.known(name, &password_of(name))
}

/// The number of the thing of this name.
async fn number(admin: &Person<'_>, path: &str, name: &str) -> i64 {
    let page = admin
        .v2("GET", &format!("{path}?limit=200"))
        .await
        .is_ok()
        .json();
    let items = page["items"].as_array().unwrap().iter();
    let found = items
        .filter(|item| item["name"] == name)
        .collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{name}: {page}");
    found[0]["id"].as_i64().unwrap()
}

async fn status(person: &Person<'_>, ticket: i32) -> Value {
    let call = person.get("Ticket").param("id", ticket);
    call.await.is_ok().json()["Status"].clone()
}

#[tokio::test]
async fn one_file_and_the_api_make_a_desk_that_works_through_a_day() {
    let place = Place::new().await;
    place
        .apply(example("it-department").to_str().unwrap())
        .await;
    let admin = place.app.admin().await;
    let hardware = number(&admin, "categories", "Hardware").await;
    let servers = number(&admin, "categories", "Servers").await;
    let finance = number(&admin, "departments", "Finance").await;
    let in_finance = json!({ "department_id": finance });
    let carl = hire(&place, &admin, "carl", in_finance.clone()).await;
    let dora = hire(&place, &admin, "dora", json!({})).await;
    let tina = hire(
        &place,
        &admin,
        "tina",
        json!({ "technician_of": [hardware] }),
    )
    .await;
    let tom = hire(&place, &admin, "tom", json!({ "technician_of": [servers] })).await;
    let boss = json!({ "department_id": finance, "department_manager": true });
    let mary = hire(&place, &admin, "mary", boss).await;

    // The morning: a customer asks, and those see it who should.
    let asks = carl.post("Ticket").param("categoryId", hardware);
    let asks = asks
        .param("subject", "The printer is on fire")
        .param("body", "Help");
    let ticket = asks.param("priorityId", 0).await.is_ok().number();
    for (person, sees) in [
        (&carl, true),
        (&tina, true),
        (&mary, true),
        (&tom, false),
        (&dora, false),
    ] {
        let seen = person.get("Ticket").param("id", ticket).await;
        assert_eq!(seen.status == 200, sees, "{}", person.name);
    }

    // Fields of the file.
    let inventory = number(&admin, "custom_fields", "Inventory number").await;
    let set = tina.post("SetCustomField").param("ticketId", ticket);
    set.param("fieldId", inventory)
        .param("value", "PR-7")
        .await
        .is_done();
    let fields = tina
        .get("TicketCustomFields")
        .param("id", ticket)
        .await
        .is_ok()
        .text();
    assert!(fields.contains("PR-7"), "{fields}");
    let offered = tina.get("CustomFieldsForCategory");
    let offered = offered.param("categoryId", hardware).await.is_ok().text();
    assert!(
        offered.contains("Operating system") && offered.contains("Linux"),
        "{offered}"
    );
    assert!(!offered.contains("First day"), "{offered}");

    // A template of the file answers; the status of the file is for technicians.
    let templates = tina.get("CommentTemplates").await.is_ok().text();
    assert!(templates.contains("We are on it"), "{templates}");
    let answer = tina
        .post("Comment")
        .param("id", ticket)
        .param("body", "We are on it");
    answer.await.is_ok();
    let waiting = number(&admin, "statuses", "Waiting for the user").await;
    let wait = carl.post("UpdateTicket").param("id", ticket);
    wait.param("statusId", waiting).await.is_forbidden();
    let wait = tina.post("UpdateTicket").param("id", ticket);
    wait.param("statusId", waiting).await.is_done();
    assert_eq!(status(&carl, ticket).await, "Waiting for the user");

    // The afternoon: it was the server; another technician goes on and closes, the customer reopens once.
    let moves = tina.post("UpdateTicket").param("id", ticket);
    moves
        .param("categoryId", servers)
        .param("statusId", 2)
        .await
        .is_done();
    tina.get("Ticket").param("id", ticket).await.is_not_found();
    tom.post("Close").param("id", ticket).await.is_done();
    assert_eq!(status(&carl, ticket).await, "Closed");
    let reply = carl
        .post("Comment")
        .param("id", ticket)
        .param("body", "It burns again");
    reply.await.is_ok();
    assert_eq!(status(&tom, ticket).await, "In process");
    tom.post("Close").param("id", ticket).await.is_done();

    // The evening: the manager counts, the administrator looks back.
    let seen = mary.get("Tickets").await.is_ok().json();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    let log = admin
        .v2("GET", "audit_log?action=user.created")
        .await
        .is_ok()
        .json();
    assert_eq!(log["items"].as_array().unwrap().len(), 5);
}
