use std::sync::Arc;
use std::time::Duration;

use ferrodesk::settings::MailProtocol;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Taking, Talk, mail};

#[tokio::test]
async fn nothing_is_acknowledged_before_it_is_committed() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut other = server.app.database.connect().await;
    sqlx::raw_sql("begin; lock table incoming_mail in exclusive mode")
        .execute(&mut other)
        .await
        .unwrap();
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.begins(&["desk@desk.test"]).await;
    talk.says(&mail(1)).await;
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'incoming_mail'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    for _ in 0..1_000 {
        if server.app.count(waiting).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.app.count(waiting).await, 1);
    let answer = tokio::time::timeout(Duration::from_millis(100), talk.line());
    assert!(answer.await.is_err(), "nothing is said before");
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    talk.hears("250 2.0.0").await;
    assert_eq!(server.stored().await, 1);
}

#[tokio::test]
async fn starttls_begins_the_conversation_anew() {
    let made = rcgen::generate_simple_self_signed(["desk.test".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = Taking::start_with(MailProtocol::Smtp, |settings| {
        settings.mail_listener.tls = Some((certificate, key));
    })
    .await;

    // What follows the command is not taken for what comes after it.
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.says("STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n").await;
    talk.hears("554").await;
    talk.is_over().await;

    let mut talk = server.call().await;
    assert!(talk.greets("EHLO").await.contains(&"STARTTLS".to_owned()));
    talk.asks("MAIL FROM:<a@b.test>", "250").await;
    talk.asks("STARTTLS", "220").await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("desk.test").unwrap();
    let stream: TcpStream = talk.stream;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let mut talk = Talk::new(stream);
    talk.asks("RCPT TO:<desk@desk.test>", "503").await;
    assert!(!talk.greets("EHLO").await.contains(&"STARTTLS".to_owned()));
    talk.begins(&["desk@desk.test"]).await;
    talk.says(&mail(1)).await;
    talk.hears("250 2.0.0").await;
    assert_eq!(server.stored().await, 1);
}
