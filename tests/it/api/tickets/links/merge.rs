//! Of a merged ticket nothing is lost: a test for each kind of thing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::Person;

use super::merge;

/// Two tickets of two customers, and a technician who merges them.
pub(super) struct Stage<'a> {
    pub(super) app: &'a TestApp,
    pub(super) tess: Person<'a>,
    pub(super) ann: Person<'a>,
    pub(super) bob: Person<'a>,
    /// Ann's.
    pub(super) primary: i32,
    /// Bob's.
    pub(super) merged: i32,
}

impl<'a> Stage<'a> {
    pub(super) async fn set(app: &'a TestApp) -> Self {
        let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
        Self {
            tess: app.technician("tess", &[1]).await,
            primary: ann.creates_a_ticket().await,
            merged: bob.creates_a_ticket().await,
            ann,
            bob,
            app,
        }
    }

    pub(super) async fn merge(&self) {
        merge(&self.tess, self.primary, self.merged).await.is_done();
    }

    async fn says(&self, person: &Person<'_>, ticket: i32, body: &str, techs_only: bool) -> i32 {
        let call = person.post("Comment").param("id", ticket);
        let call = call.param("body", body).param("forTechsOnly", techs_only);
        call.await.is_ok().number()
    }

    /// One value of a row, as text.
    pub(super) async fn value(&self, query: &'static str) -> Option<String> {
        sqlx::query_scalar(query)
            .fetch_one(&mut self.app.database.connect().await)
            .await
            .unwrap()
    }
}

async fn comments(person: &Person<'_>, ticket: i32) -> Vec<Value> {
    let reply = person.get("Comments").param("id", ticket).await.is_ok();
    reply.json().as_array().unwrap().clone()
}

fn time(comment: &Value) -> DateTime<Utc> {
    comment["CommentDate"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_second_ticket_is_gone_and_the_first_tells_of_it() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.clock.advance(TimeDelta::hours(1));
    let call = stage.tess.get("MergeTickets").param("id", stage.primary);
    call.param("id2", stage.merged).await.is_done();
    for person in [&stage.tess, &stage.bob] {
        let gone = person.get("Ticket").param("id", stage.merged).await;
        let unknown = person.get("Ticket").param("id", 999).await;
        assert_eq!(gone.is_not_found().text(), unknown.is_not_found().text());
    }
    let ticket = stage.ann.get("Ticket").param("id", stage.primary).await;
    let ticket = ticket.is_ok().json();
    assert_eq!(ticket["Subject"], "The printer is on fire");
    assert_eq!(ticket["UserID"], stage.ann.id.0);
    assert_eq!(ticket["Status"], "New", "merging is no reply");
    assert_eq!(
        ticket["LastUpdated"]
            .as_str()
            .unwrap()
            .parse::<DateTime<Utc>>()
            .unwrap(),
        DateTime::parse_from_rfc3339(
            comments(&stage.ann, stage.primary).await[0]["CommentDate"]
                .as_str()
                .unwrap()
        )
        .unwrap()
    );
    let entry = format!("tess merged #{} into this ticket", stage.merged);
    assert_eq!(stage.ann.history_of(stage.primary).await, [entry]);
    assert_eq!(
        app.count("select count(*) from outbox where event = 'ticket.merged' and ticket_id = 1 and payload ->> 'mergedTicketId' = '2'").await,
        1
    );
    let audit = stage
        .value("select before::text from audit_log where action = 'ticket.merged' and object_id = 2 and actor_user_id is not null")
        .await;
    let audit: Value = serde_json::from_str(&audit.unwrap()).unwrap();
    assert_eq!(audit["subject"], "The printer is on fire");
    assert_eq!(audit["userId"], stage.bob.id.0);
    assert_eq!(audit["categoryId"], 1);
}

#[tokio::test]
async fn what_the_merged_ticket_said_is_an_old_comment_of_its_submitter() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.clock.advance(TimeDelta::hours(1));
    let call = stage.bob.post("UpdateTicket").param("id", stage.merged);
    let call = call.param("subject", "Smoke & <b>ashes</b>");
    call.param("body", "<p>It <i>burns</i></p>").await.is_done();
    stage.says(&stage.ann, stage.primary, "later", false).await;
    app.clock.advance(TimeDelta::hours(1));
    let old = stage.tess.get("Ticket").param("id", stage.merged).await;
    let old = old.is_ok().json();
    stage.merge().await;
    let comments = comments(&stage.ann, stage.primary).await;
    let dates: Vec<_> = comments.iter().map(time).collect();
    assert!(dates.is_sorted_by(|a, b| a >= b), "newest first: {dates:?}");
    let opening = comments.last().unwrap();
    assert_eq!(
        opening["Body"],
        format!(
            "<!--html--><p><b>#{} Smoke &amp; &lt;b&gt;ashes&lt;/b&gt;</b></p><p>It <i>burns</i></p>",
            stage.merged
        )
    );
    assert_eq!(opening["CommentDate"], old["IssueDate"]);
    assert_eq!(opening["UserID"], stage.bob.id.0);
    assert_eq!(opening["IsSystem"], false);
    assert_eq!(opening["ForTechsOnly"], false);
}

#[tokio::test]
async fn comments_move_and_notes_stay_notes() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let own = stage.says(&stage.ann, stage.primary, "own", false).await;
    let public = stage.says(&stage.bob, stage.merged, "public", false).await;
    let note = stage.says(&stage.tess, stage.merged, "a note", true).await;
    let call = stage.tess.post("Comment").param("id", stage.merged);
    let call = call.param("body", "system").param("isSystem", true);
    let system = call.await.is_ok().number();
    let call = stage.tess.post("Comment").param("id", stage.merged);
    let call = call
        .param("body", "for bob")
        .param("recipientIds", stage.bob.id);
    let chosen = call.await.is_ok().number();
    stage.merge().await;
    let seen = comments(&stage.tess, stage.primary).await;
    let find = |id: i32| seen.iter().find(|comment| comment["CommentID"] == id);
    for (id, body, author, techs_only, is_system) in [
        (own, "own", &stage.ann, false, false),
        (public, "public", &stage.bob, false, false),
        (note, "a note", &stage.tess, true, false),
        (system, "system", &stage.tess, false, true),
        (chosen, "for bob", &stage.tess, false, false),
    ] {
        let comment = find(id).unwrap();
        assert_eq!(comment["Body"], format!("<!--html-->{body}"));
        assert_eq!(comment["IssueID"], stage.primary);
        assert_eq!(comment["UserID"], author.id.0);
        assert_eq!(comment["ForTechsOnly"], techs_only);
        assert_eq!(comment["IsSystem"], is_system);
    }
    assert_eq!(find(chosen).unwrap()["Recipients"], "bob@desk.test");
    for person in [&stage.ann, &stage.bob] {
        let seen = comments(person, stage.primary).await;
        assert!(seen.iter().any(|comment| comment["CommentID"] == public));
        assert!(seen.iter().all(|comment| comment["CommentID"] != note));
    }
}

#[tokio::test]
async fn files_move_with_their_bytes_and_their_readers() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let call = stage.bob.post("Ticket").param("categoryId", 1);
    let call = call.param("subject", "s").param("body", "b");
    let call = call.file("uploadFile", "of-the-ticket.txt", *b"ticket");
    let merged = call.await.is_ok().number();
    let stage = Stage { merged, ..stage };
    let of_ticket = stage.bob.newest_file(merged).await;
    let of_comment = stage.bob.attaches(merged, "c.txt", *b"comment").await;
    let call = stage.tess.post("Comment").param("id", merged);
    let call = call.param("forTechsOnly", true).param("body", "n");
    call.file("f", "n.txt", *b"note").await.is_ok();
    let of_note = stage.tess.newest_file(merged).await;
    let own = stage.ann.attaches(stage.primary, "o.txt", *b"own").await;
    let on_disk = app.files_on_disk();
    stage.merge().await;
    assert_eq!(app.files_on_disk(), on_disk);
    for (person, sees_note) in [
        (&stage.tess, true),
        (&stage.ann, false),
        (&stage.bob, false),
    ] {
        let mut ids: Vec<Value> = person
            .files_of(stage.primary)
            .await
            .iter()
            .map(|file| file["FileID"].clone())
            .collect();
        ids.sort_by_key(Value::as_i64);
        let mut expected = vec![of_ticket, of_comment, of_note, own];
        expected.retain(|id| sees_note || *id != of_note);
        expected.sort_unstable();
        assert_eq!(json!(ids), json!(expected), "{}", person.name);
        for (id, bytes) in [(of_ticket, "ticket"), (of_comment, "comment"), (own, "own")] {
            let reply = person.get("Attachment").param("id", id).await.is_ok();
            assert_eq!(reply.text(), bytes);
        }
        let note = person.get("Attachment").param("id", of_note).await;
        note.has_status(if sees_note { 200 } else { 404 });
    }
    // What came with the ticket itself hangs on the comment that tells what it said.
    let opening = comments(&stage.ann, stage.primary).await;
    let opening = opening.iter().find(|comment| {
        let body = comment["Body"].as_str().unwrap();
        body.contains(&format!("#{merged} s<"))
    });
    let files = stage.ann.files_of(stage.primary).await;
    let file = files.iter().find(|file| file["FileID"] == of_ticket);
    let (file, opening) = (file.unwrap(), opening.unwrap());
    assert_eq!(file["CommentID"], opening["CommentID"]);
    assert_eq!(file["IssueID"], stage.primary);
}

#[tokio::test]
async fn subscribers_move_and_the_submitter_goes_on_seeing_what_he_wrote() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let (emil, dora) = (app.customer("emil").await, app.customer("dora").await);
    let call = stage.bob.post("RemoveSubscriber").param("id", stage.merged);
    call.await.is_done();
    for (ticket, person) in [
        (stage.merged, &emil),
        (stage.merged, &dora),
        (stage.primary, &dora),
    ] {
        let call = stage.tess.post("AddSubscriber").param("id", ticket);
        call.param("userId", person.id).await.is_done();
    }
    stage.merge().await;
    let seen = stage
        .tess
        .get("Subscribers")
        .param("id", stage.primary)
        .await;
    let seen = seen.is_ok().json();
    let mut names: Vec<_> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["Username"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["ann", "bob", "dora", "emil"]);
    for person in [&stage.bob, &emil] {
        let call = person.get("Ticket").param("id", stage.primary);
        call.await.is_ok();
    }
}

#[tokio::test]
async fn tags_move_once() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    for (ticket, name) in [
        (stage.primary, "fire"),
        (stage.merged, "fire"),
        (stage.merged, "urgent"),
    ] {
        let call = stage.tess.post("TagTicket").param("ticketId", ticket);
        call.param("name", name).await.is_done();
    }
    stage.merge().await;
    let ticket = stage.ann.get("Ticket").param("id", stage.primary).await;
    let ticket = ticket.is_ok().json();
    let tags: Vec<_> = ticket["Tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["Name"].as_str().unwrap())
        .collect();
    assert_eq!(tags, ["fire", "urgent"]);
    let found = stage.ann.get("Tickets").param("tagName", "urgent").await;
    assert_eq!(found.is_ok().json()[0]["IssueID"], stage.primary);
    let found = stage.ann.get("Search").param("query", "urgent").await;
    assert_eq!(found.is_ok().json()[0]["IssueID"], stage.primary);
}

#[tokio::test]
async fn assets_move_once() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.sql(
        "insert into manufacturers (name) values ('m'); insert into suppliers (name) values ('s');
        insert into asset_types (name) values ('t');
        insert into assets (model_name, manufacturer_id, supplier_id, type_id) values ('one', 1, 1, 1), ('two', 1, 1, 1);
        insert into asset_tickets (asset_id, ticket_id) values (1, 1), (1, 2), (2, 2)",
    )
    .await;
    stage.merge().await;
    assert_eq!(
        stage
            .value("select string_agg(asset_id || ' ' || ticket_id, ', ' order by asset_id) from asset_tickets")
            .await
            .unwrap(),
        "1 1, 2 1"
    );
}

#[tokio::test]
async fn time_is_added_up_and_its_log_moves() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    for (ticket, seconds) in [(stage.primary, 60), (stage.merged, 30), (stage.merged, 100)] {
        let call = stage.tess.post("UpdateTicket").param("id", ticket);
        let call = call.param("timeSpentInSeconds", seconds);
        call.await.is_done();
    }
    stage.merge().await;
    let ticket = stage.tess.get("Ticket").param("id", stage.primary).await;
    assert_eq!(ticket.is_ok().json()["TimeSpentInSeconds"], 160);
    let log = stage.tess.get("TimeSpentLog");
    let log = log.param("ticketId", stage.primary).await.is_ok().json();
    let seconds: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["TimeSpentInSeconds"].as_i64().unwrap())
        .collect();
    assert_eq!(seconds, [60, 30, 70]);
}

#[tokio::test]
async fn more_time_than_a_number_holds_is_no_error() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.sql("update tickets set time_spent_seconds = 2000000000")
        .await;
    stage.merge().await;
    assert_eq!(
        app.count("select time_spent_seconds::bigint from tickets")
            .await,
        2_147_483_647
    );
}

#[tokio::test]
async fn custom_fields_that_the_first_lacks_move_and_the_others_are_on_record() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.sql(
        "insert into custom_fields (id, usage, type, name) values (1, 1, 1, 'Room'), (2, 1, 3, 'System'), (3, 1, 1, 'Serial');
        insert into custom_field_options (id, field_id, name) values (7, 2, 'Linux');
        insert into ticket_field_values (ticket_id, field_id, value, option_id) values
            (1, 1, 'cellar', null), (2, 1, 'attic', null), (2, 2, null, 7), (2, 3, 'PF-3', null)",
    )
    .await;
    stage.merge().await;
    let list = stage.ann.get("Tickets").param("includeCustomFields", true);
    let list = list.await.is_ok().json();
    let values: Vec<_> = list[0]["CustomFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["Value"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["cellar", "Linux", "PF-3"]);
    let audit = stage
        .value("select before #>> '{customFields,1}' from audit_log where action = 'ticket.merged'")
        .await;
    assert_eq!(audit.unwrap(), "attic");
}

#[tokio::test]
async fn addresses_in_other_trackers_move_where_the_first_has_none() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    app.sql(
        "insert into ticket_integrations (ticket_id, jira_issue_url, github_issue_url, trello_card_url)
        values (1, 'jira 1', null, null), (2, 'jira 2', 'github 2', 'trello 2')",
    )
    .await;
    stage.merge().await;
    let data = stage.tess.get("TicketIntegrationData");
    let data = data.param("id", stage.primary).await.is_ok().json();
    assert_eq!(data["JiraIssueUrl"], "jira 1");
    assert_eq!(data["GitHubIssueUrl"], "github 2");
    assert_eq!(data["TrelloCardUrl"], "trello 2");
    let audit = stage
        .value("select before #>> '{integrations,jira_issue_url}' from audit_log where action = 'ticket.merged'")
        .await;
    assert_eq!(audit.unwrap(), "jira 2");
}

/// What he finds by a word.
async fn found(person: &Person<'_>, word: &str) -> Value {
    let call = person.get("Search").param("query", word);
    call.await.is_ok().json()
}

#[tokio::test]
async fn the_first_is_found_by_the_words_of_the_second() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let call = stage.bob.post("UpdateTicket").param("id", stage.merged);
    let call = call.param("subject", "zebra").param("body", "giraffe");
    call.await.is_done();
    stage.says(&stage.bob, stage.merged, "lion", false).await;
    stage.says(&stage.tess, stage.merged, "hyena", true).await;
    stage.merge().await;
    for word in ["zebra", "giraffe", "lion"] {
        let hits = found(&stage.ann, word).await;
        assert_eq!(hits[0]["IssueID"], stage.primary, "{word}");
    }
    assert_eq!(found(&stage.ann, "hyena").await, json!([]));
    let hits = found(&stage.tess, "hyena").await;
    assert_eq!(hits[0]["IssueID"], stage.primary);
}

#[tokio::test]
async fn merging_needs_sight_of_both_then_staff_of_both() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let other = cast.owner.has_a_ticket_in(1).await;
    let away = cast.owner.has_a_ticket_in(2).await;
    for person in [&cast.owner, &cast.manager] {
        merge(person, cast.ticket, other).await.is_forbidden();
    }
    merge(&cast.stranger, cast.ticket, other)
        .await
        .is_not_found();
    merge(&cast.subscriber, cast.ticket, other)
        .await
        .is_not_found();
    for (id, id2) in [(cast.ticket, away), (away, cast.ticket)] {
        for person in [&cast.tech, &cast.elsewhere] {
            let unseen = merge(person, id, id2).await.is_not_found();
            let unknown = merge(person, 999, id2).await.is_not_found();
            assert_eq!(unseen.text(), unknown.text());
        }
    }
    app.subscribes(&cast.tech).await;
    merge(&cast.tech, cast.ticket, away).await.is_forbidden();
    merge(&cast.tech, away, cast.ticket).await.is_forbidden();
    assert_eq!(app.count("select count(*) from tickets").await, 3);
    assert_eq!(app.count("select count(*) from comments").await, 0);
    let grant = "insert into category_technicians (user_id, category_id) values ($1, 2)";
    app.change(grant, cast.tech.id.0).await;
    merge(&cast.tech, cast.ticket, away).await.is_done();
    merge(&cast.admin, cast.ticket, other).await.is_done();
    assert_eq!(app.count("select count(*) from tickets").await, 1);
}
