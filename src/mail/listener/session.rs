//! A conversation with a mail server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use smtp_proto::Request;
use tokio_util::sync::CancellationToken;

use super::Rules;
use super::deliver::Delivery;
use super::lines::{Lines, Trouble};
use super::replies;
use crate::app::AppState;
use crate::domain::Error;
use crate::domain::mailboxes::{self, Recipient};
use crate::mail::tls::Connection;
use crate::settings::MailProtocol;

/// Recipients of one mail.
const MOST_RECIPIENTS: usize = 100;

/// Commands that were refused, until the conversation is over.
const MOST_ERRORS: usize = 20;

/// A conversation.
pub(super) struct Session {
    app: AppState,
    rules: Arc<Rules>,
    lines: Lines,
    stop: CancellationToken,
    is_secured: bool,
    has_greeted: bool,
    sender: Option<String>,
    recipients: Vec<(String, Recipient)>,
    errors: usize,
}

/// How it goes on.
enum Next {
    Go,
    End,
    Secure,
}

impl Session {
    pub(super) fn new(
        app: AppState,
        rules: Arc<Rules>,
        stream: Box<dyn Connection>,
        stop: CancellationToken,
    ) -> Self {
        let patience = Duration::from_secs(rules.settings.idle_seconds);
        Self {
            app,
            rules,
            lines: Lines::new(stream, patience, stop.clone()),
            stop,
            is_secured: false,
            has_greeted: false,
            sender: None,
            recipients: vec![],
            errors: 0,
        }
    }

    /// To its end.
    pub(super) async fn run(mut self) -> io::Result<()> {
        let name = self.name();
        self.say(&format!("220 {name} {} Ferrodesk", self.protocol_name()))
            .await?;
        loop {
            let next = match self.lines.next().await {
                Ok(line) => self.answer(&line).await?,
                Err(trouble) => self.complain(trouble).await?,
            };
            match next {
                Next::Go if self.errors > MOST_ERRORS => {
                    return self.say(replies::TOO_MANY_ERRORS).await;
                }
                Next::Go => {}
                Next::End => return Ok(()),
                Next::Secure => self = self.secure().await?,
            }
        }
    }

    /// What we call ourselves: the host of `AppURL`.
    fn name(&self) -> String {
        let url = &self.app.settings.app_url;
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty() { "localhost" } else { host }.to_owned()
    }

    fn is_lmtp(&self) -> bool {
        self.rules.settings.protocol == MailProtocol::Lmtp
    }

    fn protocol_name(&self) -> &'static str {
        if self.is_lmtp() { "LMTP" } else { "ESMTP" }
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.lines.say(&format!("{reply}\r\n")).await
    }

    async fn refuse(&mut self, reply: &str) -> io::Result<Next> {
        self.errors += 1;
        self.say(reply).await?;
        Ok(Next::Go)
    }

    async fn complain(&mut self, trouble: Trouble) -> io::Result<Next> {
        match trouble {
            Trouble::Over => return Ok(Next::End),
            Trouble::Late => self.say(replies::LATE).await?,
            Trouble::Stopped => self.say(replies::STOPPING).await?,
            Trouble::TooLong => return self.refuse("500 5.5.2 The line is too long").await,
            // Whoever ends lines in another way than we read them may see other commands than we do.
            Trouble::BadEnd => self.say("554 5.5.2 Lines end with CR LF").await?,
        }
        Ok(Next::End)
    }

    async fn answer(&mut self, line: &[u8]) -> io::Result<Next> {
        let request = match Request::parse(&mut line.iter()) {
            Ok(request) => request.into_owned(),
            Err(error) => return self.refuse(replies::unread(&error)).await,
        };
        match request {
            Request::Lhlo { .. } if self.is_lmtp() => self.greet(true).await,
            Request::Ehlo { .. } if !self.is_lmtp() => self.greet(true).await,
            Request::Helo { .. } if !self.is_lmtp() => self.greet(false).await,
            Request::Mail { from } => self.mail(from.address, from.size).await,
            Request::Rcpt { to } => self.recipient(to.address).await,
            Request::Data => self.data().await,
            Request::Rset => {
                self.forget();
                self.go("250 2.0.0 Forgotten").await
            }
            Request::Noop { .. } => self.go("250 2.0.0 Here").await,
            Request::Vrfy { .. } => self.go("252 2.1.5 Send it, and see").await,
            Request::Help { .. } => self.go("214 2.0.0 See RFC 5321 and RFC 2033").await,
            Request::Quit => {
                self.say("221 2.0.0 Good-bye").await?;
                Ok(Next::End)
            }
            Request::StartTls => self.start_tls().await,
            // What follows is no command, and is not to be taken for one.
            Request::Bdat { .. } => {
                self.say(replies::NOT_SERVED).await?;
                Ok(Next::End)
            }
            _ => self.refuse(replies::NOT_SERVED).await,
        }
    }

    async fn go(&mut self, reply: &str) -> io::Result<Next> {
        self.say(reply).await?;
        Ok(Next::Go)
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    async fn greet(&mut self, extended: bool) -> io::Result<Next> {
        self.forget();
        self.has_greeted = true;
        let name = self.name();
        if !extended {
            return self.go(&format!("250 {name}")).await;
        }
        let size = self.app.settings.limits.mail_bytes;
        let tls = if self.rules.tls.is_some() && !self.is_secured {
            "250-STARTTLS\r\n"
        } else {
            ""
        };
        let abilities = format!(
            "250-{name}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{tls}250 ENHANCEDSTATUSCODES"
        );
        self.go(&abilities).await
    }

    async fn mail(&mut self, sender: String, size: usize) -> io::Result<Next> {
        if !self.has_greeted || self.sender.is_some() {
            return self.refuse(replies::BAD_SEQUENCE).await;
        }
        if u64::try_from(size).is_ok_and(|size| size > self.app.settings.limits.mail_bytes) {
            return self.refuse(replies::TOO_LARGE).await;
        }
        self.sender = Some(sender);
        self.go("250 2.1.0 Go on").await
    }

    async fn recipient(&mut self, address: String) -> io::Result<Next> {
        if self.sender.is_none() {
            return self.refuse(replies::BAD_SEQUENCE).await;
        }
        if self.recipients.len() >= MOST_RECIPIENTS {
            return self.refuse(replies::TOO_MANY_RECIPIENTS).await;
        }
        let found = async {
            let mut conn = self.app.db.read().await?;
            mailboxes::recipient(&mut conn, &address).await
        };
        match found.await {
            Ok(Some(place)) => {
                self.recipients.push((address, place));
                self.go("250 2.1.5 Go on").await
            }
            Ok(None) => self.refuse(replies::NO_MAILBOX).await,
            Err(error) => {
                complain_of_database(&error);
                self.refuse(replies::LATER).await
            }
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        let sender = match self.sender.take() {
            Some(sender) if !self.recipients.is_empty() => sender,
            sender => {
                self.sender = sender;
                return self.refuse(replies::BAD_SEQUENCE).await;
            }
        };
        self.say("354 Go on, end with a line of one dot").await?;
        let limit = usize::try_from(self.app.settings.limits.mail_bytes).unwrap_or(usize::MAX);
        let data = match self.lines.mail(limit).await {
            Ok(data) => data,
            Err(Trouble::TooLong) => {
                self.say(replies::TOO_LARGE).await?;
                return Ok(Next::End);
            }
            Err(trouble) => return self.complain(trouble).await,
        };
        let recipients = std::mem::take(&mut self.recipients);
        let refusal = if data.is_too_large() {
            Some(replies::TOO_LARGE)
        } else if data.is_broken {
            Some(replies::BARE)
        } else {
            None
        };
        let delivery = Delivery {
            sender,
            recipients,
            mail: data.mail,
        };
        let replies = match refusal {
            Some(refusal) => vec![refusal; self.replies_to(&delivery)],
            None => self.deliver(&delivery).await,
        };
        for reply in replies {
            self.say(reply).await?;
        }
        Ok(Next::Go)
    }

    /// One for all recipients; in LMTP one for each.
    fn replies_to(&self, delivery: &Delivery) -> usize {
        if self.is_lmtp() {
            delivery.recipients.len()
        } else {
            1
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Vec<&'static str> {
        let places = delivery.places();
        if !self.is_lmtp() {
            return vec![self.store(delivery, &places).await];
        }
        let mut done = vec![];
        for place in places {
            let reply = self.store(delivery, &[place]).await;
            done.push((place.mailbox, reply));
        }
        let reply_of = |(_, place): &(String, Recipient)| {
            let of = done.iter().find(|(mailbox, _)| *mailbox == place.mailbox);
            of.map_or(replies::LATER, |(_, reply)| *reply)
        };
        delivery.recipients.iter().map(reply_of).collect()
    }

    async fn store(&self, delivery: &Delivery, places: &[Recipient]) -> &'static str {
        match delivery.store(&self.app, places).await {
            Ok(()) => replies::STORED,
            Err(error) => {
                complain_of_database(&error);
                replies::LATER
            }
        }
    }

    async fn start_tls(&mut self) -> io::Result<Next> {
        if self.is_secured || self.rules.tls.is_none() {
            return self.refuse(replies::NOT_SERVED).await;
        }
        Ok(Next::Secure)
    }

    /// The conversation begins anew, within TLS. What was sent behind the command was not secured, whoever sent it.
    async fn secure(mut self) -> io::Result<Self> {
        if !self.lines.is_drained() {
            self.say("554 5.5.1 Nothing may follow STARTTLS").await?;
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some(acceptor) = self.rules.tls.clone() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        self.say("220 2.0.0 Begin").await?;
        let patience = Duration::from_secs(self.rules.settings.idle_seconds);
        let accepted = acceptor.accept(self.lines.into_stream());
        let stream = tokio::time::timeout(patience, accepted)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let mut secured = Self::new(self.app, self.rules, Box::new(stream), self.stop);
        secured.is_secured = true;
        secured.errors = self.errors;
        Ok(secured)
    }
}

fn complain_of_database(error: &Error) {
    match error {
        Error::Unavailable(_) => tracing::debug!(%error, "mail waits at a mail server"),
        error => tracing::error!(?error, "mail that a mail server delivers cannot be stored"),
    }
}
