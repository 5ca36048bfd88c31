//! One conversation.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Act, At, Encryption, Kind, Login, ReceivedMail, Shared};

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

struct Session {
    wire: BufReader<Box<dyn Wire>>,
    shared: Arc<Shared>,
    kind: Kind,
    tls: bool,
    login: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// How a conversation goes on.
enum Next {
    Line,
    End,
    StartTls,
}

pub(super) async fn talk(
    stream: TcpStream,
    kind: Kind,
    acceptor: TlsAcceptor,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let tls = kind.encryption == Encryption::Tls;
    let wire: Box<dyn Wire> = if tls {
        Box::new(acceptor.accept(stream).await?)
    } else {
        Box::new(stream)
    };
    let mut session = Session {
        wire: BufReader::new(wire),
        shared,
        kind,
        tls,
        login: None,
        from: None,
        to: vec![],
    };
    if !session.answer(&At::Greeting, "220 sink ESMTP").await? {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        if session.wire.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        match session.command(line.trim_end()).await? {
            Next::Line => {}
            Next::End => return Ok(()),
            Next::StartTls => {
                let plain = session.wire.into_inner();
                let encrypted: Box<dyn Wire> = Box::new(acceptor.accept(plain).await?);
                session.wire = BufReader::new(encrypted);
                session.tls = true;
            }
        }
    }
}

impl Session {
    async fn command(&mut self, line: &str) -> io::Result<Next> {
        let upper = line.to_uppercase();
        let word = upper.split([' ', ':']).next().unwrap_or_default();
        let goes_on = match word {
            "EHLO" => self.ehlo().await?,
            "HELO" | "NOOP" => self.say("250 ok").await?,
            "RSET" => {
                (self.from, self.to) = (None, vec![]);
                self.say("250 ok").await?
            }
            "STARTTLS" => {
                self.say("220 go ahead").await?;
                return Ok(Next::StartTls);
            }
            "AUTH" => self.auth(line).await?,
            "MAIL" if self.kind.login.is_some() && self.login.is_none() => {
                self.say("530 5.7.0 authentication required").await?
            }
            "MAIL" => {
                self.from = Some(address(line));
                self.answer(&At::Sender, "250 ok").await?
            }
            "RCPT" => self.recipient(address(line)).await?,
            "DATA" if self.to.is_empty() => self.say("503 no recipient").await?,
            "DATA" => self.data().await?,
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(Next::End);
            }
            _ => self.say("500 what?").await?,
        };
        Ok(if goes_on { Next::Line } else { Next::End })
    }

    async fn ehlo(&mut self) -> io::Result<bool> {
        let mut lines = vec!["250-sink", "250-8BITMIME", "250-SMTPUTF8"];
        if self.kind.encryption == Encryption::StartTls && !self.tls {
            lines.push("250-STARTTLS");
        } else {
            match self.kind.login {
                Some(Login::Password(..)) => lines.push("250-AUTH PLAIN LOGIN"),
                Some(Login::Token(..)) => lines.push("250-AUTH XOAUTH2"),
                None => {}
            }
        }
        lines.push("250 SIZE 52428800");
        self.say(&lines.join("\r\n")).await
    }

    async fn auth(&mut self, line: &str) -> io::Result<bool> {
        let mut words = line.split_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_uppercase();
        let secret = words.next().map(decoded).unwrap_or_default();
        let (name, secret) = match mechanism.as_str() {
            "PLAIN" => {
                let mut parts = secret.split('\0').skip(1).map(str::to_owned);
                (parts.next(), parts.next())
            }
            "LOGIN" => (
                Some(self.asked("Username:").await?),
                Some(self.asked("Password:").await?),
            ),
            "XOAUTH2" => {
                let mut parts = secret.split('\u{1}');
                let name = parts.next().and_then(|part| part.strip_prefix("user="));
                let token = parts
                    .next()
                    .and_then(|part| part.strip_prefix("auth=Bearer "));
                (name.map(str::to_owned), token.map(str::to_owned))
            }
            _ => (None, None),
        };
        let wanted = match (&self.kind.login, mechanism.as_str()) {
            (Some(Login::Password(name, secret)), "PLAIN" | "LOGIN")
            | (Some(Login::Token(name, secret)), "XOAUTH2") => Some((*name, *secret)),
            _ => None,
        };
        if wanted.is_some() && wanted == name.as_deref().zip(secret.as_deref()) {
            self.login = name;
            return self.answer(&At::Auth, "235 welcome").await;
        }
        self.say("535 5.7.8 wrong name or password").await
    }

    async fn asked(&mut self, question: &str) -> io::Result<String> {
        self.say(&format!("334 {}", BASE64_STANDARD.encode(question)))
            .await?;
        let mut line = String::new();
        self.wire.read_line(&mut line).await?;
        Ok(decoded(line.trim()))
    }

    async fn recipient(&mut self, address: String) -> io::Result<bool> {
        let act = self.shared.order(&At::Recipient(address.clone()));
        if !matches!(&act, Some(Act::Reply(reply)) if !reply.starts_with('2')) {
            self.to.push(address);
        }
        self.perform(act, "250 ok").await
    }

    async fn data(&mut self) -> io::Result<bool> {
        if let Some(act) = self.shared.order(&At::Data) {
            return self.perform(Some(act), "451 not now").await;
        }
        self.say("354 go on").await?;
        let mut raw = Vec::new();
        loop {
            let start = raw.len();
            if self.wire.read_until(b'\n', &mut raw).await? == 0 {
                return Ok(false);
            }
            if raw[start..] == *b".\r\n" {
                raw.truncate(start);
                break;
            }
            if raw[start] == b'.' {
                raw.remove(start);
            }
        }
        self.keep(String::from_utf8_lossy(&raw).into_owned()).await
    }

    async fn keep(&mut self, raw: String) -> io::Result<bool> {
        let act = self.shared.order(&At::Message);
        let accepted = match &act {
            Some(Act::Reply(reply)) => reply.starts_with('2'),
            Some(Act::HangUp) => false,
            _ => true,
        };
        let mail = ReceivedMail {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            raw,
            tls: self.tls,
            login: self.login.clone(),
            accepted,
        };
        self.shared.mails.lock().unwrap().push(mail);
        self.shared.news.notify_waiters();
        self.perform(act, "250 kept").await
    }

    async fn answer(&mut self, at: &At, usual: &str) -> io::Result<bool> {
        let act = self.shared.order(at);
        self.perform(act, usual).await
    }

    /// Answer as ordered, or as usual. True: the conversation goes on.
    async fn perform(&mut self, act: Option<Act>, usual: &str) -> io::Result<bool> {
        match act {
            None => self.say(usual).await,
            Some(Act::Reply(reply)) => {
                self.say(&reply).await?;
                // Whoever closes the service hangs up.
                Ok(!reply.starts_with("421"))
            }
            Some(Act::HangUp) => Ok(false),
            Some(Act::ReplyAndHangUp) => {
                self.say(usual).await?;
                Ok(false)
            }
            Some(Act::Hold) => {
                let shared = Arc::clone(&self.shared);
                let release = shared.release.notified();
                tokio::pin!(release);
                release.as_mut().enable();
                shared.news.notify_waiters();
                release.await;
                self.say(usual).await
            }
            Some(Act::Slowly(pause)) => {
                for byte in format!("{usual}\r\n").bytes() {
                    tokio::time::sleep(pause).await;
                    self.wire.write_all(&[byte]).await?;
                    self.wire.flush().await?;
                }
                Ok(true)
            }
        }
    }

    async fn say(&mut self, text: &str) -> io::Result<bool> {
        self.wire.write_all(text.as_bytes()).await?;
        self.wire.write_all(b"\r\n").await?;
        self.wire.flush().await?;
        Ok(true)
    }
}

fn decoded(text: &str) -> String {
    let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The address between the angle brackets of `MAIL FROM:<…>` or `RCPT TO:<…>`.
fn address(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
