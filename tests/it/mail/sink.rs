//! The mail server of the tests does as it is told, so that what is tested against it is tested.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use crate::support::smtp::{Act, At, Encryption, Kind, Login, SmtpSink};

const MAIL: &[u8] = b"Subject: a\r\n b\r\nMessage-ID: <1@x>\r\n\r\nfirst\r\n.second\r\n";

fn tls(sink: &SmtpSink) -> TlsParameters {
    let certificate = Certificate::from_pem(sink.certificate.as_bytes()).unwrap();
    TlsParameters::builder("localhost".to_owned())
        .add_root_certificate(certificate)
        .build()
        .unwrap()
}

async fn connect(sink: &SmtpSink, tls: Option<TlsParameters>) -> AsyncSmtpConnection {
    let patience = Some(Duration::from_secs(10));
    let hello = ClientId::Domain("test".to_owned());
    AsyncSmtpConnection::connect_tokio1(sink.address, patience, &hello, tls, None)
        .await
        .unwrap()
}

async fn encrypted(sink: &SmtpSink, encryption: Encryption) -> AsyncSmtpConnection {
    if encryption == Encryption::Tls {
        return connect(sink, Some(tls(sink))).await;
    }
    let mut connection = connect(sink, None).await;
    let hello = ClientId::Domain("test".to_owned());
    connection.starttls(tls(sink), &hello).await.unwrap();
    connection
}

fn envelope(to: &[&str]) -> Envelope {
    let to = to.iter().map(|address| address.parse().unwrap());
    Envelope::new(Some("desk@x.test".parse().unwrap()), to.collect()).unwrap()
}

#[tokio::test]
async fn what_is_sent_is_kept_as_it_was() {
    let sink = SmtpSink::start().await;
    let mut connection = connect(&sink, None).await;
    let both = envelope(&["a@x.test", "b@x.test"]);
    connection.send(&both, MAIL).await.unwrap();
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!(mail.from, "desk@x.test");
    assert_eq!(mail.to, ["a@x.test", "b@x.test"]);
    assert_eq!(mail.header("subject").as_deref(), Some("a b"));
    assert_eq!(mail.message_id(), "<1@x>");
    assert_eq!(mail.body(), "first\r\n.second\r\n\r\n");
    assert!(mail.accepted && !mail.tls);
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn orders_hold_as_often_as_they_are_given() {
    let sink = SmtpSink::start().await;
    sink.once(At::recipient("b@x.test"), Act::reply("550 nobody"));
    let mut connection = connect(&sink, None).await;
    let refused = connection.send(&envelope(&["b@x.test"]), MAIL).await;
    assert!(refused.unwrap_err().is_permanent());
    let mut connection = connect(&sink, None).await;
    connection
        .send(&envelope(&["b@x.test"]), MAIL)
        .await
        .unwrap();
    sink.always(At::Message, Act::HangUp);
    for _ in 0..2 {
        let mut connection = connect(&sink, None).await;
        let lost = connection.send(&envelope(&["b@x.test"]), MAIL).await;
        assert!(lost.is_err());
    }
    let accepted: Vec<bool> = sink.mails().iter().map(|mail| mail.accepted).collect();
    assert_eq!(accepted, [true, false, false]);
    sink.as_usual();
    sink.once(At::Sender, Act::Slowly(Duration::from_millis(1)));
    sink.once(At::AnyRecipient, Act::Hold);
    sink.once(At::Message, Act::ReplyAndHangUp);
    let mut connection = connect(&sink, None).await;
    let to = envelope(&["c@x.test"]);
    let sending = connection.send(&to, MAIL);
    let releasing = async {
        while sink.count() < 4 {
            sink.release();
            tokio::task::yield_now().await;
        }
    };
    let (sent, ()) = tokio::join!(sending, releasing);
    sent.unwrap();
    assert!(!connection.test_connected().await);
}

#[tokio::test]
async fn names_and_passwords_are_asked_for_behind_tls() {
    for (encryption, login, mechanism) in [
        (
            Encryption::StartTls,
            Login::Password("desk", "pw"),
            Mechanism::Login,
        ),
        (
            Encryption::Tls,
            Login::Password("desk", "pw"),
            Mechanism::Plain,
        ),
        (
            Encryption::Tls,
            Login::Token("desk", "pw"),
            Mechanism::Xoauth2,
        ),
    ] {
        let login = Some(login);
        let sink = SmtpSink::start_as(Kind { encryption, login }).await;
        let wrong = Credentials::new("desk".into(), "guess".into());
        let right = Credentials::new("desk".into(), "pw".into());
        let mut stranger = encrypted(&sink, encryption).await;
        assert!(stranger.auth(&[mechanism], &wrong).await.is_err());
        let mut connection = encrypted(&sink, encryption).await;
        connection.auth(&[mechanism], &right).await.unwrap();
        let to = envelope(&["a@x.test"]);
        connection.send(&to, MAIL).await.unwrap();
        let mail = sink.wait_for(1).await.remove(0);
        assert!(mail.tls);
        assert_eq!(mail.login.as_deref(), Some("desk"));
    }
}
