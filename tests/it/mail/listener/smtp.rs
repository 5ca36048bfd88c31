use ferrodesk::settings::MailProtocol;
use serde_json::json;

use super::{Taking, mail};

#[tokio::test]
async fn a_mail_for_an_address_of_ours_is_stored_and_then_acknowledged() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    let abilities = talk.greets("EHLO").await;
    assert_eq!(
        abilities,
        [
            "desk.test",
            "PIPELINING",
            "SIZE 10000",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES"
        ]
    );
    talk.begins(&["Desk@Desk.test"]).await;
    talk.says("From: a@b.test\r\nMessage-ID: <1@x.test>\r\n\r\n..dot\r\n. one\r\nend\r\n.\r\n")
        .await;
    talk.hears("250 2.0.0").await;
    assert_eq!(server.stored().await, 1);
    let row = server
        .app
        .count(
            r"select count(*) from incoming_mail where mailbox_id = 1 and category_id = 1 and uid is null
            and envelope_from = 'max@customer.test' and envelope_to = '{Desk@Desk.test}' and message_id = '1@x.test'
            and convert_from(raw, 'UTF8') = E'From: a@b.test\r\nMessage-ID: <1@x.test>\r\n\r\n.dot\r\n one\r\nend\r\n'",
        )
        .await;
    assert_eq!(row, 1);
    talk.asks("QUIT", "221").await;
    talk.is_over().await;
}

#[tokio::test]
async fn nothing_is_relayed() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.asks("MAIL FROM:<max@customer.test>", "250").await;
    for stranger in [
        "somebody@else.test",
        "desk@desk.test.evil.test",
        "desk%else.test@desk.test",
        "@desk.test:somebody@else.test",
        "desk",
        "sales@else.test",
    ] {
        talk.says(&format!("RCPT TO:<{stranger}>\r\n")).await;
        let answer = talk.line().await;
        assert!(
            answer.starts_with("550 5.1.1") || answer.starts_with("501"),
            "{stranger}: {answer}"
        );
    }
    talk.asks("DATA", "503").await;
    assert_eq!(server.stored().await, 0);
}

#[tokio::test]
async fn the_sender_of_a_category_and_what_follows_a_plus_sign_are_ours() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.begins(&["sales@desk.test"]).await;
    talk.says(&mail(1)).await;
    talk.hears("250 2.0.0").await;
    talk.begins(&["desk+t12.abcdef@desk.test"]).await;
    talk.says(&mail(2)).await;
    talk.hears("250 2.0.0").await;
    let sales = "select count(*) from incoming_mail m join categories c on c.id = m.category_id
        where c.name = 'Sales' and m.mailbox_id is null and m.message_id = '1@x.test'";
    assert_eq!(server.app.count(sales).await, 1);
    let desk = "select count(*) from incoming_mail
        where mailbox_id = 1 and envelope_to = '{desk+t12.abcdef@desk.test}'";
    assert_eq!(server.app.count(desk).await, 1);
    // Bounces come from nobody.
    talk.asks("MAIL FROM:<>", "250").await;
    talk.asks("RCPT TO:<desk@desk.test>", "250").await;
    talk.asks("DATA", "354").await;
    talk.says(&mail(3)).await;
    talk.hears("250 2.0.0").await;
    let bounce = "select count(*) from incoming_mail where envelope_from = ''";
    assert_eq!(server.app.count(bounce).await, 1);
}

#[tokio::test]
async fn a_mailbox_that_is_switched_off_takes_no_mail() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let admin = server.app.admin().await;
    let off = json!({"enabled": false});
    admin.v2("PATCH", "mailboxes/1").json(&off).await.is_ok();
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.asks("MAIL FROM:<max@customer.test>", "250").await;
    talk.asks("RCPT TO:<desk@desk.test>", "550 5.1.1").await;
}

#[tokio::test]
async fn what_is_delivered_again_is_stored_once() {
    let server = Taking::start(MailProtocol::Smtp).await;
    for _ in 0..3 {
        let mut talk = server.call().await;
        talk.greets("EHLO").await;
        talk.begins(&["desk@desk.test"]).await;
        talk.says(&mail(1)).await;
        talk.hears("250 2.0.0").await;
    }
    assert_eq!(server.stored().await, 1);
    // In two mailboxes it is two mails.
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.begins(&["desk@desk.test", "other@desk.test", "sales@desk.test"])
        .await;
    talk.says(&mail(1)).await;
    talk.hears("250 2.0.0").await;
    assert_eq!(server.stored().await, 3);
}

#[tokio::test]
async fn commands_may_come_before_the_answers_to_those_before() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    let one = "MAIL FROM:<a@b.test> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<desk@desk.test>\r\nDATA\r\n";
    talk.says(&format!("{one}{}{one}{}NOOP\r\nQUIT\r\n", mail(1), mail(2)))
        .await;
    for answer in [
        "250 2.1.0",
        "250 2.1.5",
        "354",
        "250 2.0.0",
        "250 2.1.0",
        "250 2.1.5",
        "354",
        "250 2.0.0",
        "250 2.0.0",
        "221",
    ] {
        talk.hears(answer).await;
    }
    talk.is_over().await;
    assert_eq!(server.stored().await, 2);
}

#[tokio::test]
async fn an_empty_mail_ends_at_its_first_line() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.begins(&["desk@desk.test"]).await;
    talk.says(".\r\n").await;
    talk.hears("250 2.0.0").await;
    talk.asks("NOOP", "250").await;
}

#[tokio::test]
async fn commands_out_of_order_are_refused() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.asks("MAIL FROM:<a@b.test>", "503").await;
    talk.greets("EHLO").await;
    talk.asks("RCPT TO:<desk@desk.test>", "503").await;
    talk.asks("DATA", "503").await;
    talk.asks("MAIL FROM:<a@b.test>", "250").await;
    talk.asks("MAIL FROM:<a@b.test>", "503").await;
    talk.asks("RSET", "250").await;
    talk.asks("RCPT TO:<desk@desk.test>", "503").await;
    talk.asks("LHLO mta.test", "502").await;
    talk.asks("AUTH PLAIN AGEAYg==", "502").await;
    talk.asks("STARTTLS", "502").await;
    talk.asks("EXPN desk", "502").await;
    talk.asks("VRFY desk", "252").await;
    talk.asks("NONSENSE", "500").await;
    talk.asks("MAIL FROM:nobody", "501").await;
}
