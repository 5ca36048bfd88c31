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

/// Who works on the desk and who asks, on the desk that the file made.
struct Day<'a> {
    admin: Person<'a>,
    carl: Person<'a>,
    dora: Person<'a>,
    tina: Person<'a>,
    tom: Person<'a>,
    mary: Person<'a>,
    hardware: i64,
    servers: i64,
}

impl<'a> Day<'a> {
    /// Everybody is hired by the admin API: two customers, technicians of two categories, the manager of a department.
    async fn begin(place: &'a Place) -> Self {
        let admin = place.app.admin().await;
        let hardware = number(&admin, "categories", "Hardware").await;
        let servers = number(&admin, "categories", "Servers").await;
        let finance = number(&admin, "departments", "Finance").await;
        let technician = |of: i64| json!({ "technician_of": [of] });
        let boss = json!({ "department_id": finance, "department_manager": true });
        let clerk = json!({ "department_id": finance });
        Self {
            carl: hire(place, &admin, "carl", clerk).await,
            dora: hire(place, &admin, "dora", json!({})).await,
            tina: hire(place, &admin, "tina", technician(hardware)).await,
            tom: hire(place, &admin, "tom", technician(servers)).await,
            mary: hire(place, &admin, "mary", boss).await,
            admin,
            hardware,
            servers,
        }
    }

    /// A customer asks, and those see it who should.
    async fn carl_asks(&self) -> i32 {
        let asks = self.carl.post("Ticket").param("categoryId", self.hardware);
        let asks = asks
            .param("subject", "The printer is on fire")
            .param("body", "Help");
        let ticket = asks.param("priorityId", 0).await.is_ok().number();
        for (person, sees) in [
            (&self.carl, true),
            (&self.tina, true),
            (&self.mary, true),
            (&self.tom, false),
            (&self.dora, false),
        ] {
            let seen = person.get("Ticket").param("id", ticket).await;
            assert_eq!(seen.status == 200, sees, "{}", person.name);
        }
        ticket
    }

    /// A field of the file is filled in; the form has those of the category only.
    async fn tina_notes_the_inventory_number(&self, ticket: i32) {
        let inventory = number(&self.admin, "custom_fields", "Inventory number").await;
        let set = self.tina.post("SetCustomField").param("ticketId", ticket);
        let set = set.param("fieldId", inventory).param("value", "PR-7");
        set.await.is_done();
        let fields = self.tina.get("TicketCustomFields").param("id", ticket);
        let fields = fields.await.is_ok().text();
        assert!(fields.contains("PR-7"), "{fields}");
        let offered = self.tina.get("CustomFieldsForCategory");
        let offered = offered.param("categoryId", self.hardware);
        let offered = offered.await.is_ok().text();
        assert!(offered.contains("Operating system"), "{offered}");
        assert!(offered.contains("Linux"), "{offered}");
        assert!(!offered.contains("First day"), "{offered}");
    }

    /// A template of the file answers; the status of the file is for technicians.
    async fn tina_answers_and_waits(&self, ticket: i32) {
        let templates = self.tina.get("CommentTemplates").await.is_ok().text();
        assert!(templates.contains("We are on it"), "{templates}");
        let answer = self.tina.post("Comment").param("id", ticket);
        answer.param("body", "We are on it").await.is_ok();
        let waiting = number(&self.admin, "statuses", "Waiting for the user").await;
        let wait = self.carl.post("UpdateTicket").param("id", ticket);
        wait.param("statusId", waiting).await.is_forbidden();
        let wait = self.tina.post("UpdateTicket").param("id", ticket);
        wait.param("statusId", waiting).await.is_done();
        assert_eq!(status(&self.carl, ticket).await, "Waiting for the user");
    }

    /// It was the server: another technician goes on and closes, the customer reopens once.
    async fn tom_ends_it(&self, ticket: i32) {
        let moves = self.tina.post("UpdateTicket").param("id", ticket);
        let moves = moves.param("categoryId", self.servers);
        moves.param("statusId", 2).await.is_done();
        let gone = self.tina.get("Ticket").param("id", ticket);
        gone.await.is_not_found();
        let closes = || self.tom.post("Close").param("id", ticket);
        closes().await.is_done();
        assert_eq!(status(&self.carl, ticket).await, "Closed");
        let reply = self.carl.post("Comment").param("id", ticket);
        reply.param("body", "It burns again").await.is_ok();
        assert_eq!(status(&self.tom, ticket).await, "In process");
        closes().await.is_done();
    }
}

#[tokio::test]
async fn one_file_and_the_api_make_a_desk_that_works_through_a_day() {
    let place = Place::new().await;
    let file = example("it-department");
    place.apply(file.to_str().unwrap()).await;
    let day = Day::begin(&place).await;
    let ticket = day.carl_asks().await;
    day.tina_notes_the_inventory_number(ticket).await;
    day.tina_answers_and_waits(ticket).await;
    day.tom_ends_it(ticket).await;
    let seen = day.mary.get("Tickets").await.is_ok().json();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    let log = day.admin.v2("GET", "audit_log?action=user.created");
    let log = log.await.is_ok().json();
    assert_eq!(log["items"].as_array().unwrap().len(), 5);
}
