//! What becomes of a mail, whatever the server says to it.

use std::time::Duration;

use chrono::TimeDelta;
use ferrodesk::domain::ids::{AttachmentId, TicketId};
use ferrodesk::domain::outgoing_mail::{self, MailKind, NewMail};
use mail_parser::MimeHeaders;
use serde_json::Value;

use crate::support::TestApp;
use crate::support::log::Lines;
use crate::support::smtp::{Act, At, Kind, SmtpSink};

/// A desk whose mail goes to the sink.
async fn desk(sink: &SmtpSink) -> TestApp {
    TestApp::start_with(|settings| {
        sink.takes_mail_of(settings);
        settings.mail.timeout_seconds = 5;
    })
    .await
}

async fn write(app: &TestApp, to: &str) {
    let mail = NewMail::new(
        MailKind::Rule,
        to,
        "Grüße, \u{1f600}",
        "Zeile eins\n.\nZeile drei\n",
    );
    write_mail(app, mail).await;
}

async fn write_mail(app: &TestApp, mail: NewMail) {
    let mut tx = app.state.db.begin().await.unwrap();
    let context = app.state.context();
    outgoing_mail::insert(&mut tx, &context, mail)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The mails as an administrator sees them, oldest first.
async fn mails(app: &TestApp) -> Vec<Value> {
    let page = app
        .admin()
        .await
        .v2("GET", "outgoing_mail")
        .await
        .is_ok()
        .json();
    let mut mails = page["items"].as_array().unwrap().clone();
    mails.reverse();
    mails
}

async fn states(app: &TestApp) -> Vec<String> {
    let mails = mails(app).await;
    mails
        .iter()
        .map(|mail| mail["state"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_mail_is_sent_once_and_arrives_as_it_was_written() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    write(&app, "bob@x.test").await;
    app.run_jobs().await;
    app.run_jobs().await;
    assert_eq!(sink.count(), 1);
    let mail = sink.mails().remove(0);
    let shown = mails(&app).await.remove(0);
    assert_eq!(shown["state"], "sent");
    assert_eq!(shown["attempts"], 1);
    assert!(shown["sent_at"].is_string());
    assert_eq!(mail.from, "desk@desk.test");
    assert_eq!(mail.to, ["bob@x.test"]);
    assert_eq!(
        mail.message_id(),
        format!("<{}>", shown["message_id"].as_str().unwrap())
    );
    assert_eq!(
        mail.header("From").as_deref(),
        Some("Ferrodesk <desk@desk.test>")
    );
    assert_eq!(
        mail.header("Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    assert_eq!(
        mail.header("X-Auto-Response-Suppress").as_deref(),
        Some("All")
    );
    let parsed = mail_parser::MessageParser::default()
        .parse(mail.raw.as_bytes())
        .unwrap();
    assert_eq!(parsed.subject(), Some("Grüße, \u{1f600}"));
    let text = parsed.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "Zeile eins\n.\nZeile drei");
}

#[tokio::test]
async fn a_recipient_that_is_refused_for_good_gets_no_other_try_and_the_others_their_mail() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    sink.always(
        At::recipient("b@x.test"),
        Act::reply("550 5.1.1 nobody here"),
    );
    for to in ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test"] {
        write(&app, to).await;
    }
    for _ in 0..3 {
        app.run_jobs().await;
        app.clock.advance(TimeDelta::hours(7));
    }
    assert_eq!(
        states(&app).await,
        ["sent", "failed", "sent", "sent", "sent"]
    );
    assert_eq!(sink.count(), 4);
    let failed = mails(&app).await.remove(1);
    assert_eq!(
        failed["last_error"],
        "the server answered 550 5.1.1 nobody here"
    );
    assert_eq!(failed["attempts"], 1);
    assert_eq!(
        app.count("select count(*) from graphile_worker._private_jobs")
            .await,
        0
    );
}

#[tokio::test]
async fn a_mail_that_no_server_takes_fails_for_good() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    sink.once(At::Message, Act::reply("554 5.7.1 spam"));
    write(&app, "a@x.test").await;
    app.run_jobs().await;
    write(&app, "mädchen@müller.test").await;
    write(&app, "a b@x.test".replace(' ', "..").as_str()).await;
    app.run_jobs().await;
    let all = mails(&app).await;
    assert_eq!(all[0]["last_error"], "the server answered 554 5.7.1 spam");
    assert_eq!(states(&app).await, ["failed", "sent", "failed"]);
    assert_eq!(sink.mails()[1].to, ["mädchen@xn--mller-kva.test"]);
    assert!(
        all[2]["last_error"]
            .as_str()
            .unwrap()
            .contains("not an address"),
        "{}",
        all[2]
    );
}

#[tokio::test]
async fn what_a_server_does_not_take_now_is_tried_again_until_it_does() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    for (at, act) in [
        (At::AnyRecipient, Act::reply("451 4.7.1 greylisted")),
        (At::Greeting, Act::reply("421 too busy")),
        (At::Sender, Act::reply("421 closing")),
        (At::Sender, Act::reply("550 not from here")),
        (At::Data, Act::reply("452 full")),
        (At::Message, Act::reply("451 later")),
        (At::Message, Act::HangUp),
        (At::Data, Act::HangUp),
    ] {
        let before = mails(&app).await.len();
        sink.as_usual();
        sink.once(at.clone(), act.clone());
        // On a connection that was used before, what happens first is taken for its end, and another one is made.
        app.state.mailer.forget_connections();
        write(&app, "a@x.test").await;
        app.run_jobs().await;
        let mail = mails(&app).await.remove(before);
        assert_eq!(mail["state"], "queued", "{at:?} {act:?}: {mail}");
        assert_eq!(mail["attempts"], 1);
        assert!(mail["last_error"].is_string());
        app.clock.advance(TimeDelta::minutes(1));
        // The same failure to connect stands for a second.
        app.state.mailer.forget_connections();
        app.run_jobs().await;
        let mail = mails(&app).await.remove(before);
        assert_eq!(mail["state"], "sent", "{at:?} {act:?}: {mail}");
        assert_eq!(mail["attempts"], 2);
        let id = format!("<{}>", mail["message_id"].as_str().unwrap());
        let copies: Vec<_> = sink
            .mails()
            .into_iter()
            .filter(|each| each.message_id() == id)
            .collect();
        let accepted = copies.iter().filter(|each| each.accepted).count();
        assert_eq!(accepted, 1, "{at:?} {act:?}");
        assert!(copies.windows(2).all(|pair| pair[0].raw == pair[1].raw));
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_after_it_took_a_mail_never_gets_it_again() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    sink.always(At::Message, Act::ReplyAndHangUp);
    for to in ["a@x.test", "b@x.test", "c@x.test"] {
        write(&app, to).await;
        app.run_jobs().await;
    }
    assert_eq!(states(&app).await, ["sent", "sent", "sent"]);
    assert_eq!(sink.count(), 3);
    assert!(mails(&app).await.iter().all(|mail| mail["attempts"] == 1));
}

#[tokio::test]
async fn a_server_of_a_byte_an_age_holds_up_a_mail_for_its_time_only() {
    let sink = SmtpSink::start().await;
    let app = TestApp::start_with(|settings| {
        sink.takes_mail_of(settings);
        settings.mail.timeout_seconds = 1;
    })
    .await;
    sink.always(At::Sender, Act::Slowly(Duration::from_secs(10)));
    write(&app, "a@x.test").await;
    let begun = std::time::Instant::now();
    app.run_jobs().await;
    assert!(begun.elapsed() < Duration::from_secs(9));
    let mail = mails(&app).await.remove(0);
    assert_eq!(mail["last_error"], "no answer within 1 seconds");
    assert_eq!(mail["state"], "queued");
}

#[tokio::test]
async fn a_server_that_thinks_long_about_a_whole_mail_gets_it_once() {
    let sink = SmtpSink::start().await;
    let app = TestApp::start_with(|settings| {
        sink.takes_mail_of(settings);
        settings.mail.timeout_seconds = 1;
    })
    .await;
    // 250 kept, in two seconds.
    sink.once(At::Message, Act::Slowly(Duration::from_millis(200)));
    write(&app, "a@x.test").await;
    app.run_jobs().await;
    assert_eq!(states(&app).await, ["sent"]);
    assert_eq!(sink.count(), 1);
}

#[tokio::test]
async fn files_go_along() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let ann = app.customer("ann").await;
    let ticket = ann.creates_a_ticket().await;
    ann.post("AttachFile")
        .query("id", ticket)
        .file("uploadFile", "Übersicht.txt", "Zeile 1\n")
        .await
        .is_ok();
    let id: i32 = sqlx::query_scalar("select id from attachments")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    let mail = NewMail {
        attachments: vec![AttachmentId(id)],
        html: Some("<p>Hello</p>".to_owned()),
        ..NewMail::new(MailKind::Rule, "a@x.test", "Files", "Hello")
    };
    write_mail(&app, mail).await;
    app.run_jobs().await;
    let sent = sink
        .mails()
        .into_iter()
        .find(|mail| mail.to == ["a@x.test"])
        .unwrap();
    let parsed = mail_parser::MessageParser::default()
        .parse(sent.raw.as_bytes())
        .unwrap();
    assert_eq!(parsed.body_text(0).as_deref().map(str::trim), Some("Hello"));
    assert_eq!(
        parsed.body_html(0).as_deref().map(str::trim),
        Some("<p>Hello</p>")
    );
    let file = parsed.attachments().next().unwrap();
    assert_eq!(file.attachment_name(), Some("Übersicht.txt"));
    assert_eq!(file.contents(), b"Zeile 1\n");
}

#[tokio::test]
async fn a_server_that_is_down_for_a_day_is_told_of_once_and_then_gets_everything_once() {
    let sink = SmtpSink::start().await;
    let address = sink.address;
    let app = desk(&sink).await;
    let log = Lines::default();
    let listening = log.listen();
    drop(sink);
    for hour in (0..24).step_by(2) {
        if hour % 4 == 0 {
            write(&app, "a@x.test").await;
        }
        app.run_jobs().await;
        app.clock.advance(TimeDelta::hours(2));
    }
    assert_eq!(states(&app).await, ["queued"; 6]);
    // The queue's own library has its say, too; the log of the server does not show it.
    let said = |what: &str| {
        let text = log.text();
        let ours = text
            .lines()
            .filter(|line| !line.contains("graphile_worker::"));
        ours.filter(|line| line.contains(what)).count()
    };
    assert_eq!(said(" WARN "), 1);
    assert_eq!(said("it does not work"), 1);
    let condition = "select count(*) from conditions where key = 'mail' and state = 'failing'";
    assert_eq!(app.count(condition).await, 1);
    // What no server was asked about says nothing of it.
    write(&app, "a..b@x.test").await;
    app.run_jobs().await;
    assert_eq!(app.count(condition).await, 1);
    let sink = SmtpSink::listen(Kind::default(), address).await;
    app.state.mailer.forget_connections();
    write(&app, "b@x.test").await;
    app.run_jobs().await;
    // The others were hours from their next try.
    app.run_jobs().await;
    assert_eq!(
        states(&app).await,
        [
            "sent", "sent", "sent", "sent", "sent", "sent", "failed", "sent"
        ]
    );
    assert_eq!(sink.count(), 7);
    assert_eq!(said("it works again"), 1);
    assert_eq!(said("it does not work"), 1);
    drop(listening);
}

#[tokio::test]
async fn the_last_try_of_three_days_leaves_a_mail_that_says_why_it_failed() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    sink.always(At::AnyRecipient, Act::reply("451 4.3.0 later"));
    write(&app, "a@x.test").await;
    app.run_jobs().await;
    app.sql("update graphile_worker._private_jobs set attempts = max_attempts - 1, run_at = now()")
        .await;
    app.run_jobs().await;
    let mail = mails(&app).await.remove(0);
    assert_eq!(mail["state"], "failed");
    assert_eq!(mail["last_error"], "the server answered 451 4.3.0 later");
}

#[tokio::test]
async fn connections_are_kept() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    for number in 0..60 {
        write(&app, &format!("a{number}@x.test")).await;
    }
    app.run_jobs().await;
    assert_eq!(sink.count(), 60);
    assert!(sink.connections() <= 16, "{}", sink.connections());
}

#[tokio::test]
async fn texts_of_a_mail_with_a_secret_lie_nowhere_and_are_gone_when_it_is_sent() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let mail = NewMail {
        has_secret: true,
        html: Some("<p>open sesame</p>".to_owned()),
        ..NewMail::new(MailKind::PasswordReset, "a@x.test", "Hush", "open sesame")
    };
    write_mail(&app, mail).await;
    let lying =
        "select count(*) from outgoing_mail where to_jsonb(outgoing_mail)::text like '%sesame%'";
    assert_eq!(app.count(lying).await, 0);
    app.run_jobs().await;
    let sent = sink.mails().remove(0);
    assert!(sent.raw.contains("open sesame"));
    let gone = "select count(*) from outgoing_mail where text_body = '' and html_body is null";
    assert_eq!(app.count(gone).await, 1);
}

#[tokio::test]
async fn an_administrator_sends_a_failed_mail_after_all_or_takes_it_out() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let admin = app.admin().await;
    sink.once(At::AnyRecipient, Act::reply("550 not yet"));
    write(&app, "a@x.test").await;
    app.run_jobs().await;
    let id = mails(&app).await[0]["id"].clone();
    let path = format!("outgoing_mail/{id}");
    let retried = admin.v2("POST", &format!("{path}/retry")).await.is_ok();
    assert_eq!(retried.json()["state"], "queued");
    admin.v2("DELETE", &path).await.has_status(204);
    app.run_jobs().await;
    assert_eq!(states(&app).await, ["discarded"]);
    admin.v2("DELETE", &path).await.has_status(409);
    admin.v2("POST", &format!("{path}/retry")).await.is_ok();
    app.run_jobs().await;
    assert_eq!(states(&app).await, ["sent"]);
    assert_eq!(sink.count(), 1);
    admin
        .v2("POST", &format!("{path}/retry"))
        .await
        .has_status(409);
    admin
        .v2("POST", "outgoing_mail/77/retry")
        .await
        .is_not_found();
    admin.v2("DELETE", "outgoing_mail/77").await.is_not_found();
}

#[tokio::test]
async fn mails_about_a_ticket_are_a_thread_and_say_that_no_person_wrote_them() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let ticket = app.customer("ann").await.creates_a_ticket().await;
    let about = |subject: &str| NewMail {
        ticket: Some(TicketId(ticket)),
        to_name: "Bob, \"the\" Builder".to_owned(),
        from_address: Some("printers@desk.test".to_owned()),
        from_name: "Drucker-Hilfe Süd".to_owned(),
        reply_to: Some("answers@desk.test".to_owned()),
        unsubscribe_url: Some("http://desk.test/Ticket/1".to_owned()),
        ..NewMail::new(MailKind::NewReply, "bob@x.test", subject, "Text")
    };
    write_mail(&app, about("One")).await;
    app.clock.advance(TimeDelta::minutes(1));
    write_mail(&app, about(&"Two ".repeat(100))).await;
    app.run_jobs().await;
    let mut sent: Vec<_> = sink
        .mails()
        .into_iter()
        .filter(|mail| mail.to == ["bob@x.test"])
        .collect();
    assert_eq!(sent.len(), 2);
    let (second, first) = (sent.pop().unwrap(), sent.pop().unwrap());
    assert_eq!(second.header("In-Reply-To"), Some(first.message_id()));
    assert!(
        second
            .header("References")
            .unwrap()
            .contains(&first.message_id())
    );
    assert_eq!(second.from, "printers@desk.test");
    assert_eq!(
        second.header("List-Unsubscribe").as_deref(),
        Some("<http://desk.test/Ticket/1>")
    );
    assert_eq!(
        second.header("Reply-To").as_deref(),
        Some("answers@desk.test")
    );
    let parsed = mail_parser::MessageParser::default()
        .parse(second.raw.as_bytes())
        .unwrap();
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("Drucker-Hilfe Süd"));
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!(to.name(), Some("Bob, \"the\" Builder"));
    assert_eq!(
        parsed.subject().map(str::len),
        Some("Two ".repeat(100).trim().len())
    );
    assert!(second.raw.lines().all(|line| line.len() < 998));
}
