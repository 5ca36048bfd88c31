//! From the settings of a mailbox to a session that is logged in.

use std::time::Duration;

use async_imap::imap_proto::{Response, Status};
use async_imap::{Authenticator, Client, Session};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::answers::{information, of_imap};
use super::failure::{Failure, short};
use super::oauth2;
use super::wire::Wire;
use crate::app::AppState;
use crate::domain::mailboxes::{Mailbox, SecretKind, Security};
use crate::mail::{dial, tls};

/// For everything until the login is done.
const ALL: Duration = Duration::from_mins(1);

/// A session of a mailbox, logged in.
pub(super) async fn connect(
    app: &AppState,
    mailbox: &Mailbox,
    stop: &CancellationToken,
) -> Result<Session<Wire>, Failure> {
    tokio::select! {
        () = stop.cancelled() => Err(Failure::Stopped),
        done = tokio::time::timeout(ALL, log_in(app, mailbox)) => done.unwrap_or_else(|_| {
            let text = "the mail server did not let us in within a minute";
            Err(Failure::Connection(text.to_owned()))
        }),
    }
}

async fn log_in(app: &AppState, mailbox: &Mailbox) -> Result<Session<Wire>, Failure> {
    // Before anything is connected: without a secret there is nothing to do there.
    let login = login(app, mailbox).await?;
    let tcp = dial::connect(app, &mailbox.host, mailbox.port)
        .await
        .map_err(Failure::Connection)?;
    let client = secured(app, mailbox, tcp).await?;
    let username = &mailbox.username;
    let done = match login {
        Login::Password(password) if username.is_ascii() && password.is_ascii() => {
            client.login(username, &password).await
        }
        // The bare command takes ASCII only.
        Login::Password(password) => {
            let plain = format!("\0{username}\0{password}");
            client.authenticate("PLAIN", Once(Some(plain))).await
        }
        Login::Token(token) => {
            let bearer = format!("user={username}\u{1}auth=Bearer {token}\u{1}\u{1}");
            client.authenticate("XOAUTH2", Once(Some(bearer))).await
        }
    };
    done.map_err(|(error, _)| match error {
        async_imap::error::Error::No(text) | async_imap::error::Error::Bad(text) => {
            Failure::Login(information(&text))
        }
        error => of_imap("LOGIN", error),
    })
}

/// How to log in.
enum Login {
    Password(String),
    Token(String),
}

async fn login(app: &AppState, mailbox: &Mailbox) -> Result<Login, Failure> {
    if let Some(oauth2) = &mailbox.oauth2 {
        return oauth2::access_token(app, mailbox, oauth2)
            .await
            .map(Login::Token);
    }
    let Some(sealed) = &mailbox.password else {
        return Err(Failure::Secret("the mailbox has no password".to_owned()));
    };
    open(app, SecretKind::Password, sealed).map(Login::Password)
}

/// A secret in clear.
pub(super) fn open(app: &AppState, kind: SecretKind, sealed: &str) -> Result<String, Failure> {
    app.keys.open(kind.purpose(), sealed).ok_or_else(|| {
        let what = kind.purpose();
        Failure::Secret(format!(
            "the {what} was stored under another instance key: give it anew"
        ))
    })
}

/// A connection that has greeted, secured as the settings say; never less.
async fn secured(
    app: &AppState,
    mailbox: &Mailbox,
    tcp: TcpStream,
) -> Result<Client<Wire>, Failure> {
    let ca_file = &app.settings.mail.ca_file;
    match mailbox.security {
        Security::None => greeted(Wire::new(Box::new(tcp))).await,
        Security::Tls => {
            let stream = tls::connect(&mailbox.host, ca_file, tcp)
                .await
                .map_err(|error| untrusted(&error))?;
            greeted(Wire::new(Box::new(stream))).await
        }
        Security::Starttls => {
            let mut client = greeted(Wire::new(Box::new(tcp))).await?;
            client
                .run_command_and_check_ok("STARTTLS", None)
                .await
                .map_err(|error| of_imap("STARTTLS", error))?;
            // With the client goes what the server may have sent too early: it was not secured.
            let plain = client.into_inner().into_inner();
            let stream = tls::connect(&mailbox.host, ca_file, plain)
                .await
                .map_err(|error| untrusted(&error))?;
            Ok(Client::new(Wire::new(Box::new(stream))))
        }
    }
}

async fn greeted(wire: Wire) -> Result<Client<Wire>, Failure> {
    let mut client = Client::new(wire);
    let greeting = client
        .read_response()
        .await
        .map_err(|error| Failure::broken(&error))?;
    let refused = |text: &str| {
        let text = format!("the mail server does not want to talk: {}", short(text));
        Failure::Connection(text)
    };
    match greeting.as_ref().map(|greeting| greeting.parsed()) {
        Some(Response::Data {
            status: Status::Ok, ..
        }) => Ok(client),
        Some(Response::Data { outcome, .. }) => {
            Err(refused(outcome.information.as_deref().unwrap_or_default()))
        }
        _ => Err(refused("it sends no greeting")),
    }
}

fn untrusted(error: &std::io::Error) -> Failure {
    Failure::Connection(format!(
        "no secure connection: {}",
        short(&error.to_string())
    ))
}

/// Gives its answer once; to whatever the server asks then, nothing.
struct Once(Option<String>);

impl Authenticator for Once {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}
