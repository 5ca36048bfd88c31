mod bodies;
mod effects;
mod rights;
mod templates;

use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

/// Category of a fresh installation.
const GENERAL: i32 = 1;

impl Person<'_> {
    async fn comments_on(&self, ticket: i32) -> Vec<Value> {
        let reply = self.get("Comments").param("id", ticket).await.is_ok();
        reply.json().as_array().unwrap().clone()
    }

    /// The newest comment that he sees and that is no system entry.
    async fn newest_comment(&self, ticket: i32) -> Value {
        let comments = self.comments_on(ticket).await;
        let mut people = comments
            .into_iter()
            .filter(|comment| comment["IsSystem"] == false);
        people.next().expect("a comment")
    }

    async fn says(&self, ticket: i32, body: &str) -> i32 {
        let reply = self
            .post("Comment")
            .param("id", ticket)
            .param("body", body)
            .await;
        reply.is_ok().number()
    }

    async fn notes(&self, ticket: i32, body: &str) -> i32 {
        let call = self.post("Comment").param("id", ticket).param("body", body);
        call.param("forTechsOnly", true).await.is_ok().number()
    }
}

/// By user, by performer, for technicians; status.
async fn marks(app: &TestApp, ticket: i32) -> (bool, bool, bool, i32) {
    sqlx::query_as(
        "select updated_by_user, updated_by_performer, updated_for_tech_view, status_id from tickets where id = $1",
    )
    .bind(ticket)
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_comment_answers_its_id_as_a_bare_number() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let reply = alice
        .post("comment")
        .param("id", ticket)
        .param("body", "More smoke")
        .await
        .is_ok();
    assert!(
        reply.text().bytes().all(|byte| byte.is_ascii_digit()),
        "{}",
        reply.text()
    );
    assert!(reply.number() >= 1);
    assert_eq!(
        alice.newest_comment(ticket).await["CommentID"],
        reply.number()
    );
}

#[tokio::test]
async fn comments_look_like_the_documents_sample() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.says(ticket, "More smoke").await;
    tech.notes(ticket, "Not again").await;
    let reply = tech.get("comments").param("id", ticket).await.is_ok();
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_is("[comment]", &reply.json());
    assert!(
        reply.text().starts_with("[{\"CommentID\":"),
        "compact: {}",
        reply.text()
    );
    let comments = reply.json();
    let comment = comments
        .as_array()
        .unwrap()
        .iter()
        .find(|comment| comment["CommentID"] == id)
        .unwrap();
    assert_eq!(comment["IssueID"], ticket);
    assert_eq!(comment["UserID"], alice.id.0);
    assert_eq!(comment["UserName"], "alice");
    assert_eq!(comment["Email"], "alice@desk.test");
    assert_eq!(comment["Body"], "<!--html-->More smoke");
    assert_eq!(comment["IsSystem"], false);
    assert_eq!(comment["ForTechsOnly"], false);
}

#[tokio::test]
async fn comments_come_newest_first_with_system_entries() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let first = alice.says(ticket, "one").await;
    let second = alice.says(ticket, "two").await;
    let call = tech
        .post("Comment")
        .param("id", ticket)
        .param("body", "noted by a program");
    let system = call.param("isSystem", true).await.is_ok().number();
    let comments = alice.comments_on(ticket).await;
    let ids: Vec<_> = comments
        .iter()
        .map(|comment| comment["CommentID"].clone())
        .collect();
    assert_eq!(ids, [json!(system), json!(second), json!(first)]);
    assert_eq!(comments[0]["IsSystem"], true);
    assert_eq!(comments[0]["Email"], "");
    assert_eq!(
        alice
            .get(&format!("comments/{ticket}"))
            .await
            .is_ok()
            .json(),
        json!(comments)
    );
    assert_eq!(
        alice
            .post("Comments")
            .param("ticketId", ticket)
            .await
            .is_ok()
            .json(),
        json!(comments)
    );
}

#[tokio::test]
async fn get_with_a_body_creates_the_comment_too() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice
        .get("comment")
        .param("id", ticket)
        .param("body", "by GET")
        .await
        .is_ok()
        .number();
    let comment = alice.newest_comment(ticket).await;
    assert_eq!(comment["CommentID"], id);
    assert_eq!(comment["Body"], "<!--html-->by GET");
}

#[tokio::test]
async fn get_with_nothing_to_post_reads_the_comments() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    alice.says(ticket, "one").await;
    alice.says(ticket, "two").await;
    let comments = alice.get("Comments").param("id", ticket).await.is_ok();
    let in_path = alice.get(&format!("comment/{ticket}")).await.is_ok();
    assert_eq!(in_path.text(), comments.text());
    for body in ["", "body="] {
        let path = format!("Comment?id={ticket}&{body}");
        assert_eq!(alice.get(&path).await.is_ok().text(), comments.text());
    }
    let call = alice.post("Comment").param("id", ticket);
    call.await.is_bad("body");
    let stranger = app.customer("stranger").await;
    let call = stranger.get("Comment").param("id", ticket);
    call.await.is_not_found();
    assert_eq!(app.count("select count(*) from comments").await, 2);
}

#[tokio::test]
async fn a_wrong_parameter_is_named_and_leaves_no_comment() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.creates_a_ticket().await;
    let comment = || admin.post("Comment");
    comment().param("body", "x").await.is_bad("id");
    comment()
        .param("id", "abc")
        .param("body", "x")
        .await
        .is_bad("id");
    comment().param("id", ticket).await.is_bad("body");
    comment()
        .param("id", ticket)
        .param("body", " \r\n ")
        .await
        .is_bad("body");
    for (name, value) in [
        ("forTechsOnly", "abc"),
        ("isSystem", "2"),
        ("recipientIds", "1,x"),
        ("fromUserId", "me"),
    ] {
        comment()
            .param("id", ticket)
            .param("body", "x")
            .param(name, value)
            .await
            .is_bad(name);
    }
    admin.get("Comments").await.is_bad("id");
    admin.get("Comments").param("id", "{id}").await.is_bad("id");
    assert_eq!(app.count("select count(*) from comments").await, 0);
}

#[tokio::test]
async fn a_character_that_no_text_has_is_no_server_error() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    alice
        .post("Comment")
        .param("id", ticket)
        .param("body", "a\0b")
        .await
        .is_bad("body");
    for id in ["0", "-1", "2147483647"] {
        alice
            .post("Comment")
            .param("id", id)
            .param("body", "x")
            .await
            .is_not_found();
        alice.get("Comments").param("id", id).await.is_not_found();
    }
    for id in [
        "2147483648",
        "9223372036854775807",
        "1e3",
        "0x1",
        "1;2",
        "NaN",
    ] {
        let status = alice.get("Comments").param("id", id).await.status.as_u16();
        assert!(matches!(status, 400 | 404), "{id}: {status}");
    }
}

#[tokio::test]
async fn recipients_are_those_named_who_subscribe_and_staff_sees_them() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let post = || tech.post("Comment").param("id", ticket).param("body", "x");
    let ids = format!("{},{}", alice.id, bob.id);
    post().param("recipientIds", &ids).await.is_ok();
    let mine = tech.newest_comment(ticket).await;
    assert_eq!(mine["Recipients"], "alice@desk.test");
    // Nobody is told of this one, rather than everybody.
    post().param("recipientIds", bob.id).await.is_ok();
    assert_eq!(tech.newest_comment(ticket).await["Recipients"], "");
    assert_eq!(
        app.count("select count(*) from comments where recipient_ids = '{}'")
            .await,
        1
    );

    app.subscribes(&bob).await;
    post().param("recipientIds", &ids).await.is_ok();
    let mine = tech.newest_comment(ticket).await;
    assert_eq!(mine["Recipients"], "alice@desk.test, bob@desk.test");
    assert_eq!(alice.newest_comment(ticket).await["Recipients"], "");

    let body = json!({ "id": ticket, "body": "as JSON", "recipientIds": [alice.id] });
    tech.post("Comment").json(&body).await.is_ok();
    assert_eq!(
        tech.newest_comment(ticket).await["Recipients"],
        "alice@desk.test"
    );
    post().await.is_ok();
    assert_eq!(tech.newest_comment(ticket).await["Recipients"], "");
    assert_eq!(
        app.count("select count(*) from comments where recipient_ids is null and not is_system")
            .await,
        1
    );
}

#[tokio::test]
async fn plain_text_comes_back_as_sent_with_line_breaks() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    alice.says(ticket, "1 < 2 & \"so\"\r\non\nÄ 漢字 🔥").await;
    let body = alice.newest_comment(ticket).await["Body"].clone();
    assert_eq!(body, "<!--html-->1 < 2 & \"so\"<br>on<br>Ä 漢字 🔥");
}

#[tokio::test]
async fn active_markup_is_gone_when_it_is_read() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let bodies = [
        "<p>hi</p><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" java\nscript:alert(1)\">x</a>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<form action=javascript:alert(1)><button>x</button></form>",
        "<style>@import 'http://evil.test'</style><base href=//evil.test><meta http-equiv=refresh content=0>",
        "<foo onmouseover=alert(1)>x</foo>",
        "<track src=\"/file?key=1\" onerror=alert(1)>",
        "<<script>script>alert(1)<</script>/script>",
        "<!--html--><img src=x onerror=alert(1)>",
    ];
    for body in bodies {
        alice.says(ticket, body).await;
        let stored = alice.newest_comment(ticket).await["Body"]
            .as_str()
            .unwrap()
            .to_owned();
        let rest = stored.strip_prefix("<!--html-->").expect("the prefix");
        let lower = rest.to_lowercase();
        for bad in [
            "<script", "<svg", "<math", "<iframe", "<style", "<base", "<meta", "<form", "<foo",
            "<track",
        ] {
            assert!(!lower.contains(bad), "{body} -> {stored}");
        }
        for tag in lower
            .split('<')
            .skip(1)
            .filter_map(|tag| tag.split('>').next())
        {
            assert!(!tag.contains(" on"), "{body} -> {stored}");
            assert!(!tag.contains("script:"), "{body} -> {stored}");
        }
    }
}

#[tokio::test]
async fn a_comment_carries_files_with_or_without_a_body() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let call = alice
        .post("Comment")
        .param("id", ticket)
        .param("body", "see there");
    let with_body = call
        .file("uploadFile", "a.txt", "aaa")
        .file("b.txt", "b.txt", "bb")
        .await
        .is_ok()
        .number();
    let call = alice
        .post("Comment")
        .param("id", ticket)
        .file("file", "c.txt", "c");
    let without_body = call.await.is_ok().number();
    let files = alice.files_of(ticket).await;
    let seen: Vec<_> = files
        .iter()
        .map(|file| {
            (
                file["FileName"].as_str().unwrap(),
                file["CommentID"].as_i64().unwrap(),
                file["FileSize"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a.txt", i64::from(with_body), 3),
            ("b.txt", i64::from(with_body), 2),
            ("c.txt", i64::from(without_body), 1)
        ]
    );
    assert_eq!(alice.newest_comment(ticket).await["Body"], "<!--html-->");
    assert_eq!(app.stored_files().len(), 3);
}

#[tokio::test]
async fn a_comment_that_fails_leaves_nothing() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let ticket = alice.creates_a_ticket().await;
    let too_big = vec![b'x'; 1024 * 1024 + 1];
    let call = alice
        .post("Comment")
        .param("id", ticket)
        .param("body", "x")
        .file("one", "first.txt", "fits");
    call.file("two", "big.bin", too_big).await.has_status(413);
    let many = (0..5).fold(
        alice
            .post("Comment")
            .param("id", ticket)
            .file("f", "0", "x"),
        |call, number| call.file("f", &number.to_string(), "x"),
    );
    many.await.has_status(413);
    bob.post("Comment")
        .param("id", ticket)
        .param("body", "x")
        .file("f", "a.txt", "x")
        .await
        .is_not_found();
    alice
        .post("Comment")
        .param("id", "abc")
        .file("f", "a.txt", "x")
        .await
        .is_bad("id");
    assert_eq!(app.count("select count(*) from comments").await, 0);
    assert_eq!(app.count("select count(*) from attachments").await, 0);
    assert_eq!(
        app.count("select count(*) from outbox where event = 'comment.created'")
            .await,
        0
    );
    assert_eq!(app.stored_files(), Vec::<std::path::PathBuf>::new());
}
