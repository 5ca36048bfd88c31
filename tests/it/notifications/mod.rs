//! Who is told of what by mail, and what the mail says.

mod answers;
mod templates;
mod who;

use sqlx::Row;

use crate::support::TestApp;
use crate::support::people::Person;

/// A desk with a server to send mail by: nobody is there.
async fn desk() -> TestApp {
    TestApp::start_with(|settings| {
        settings.mail.outgoing.host = "127.0.0.1".into();
        settings.mail.outgoing.port = 1;
        settings.mail.outgoing.from_address = "desk@desk.test".into();
    })
    .await
}

/// A mail as it stands in the database.
#[derive(Clone, Debug)]
struct Letter {
    kind: String,
    to: String,
    to_name: String,
    from: Option<String>,
    subject: String,
    text: String,
    html: String,
    message_id: String,
    in_reply_to: Option<String>,
    thread: Vec<String>,
    language: String,
    files: usize,
    auto_submitted: String,
}

/// Everything that was written since the last look, oldest first.
async fn letters(app: &TestApp) -> Vec<Letter> {
    app.run_jobs().await;
    let mut connection = app.database.connect().await;
    let rows = sqlx::query(
        "select kind, to_address, to_name, from_address, subject, text_body, html_body, message_id, in_reply_to, thread,
            language, cardinality(attachment_ids) as files, auto_submitted
        from outgoing_mail where state = 'queued' order by id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    app.sql("update outgoing_mail set state = 'discarded'")
        .await;
    let rows = rows.into_iter().map(|row| Letter {
        kind: row.get("kind"),
        to: row.get("to_address"),
        to_name: row.get("to_name"),
        from: row.get("from_address"),
        subject: row.get("subject"),
        text: row.get("text_body"),
        html: row
            .get::<Option<String>, _>("html_body")
            .unwrap_or_default(),
        message_id: row.get("message_id"),
        in_reply_to: row.get("in_reply_to"),
        thread: row.get("thread"),
        language: row.get("language"),
        files: usize::try_from(row.get::<i32, _>("files")).unwrap(),
        auto_submitted: row.get("auto_submitted"),
    });
    rows.collect()
}

/// Whom each kind of mail went to, in the order of their names: `note tess`.
async fn told(app: &TestApp) -> Vec<String> {
    let mut told: Vec<String> = letters(app)
        .await
        .into_iter()
        .map(|letter| format!("{} {}", letter.kind, letter.to.replace("@desk.test", "")))
        .collect();
    told.sort();
    told
}

impl Person<'_> {
    async fn comments(&self, ticket: i32, body: &str) {
        self.post("comment")
            .param("id", ticket)
            .param("body", body)
            .await
            .is_ok();
    }

    async fn opens(&self, subject: &str, body: &str) -> i32 {
        self.post("ticket")
            .param("categoryId", 1)
            .param("subject", subject)
            .param("body", body)
            .await
            .is_ok()
            .number()
    }
}
