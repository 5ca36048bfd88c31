//! A server that is killed while it sends loses no mail, and sends none as another one.

use std::collections::BTreeMap;
use std::process::Stdio;

use ferrodesk::domain::outgoing_mail::{self, MailKind, NewMail};
use tokio::process::Child;

use crate::support::TestApp;
use crate::support::program::program_on;
use crate::support::smtp::{Act, At, SmtpSink};

/// A server whose mail goes to the sink.
fn server(app: &TestApp, sink: &SmtpSink) -> Child {
    let mut command = program_on(&app.database, app.folder.path());
    command
        .env("Mail__Host", "127.0.0.1")
        .env("Mail__Port", sink.address.port().to_string())
        .env("Mail__Security", "none")
        .env("Mail__FromAddress", "desk@desk.test")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

async fn write(app: &TestApp, count: usize) {
    let mut tx = app.state.db.begin().await.unwrap();
    for number in 0..count {
        let mail = NewMail::new(
            MailKind::Rule,
            &format!("a{number}@x.test"),
            "Hello",
            "Text",
        );
        let context = app.state.context();
        outgoing_mail::insert(&mut tx, &context, mail)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn killed_between_the_servers_yes_and_its_record_the_same_mail_goes_out_again() {
    let sink = SmtpSink::start().await;
    let app = TestApp::start().await;
    write(&app, 1).await;
    // Nobody can record anything about the mail.
    let mut holder = app.database.connect().await;
    sqlx::raw_sql("begin; select id from outgoing_mail for update")
        .execute(&mut holder)
        .await
        .unwrap();
    let mut first = server(&app, &sink);
    sink.wait_for(1).await;
    first.kill().await.unwrap();
    sqlx::raw_sql("rollback")
        .execute(&mut holder)
        .await
        .unwrap();
    let mut second = server(&app, &sink);
    let mails = sink.wait_for(2).await;
    assert_eq!(mails[0].raw, mails[1].raw);
    assert!(mails[0].accepted);
    wait_until_sent(&app, 1).await;
    assert_eq!(sink.count(), 2);
    second.kill().await.unwrap();
}

#[tokio::test]
async fn killed_in_the_middle_of_many_mails_each_arrives_and_only_those_under_way_twice() {
    const MAILS: usize = 300;
    const UNDER_WAY: usize = 16;
    let sink = SmtpSink::start().await;
    let app = TestApp::start().await;
    write(&app, MAILS).await;
    for at in [At::Sender, At::Data, At::Message] {
        sink.as_usual();
        let already = sink.count();
        let mut killed = server(&app, &sink);
        sink.wait_for(already + 40).await;
        sink.always(at, Act::Hold);
        killed.kill().await.unwrap();
    }
    sink.as_usual();
    let mut last = server(&app, &sink);
    wait_until_sent(&app, i64::try_from(MAILS).unwrap()).await;
    last.kill().await.unwrap();
    let mut copies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in sink.mails().into_iter().filter(|mail| mail.accepted) {
        copies.entry(mail.message_id()).or_default().push(mail.raw);
    }
    assert_eq!(copies.len(), MAILS);
    assert!(
        copies
            .values()
            .all(|copies| copies.iter().all(|copy| *copy == copies[0]))
    );
    let again: usize = copies.values().map(|copies| copies.len() - 1).sum();
    assert!(again <= 3 * UNDER_WAY, "{again} mails came twice");
}

async fn wait_until_sent(app: &TestApp, count: i64) {
    let begun = tokio::time::Instant::now();
    let sent = "select count(*) from outgoing_mail where state = 'sent'";
    while app.count(sent).await < count {
        assert!(
            begun.elapsed().as_secs() < 60,
            "{} are sent",
            app.count(sent).await
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
