use ferrodesk::settings::{MailAddress, MailProtocol};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

use super::{Taking, Talk, mail};
use crate::support::TestApp;

#[tokio::test]
async fn each_recipient_gets_an_answer_of_his_own() {
    let server = Taking::start(MailProtocol::Lmtp).await;
    let mut talk = server.call().await;
    talk.asks("EHLO mta.test", "502").await;
    talk.greets("LHLO").await;
    talk.asks("MAIL FROM:<max@customer.test>", "250").await;
    talk.asks("RCPT TO:<desk@desk.test>", "250").await;
    talk.asks("RCPT TO:<nobody@desk.test>", "550").await;
    talk.asks("RCPT TO:<other@desk.test>", "250").await;
    talk.asks("RCPT TO:<desk+x@desk.test>", "250").await;
    talk.asks("DATA", "354").await;
    talk.says(&mail(1)).await;
    for _ in 0..3 {
        talk.hears("250 2.0.0").await;
    }
    talk.asks("NOOP", "250").await;
    assert_eq!(server.stored().await, 2);
    // A mail that is refused is refused to each.
    talk.begins(&["desk@desk.test", "other@desk.test"]).await;
    talk.says("a\nb\r\n.\r\n").await;
    for _ in 0..2 {
        talk.hears("550 5.6.11").await;
    }
    talk.asks("NOOP", "250").await;
}

#[tokio::test]
async fn a_socket_that_a_killed_server_left_is_taken_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp.sock");
    let app = TestApp::start_with(|settings| {
        settings.mail_listener.address = Some(MailAddress::Unix(path.clone()));
    })
    .await;
    // Dropped, it stays as a file.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let settings = &app.state.settings;
    let listener = ferrodesk::mail::listener::bind(settings)
        .await
        .unwrap()
        .unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(listener.run(app.state.clone(), stop.clone()));
    let mut talk = Talk::new(UnixStream::connect(&path).await.unwrap());
    talk.hears("220 desk.test LMTP").await;
    talk.greets("LHLO").await;
    // One that somebody listens on is left to him.
    let error = ferrodesk::mail::listener::bind(settings).await.unwrap_err();
    assert!(
        error.to_string().contains("MailListener:Address"),
        "{error}"
    );
    stop.cancel();
    talk.hears("421").await;
    running.await.unwrap();
}
