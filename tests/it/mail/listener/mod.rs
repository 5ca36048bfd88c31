//! Mail servers deliver to us: conversations by hand, honest and hostile.

mod hostile;
mod lmtp;
mod smtp;
mod stored;

use std::time::Duration;

use ferrodesk::settings::{MailAddress, MailProtocol, Settings};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;

/// A server to which mail is delivered for `desk@desk.test` (a mailbox), `other@desk.test` (another) and
/// `sales@desk.test` (the sender of a category).
struct Taking {
    app: TestApp,
    port: u16,
    stop: CancellationToken,
}

impl Taking {
    async fn start(protocol: MailProtocol) -> Self {
        Self::start_with(protocol, |_| {}).await
    }

    async fn start_with(protocol: MailProtocol, change: impl FnOnce(&mut Settings)) -> Self {
        let app = TestApp::start_with(|settings| {
            settings.mail_listener.address = Some(MailAddress::Tcp("127.0.0.1:0".into()));
            settings.mail_listener.protocol = protocol;
            settings.limits.mail_bytes = 10_000;
            change(settings);
        })
        .await;
        let admin = app.admin().await;
        for name in ["desk", "other"] {
            let body = json!({
                "name": name, "address": format!("{name}@desk.test"), "category_id": 1, "host": "imap.desk.test",
                "username": "x"
            });
            admin.makes("mailboxes", body).await;
        }
        admin
            .makes(
                "categories",
                json!({"name": "Sales", "from_address": "Sales@desk.test"}),
            )
            .await;
        let listener = ferrodesk::mail::listener::bind(&app.state.settings)
            .await
            .unwrap()
            .unwrap();
        let port = listener.port().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(listener.run(app.state.clone(), stop.clone()));
        Self { app, port, stop }
    }

    /// A conversation, after the greeting.
    async fn call(&self) -> Talk<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let mut talk = Talk::new(stream);
        talk.hears("220 desk.test ").await;
        talk
    }

    async fn stored(&self) -> i64 {
        self.app.count("select count(*) from incoming_mail").await
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One end of a conversation.
struct Talk<S> {
    stream: S,
    heard: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            heard: String::new(),
        }
    }

    async fn says(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// The next line; empty at the end.
    async fn line(&mut self) -> String {
        while !self.heard.contains('\n') {
            let mut buffer = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut buffer))
                .await
                .expect("an answer");
            let Ok(read @ 1..) = read else {
                return std::mem::take(&mut self.heard);
            };
            self.heard
                .push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        let rest = self.heard.split_off(self.heard.find('\n').unwrap() + 1);
        std::mem::replace(&mut self.heard, rest)
    }

    /// The next line begins so.
    async fn hears(&mut self, beginning: &str) {
        let line = self.line().await;
        assert!(
            line.starts_with(beginning),
            "{line:?} instead of {beginning:?}"
        );
    }

    /// Say a line and hear the answer to it.
    async fn asks(&mut self, line: &str, answer: &str) {
        self.says(&format!("{line}\r\n")).await;
        self.hears(answer).await;
    }

    /// The other end hangs up.
    async fn is_over(&mut self) {
        assert_eq!(self.line().await, "");
    }

    /// `EHLO` or `LHLO`, and all of the answer.
    async fn greets(&mut self, verb: &str) -> Vec<String> {
        self.says(&format!("{verb} mta.test\r\n")).await;
        let mut lines = vec![];
        loop {
            let line = self.line().await;
            assert!(line.starts_with("250"), "{line}");
            let is_last = line.starts_with("250 ");
            lines.push(line[4..].trim_end().to_owned());
            if is_last {
                return lines;
            }
        }
    }

    /// Up to the text of the mail.
    async fn begins(&mut self, recipients: &[&str]) {
        self.asks("MAIL FROM:<max@customer.test>", "250").await;
        for recipient in recipients {
            self.asks(&format!("RCPT TO:<{recipient}>"), "250").await;
        }
        self.asks("DATA", "354").await;
    }
}

/// A mail as it is sent after DATA, to its end.
fn mail(number: u32) -> String {
    format!(
        "From: max@customer.test\r\nSubject: Mail\r\nMessage-ID: <{number}@x.test>\r\n\r\nHello\r\n.\r\n"
    )
}
