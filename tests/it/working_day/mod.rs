//! A working day of a desk, through the API alone but for what it cannot make (fields, a rule). Every answer is checked.

mod afternoon;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

/// The desk on the morning of the day: two customers, a technician of General issues, an administrator.
struct Desk<'a> {
    carl: Person<'a>,
    dora: Person<'a>,
    tina: Person<'a>,
    anna: Person<'a>,
}

/// A field of tickets, one with options, a rule.
const FIELDS: &str = "
    insert into custom_fields (id, usage, type, name) values (11, 1, 1, 'Serial number'), (12, 1, 3, 'Floor');
    insert into custom_field_options (id, field_id, name) values (121, 12, 'Ground'), (122, 12, 'Attic');
    insert into rules (id, name, enabled, definition)
    values (9, 'Tell the boss', true, '{\"trigger\": {\"type\": \"closed\"}}')";

impl<'a> Desk<'a> {
    async fn open(app: &'a TestApp) -> Self {
        app.sql(FIELDS).await;
        let anna = app.admin().await;
        let carl = app.customer("carl").await;
        let dora = app.customer("dora").await;
        let tina = app.customer("tina").await;
        let grant = anna.post("AddCategoryTechPermission");
        let grant = grant.param("userId", tina.id).param("categoryId", 1);
        grant.await.is_done();
        Self {
            carl,
            dora,
            tina,
            anna,
        }
    }

    /// The numbers of the desk, whose sums must be right at any time.
    async fn stats(&self) -> Value {
        let stats = self.anna.get("Stats").await.is_ok().json();
        let number = |key: &str| stats[key].as_i64().unwrap();
        assert_eq!(
            number("TotalTickets"),
            number("NewTickets") + number("InProcess") + number("Closed")
        );
        assert_eq!(
            number("Unclosed"),
            number("NewTickets") + number("InProcess")
        );
        stats
    }

    async fn ticket(&self, id: i32) -> Value {
        self.tina.get("Ticket").param("id", id).await.is_ok().json()
    }
}

fn say<'a>(person: &Person<'a>, ticket: i32, text: &str) -> Call<'a> {
    let comment = person.post("Comment");
    comment.param("id", ticket).param("body", text)
}

/// What the text of a body is, behind the mark that every body bears.
fn body(of: &Value) -> &str {
    of["Body"]
        .as_str()
        .unwrap()
        .strip_prefix("<!--html-->")
        .unwrap()
}

#[tokio::test]
async fn a_working_day() {
    let app = TestApp::start().await;
    let desk = Desk::open(&app).await;
    let ticket = customer_opens(&desk).await;
    technician_takes_over(&desk, ticket).await;
    they_talk(&desk, ticket).await;
    notes_are_not_for_everybody(&desk, ticket).await;
    fields_and_tags(&desk, ticket).await;
    let file = files(&desk, ticket).await;
    afternoon::assets(&desk, ticket).await;
    afternoon::merging(&desk, ticket, file).await;
    afternoon::relations(&desk, ticket).await;
    afternoon::closing(&desk, ticket).await;
    afternoon::knowledge(&desk).await;
    afternoon::people(&desk, ticket).await;
    afternoon::rules(&desk).await;
    afternoon::evening(&desk, ticket).await;
}

async fn customer_opens(desk: &Desk<'_>) -> i32 {
    assert_eq!(desk.stats().await["TotalTickets"], 0);
    let ticket = desk
        .carl
        .post("Ticket")
        .param("categoryId", 1)
        .param("subject", "The printer jams")
        .param("body", "Since <b>Monday</b>")
        .param("priorityId", 1)
        .param("customFields", r#"{"11": "SN-1"}"#)
        .file("uploadFile", "jam.txt", *b"paper")
        .await
        .is_ok()
        .number();
    let seen = desk
        .carl
        .get("Ticket")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(seen["Status"], "New");
    assert_eq!(
        (&seen["UpdatedByUser"], &seen["StartDate"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(body(&seen), "Since <b>Monday</b>");
    assert_eq!(seen["Attachments"][0]["FileName"], "jam.txt");
    let stats = desk.stats().await;
    assert_eq!(
        (&stats["NewTickets"], &stats["Unassigned"]),
        (&json!(1), &json!(1))
    );
    let listed = desk
        .tina
        .get("Tickets")
        .param("mode", "unanswered")
        .await
        .is_ok()
        .json();
    assert_eq!(listed[0]["IssueID"], ticket);
    desk.dora
        .get("Ticket")
        .param("id", ticket)
        .await
        .is_not_found();
    ticket
}

async fn technician_takes_over(desk: &Desk<'_>, ticket: i32) {
    let update = desk.tina.post("UpdateTicket").param("id", ticket);
    let update = update
        .param("assignedUserId", desk.tina.id)
        .param("dueDate", "2030-01-31");
    update.await.is_done();
    let seen = desk.ticket(ticket).await;
    assert_eq!(seen["Status"], "In process");
    assert_eq!(seen["AssigneeUserInfo"]["Username"], "tina");
    assert_eq!(seen["DueDate"], "2030-01-31T00:00:00Z");
    assert!(seen["StartDate"].is_string());
    let mine = desk
        .tina
        .get("Tickets")
        .param("mode", "handledbyme")
        .await
        .is_ok()
        .json();
    assert_eq!(mine.as_array().unwrap().len(), 1);
}

async fn they_talk(desk: &Desk<'_>, ticket: i32) {
    say(&desk.tina, ticket, "Looks like a worn roller")
        .param("forTechsOnly", true)
        .await
        .is_ok();
    say(&desk.tina, ticket, "Which paper do you use?")
        .await
        .is_ok();
    let seen = desk.ticket(ticket).await;
    assert_eq!(
        (&seen["UpdatedByPerformer"], &seen["UpdatedByUser"]),
        (&json!(true), &json!(false))
    );
    say(&desk.carl, ticket, "The cheap one").await.is_ok();
    let seen = desk.ticket(ticket).await;
    assert_eq!(
        (&seen["UpdatedByPerformer"], &seen["UpdatedByUser"]),
        (&json!(false), &json!(true))
    );
    say(&desk.carl, ticket, "secret")
        .param("forTechsOnly", true)
        .await
        .is_forbidden();
    say(&desk.dora, ticket, "Me too").await.is_not_found();
}

/// Notes among technicians are for nobody else, in lists and in searches.
async fn notes_are_not_for_everybody(desk: &Desk<'_>, ticket: i32) {
    let said = |comments: &Value| -> Vec<String> {
        let comments = comments.as_array().unwrap().iter();
        let spoken = comments.filter(|comment| comment["IsSystem"] == false);
        spoken.map(|comment| body(comment).to_owned()).collect()
    };
    let of_tina = desk
        .tina
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(
        said(&of_tina),
        [
            "The cheap one",
            "Which paper do you use?",
            "Looks like a worn roller"
        ]
    );
    let of_carl = desk
        .carl
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(said(&of_carl), ["The cheap one", "Which paper do you use?"]);
    for (person, hits) in [(&desk.tina, 1), (&desk.carl, 0), (&desk.dora, 0)] {
        let found = person
            .get("Search")
            .param("query", "worn rol")
            .await
            .is_ok()
            .json();
        assert_eq!(found.as_array().unwrap().len(), hits, "{}", person.name);
    }
}

async fn fields_and_tags(desk: &Desk<'_>, ticket: i32) {
    let set = desk.tina.post("SetCustomField").param("ticketId", ticket);
    set.param("fieldId", 12)
        .param("value", "attic")
        .await
        .is_done();
    let set = desk.carl.post("SetCustomFields").param("ticketId", ticket);
    set.param("cf11", "SN-2").param("cf12", 121).await.is_done();
    let fields = desk
        .carl
        .get("TicketCustomFields")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let values: Vec<_> = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["Value"].clone())
        .collect();
    assert_eq!(values, ["SN-2", "Ground"]);
    let set = desk.tina.post("SetCustomFields").param("ticketId", ticket);
    set.param("cf11", "SN-3")
        .param("cf12", "cellar")
        .await
        .is_bad("cf12");
    let fields = desk
        .tina
        .get("TicketCustomFields")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(fields[0]["Value"], "SN-2", "all or nothing");

    let tag = |name: &str| {
        desk.tina
            .post("TagTicket")
            .param("ticketId", ticket)
            .param("name", name)
    };
    tag("printer").await.is_done();
    tag("paper").await.is_done();
    let tagged = desk
        .tina
        .get("Tickets")
        .param("tagName", "PAPER")
        .await
        .is_ok()
        .json();
    assert_eq!(tagged[0]["IssueID"], ticket);
}

async fn files(desk: &Desk<'_>, ticket: i32) -> i32 {
    let photo = desk
        .tina
        .attaches(ticket, "roller.bin", [0, 255, 13, 10])
        .await;
    let loaded = desk.carl.get("Attachment").param("id", photo).await.is_ok();
    assert_eq!(loaded.bytes, [0, 255, 13, 10]);
    let wrong = desk.tina.attaches(ticket, "wrong.txt", "x").await;
    desk.tina
        .get("DeleteFile")
        .param("id", wrong)
        .await
        .is_forbidden();
    desk.anna
        .get(&format!("DeleteFile/{wrong}"))
        .await
        .is_done();
    desk.carl
        .get("Attachment")
        .param("id", wrong)
        .await
        .is_not_found();
    photo
}
