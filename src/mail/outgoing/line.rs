//! One connection to the mail server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{self};
use tokio::time::Instant;

use crate::domain::mail_settings::{Outgoing, Security};

use super::failure::{Failure, Meaning, Step};
use super::message::Message;

/// For the connection itself; what is said over it has the time of the mail.
const CONNECT: Duration = Duration::from_secs(10);
/// Servers close connections that wait: after so long a new one is made.
const IDLE: Duration = Duration::from_secs(20);
/// Servers take so many mails over one connection, as a rule.
const MOST_MAILS: u32 = 100;

/// What of a login goes over the wire.
#[derive(Clone)]
pub(super) enum Proof {
    None,
    Password(String),
    Token(String),
}

/// A connection that is ready for a mail.
pub(super) struct Line {
    connection: AsyncSmtpConnection,
    mails: u32,
    used_at: Instant,
}

/// Where and how to connect.
pub(super) struct Place<'a> {
    pub(super) settings: &'a Outgoing,
    pub(super) addresses: &'a [SocketAddr],
    pub(super) tls: Option<&'a TlsParameters>,
    pub(super) hello: &'a ClientId,
}

impl Line {
    /// Connect, encrypt, log in; `told` hears of each step that is done.
    pub(super) async fn open(
        place: &Place<'_>,
        proof: &Proof,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Self, Failure> {
        let mut connection = connect(place, told).await?;
        let login = match proof {
            Proof::None => None,
            Proof::Password(password) => {
                Some((&[Mechanism::Plain, Mechanism::Login][..], password))
            }
            Proof::Token(token) => Some((&[Mechanism::Xoauth2][..], token)),
        };
        if let Some((mechanisms, secret)) = login {
            let credentials = Credentials::new(place.settings.user.clone(), secret.clone());
            connection
                .auth(mechanisms, &credentials)
                .await
                .map_err(|error| Failure::while_connecting(Step::Login, &error))?;
            told(Step::Login);
        }
        Ok(Self {
            connection,
            mails: 0,
            used_at: Instant::now(),
        })
    }

    /// It carried mails before.
    pub(super) fn is_used(&self) -> bool {
        self.mails > 0
    }

    /// It may carry one more.
    pub(super) fn is_good(&self) -> bool {
        !self.connection.has_broken() && self.mails < MOST_MAILS && self.used_at.elapsed() < IDLE
    }

    /// Hand a mail over. Whoever is told that it was taken never sends it again.
    pub(super) async fn send(
        &mut self,
        message: &Message,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), Failure> {
        self.mails += 1;
        let sent = self.hand_over(message, told).await;
        self.used_at = Instant::now();
        if let Err(failure) = &sent
            && !failure.is_broken
        {
            // The next mail begins anew.
            let _ = self.connection.command(Rset).await;
        }
        sent
    }

    async fn hand_over(
        &mut self,
        message: &Message,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), Failure> {
        let failed = |step| move |error: smtp::Error| Failure::while_sending(step, &error);
        let options = self.options(&message.from, &message.to)?;
        let connection = &mut self.connection;
        connection
            .command(Mail::new(Some(message.from.clone()), options))
            .await
            .map_err(failed(Step::Sender))?;
        told(Step::Sender);
        connection
            .command(Rcpt::new(message.to.clone(), vec![]))
            .await
            .map_err(failed(Step::Recipient))?;
        told(Step::Recipient);
        connection
            .command(Data)
            .await
            .map_err(failed(Step::Message))?;
        connection
            .message(&message.bytes)
            .await
            .map_err(failed(Step::Message))?;
        told(Step::Message);
        Ok(())
    }

    fn options(&self, from: &Address, to: &Address) -> Result<Vec<MailParameter>, Failure> {
        let is_plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if is_plain(from) && is_plain(to) {
            return Ok(vec![]);
        }
        let info = self.connection.server_info();
        if info.supports_feature(Extension::SmtpUtfEight) {
            return Ok(vec![MailParameter::SmtpUtfEight]);
        }
        let step = if is_plain(from) {
            Step::Recipient
        } else {
            Step::Sender
        };
        let text = "the server takes no addresses with letters beyond ASCII (SMTPUTF8)";
        let mut failure = Failure::new(step, Meaning::Final, text);
        failure.is_broken = false;
        Err(failure)
    }

    /// Part in good manners.
    pub(super) async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.quit()).await;
    }
}

async fn connect(
    place: &Place<'_>,
    told: &mut (dyn FnMut(Step) + Send),
) -> Result<AsyncSmtpConnection, Failure> {
    let security = place.settings.security;
    let outer = match security {
        Security::Tls => place.tls.cloned(),
        Security::None | Security::Starttls => None,
    };
    let is_wrapped = outer.is_some();
    let connecting = AsyncSmtpConnection::connect_tokio1(
        place.addresses,
        Some(CONNECT),
        place.hello,
        outer,
        None,
    );
    let mut connection = connecting.await.map_err(|error| {
        let step = if is_wrapped && !is_of_network(&error) {
            Step::Encryption
        } else {
            Step::Connection
        };
        Failure::while_connecting(step, &error)
    })?;
    told(Step::Connection);
    if is_wrapped {
        told(Step::Encryption);
    }
    if let (Security::Starttls, Some(tls)) = (security, place.tls) {
        connection
            .starttls(tls.clone(), place.hello)
            .await
            .map_err(|error| Failure::while_connecting(Step::Encryption, &error))?;
        told(Step::Encryption);
    }
    Ok(connection)
}

/// Nobody was there, as opposed to somebody who does not speak TLS as we do.
fn is_of_network(error: &smtp::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            return matches!(
                cause.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable
            );
        }
        source = cause.source();
    }
    // An answer in words: the connection is encrypted already.
    error.status().is_some()
}
