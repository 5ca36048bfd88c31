//! Why a mail was not sent, and what follows from it.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp;
use serde::Serialize;
use utoipa::ToSchema;

/// How far a mail came on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// There are settings to send by.
    Settings,
    /// The name of the server was looked up.
    Address,
    /// A connection was made, and the server said that it is there.
    Connection,
    /// The connection was encrypted, and the server proved who it is.
    Encryption,
    /// A token for the login was fetched.
    Token,
    /// The server took the login.
    Login,
    /// The server takes mail from the sender.
    Sender,
    /// The server takes mail for the recipient.
    Recipient,
    /// The server took the mail itself.
    Message,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// No server will ever take this mail: it is not tried again.
    Final,
    /// The server does not take this mail now.
    Later,
    /// The server takes no mail at all: it is down, or the settings are wrong.
    Server,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// What failed.
    pub step: Step,
    /// What follows.
    pub meaning: Meaning,
    /// What the server or the network said.
    pub text: String,
    /// The connection that said so is of no use any more.
    pub(super) is_broken: bool,
    /// The server itself answered so, to a mail.
    pub(super) is_answer: bool,
}

impl Failure {
    pub(super) fn new(step: Step, meaning: Meaning, text: impl Into<String>) -> Self {
        Self {
            step,
            meaning,
            text: text.into(),
            is_broken: true,
            is_answer: false,
        }
    }

    /// Of a connection that is being made: whatever goes wrong, no mail goes through.
    pub(super) fn while_connecting(step: Step, error: &smtp::Error) -> Self {
        Self::new(step, Meaning::Server, said(error))
    }

    /// Of a mail on a connection that was made.
    pub(super) fn while_sending(step: Step, error: &smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        let meaning = match code {
            // "Authentication required" and the like: it is not the mail.
            Some(421 | 530 | 534 | 535 | 538) => Meaning::Server,
            // A command was not understood: neither is that.
            Some(500..=504) => Meaning::Later,
            // The sender is what administrators set: they can mend it.
            Some(500..=599) if step == Step::Sender => Meaning::Later,
            Some(500..=599) => Meaning::Final,
            Some(_) => Meaning::Later,
            None if error.is_client() => Meaning::Final,
            None => Meaning::Server,
        };
        Self {
            step,
            meaning,
            text: said(error),
            is_broken: code.is_none_or(|code| code == 421) && !error.is_client(),
            is_answer: code.is_some(),
        }
    }

    /// The conversation broke off: what was used before may have been closed meanwhile, which says nothing of the server.
    pub(super) fn is_of_old_connection(&self) -> bool {
        self.is_broken && self.step == Step::Sender
    }
}

/// What a server or the network said, on one line.
fn said(error: &smtp::Error) -> String {
    let mut texts = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    texts.dedup();
    let text = if texts.is_empty() {
        error.to_string()
    } else {
        texts.join(": ")
    };
    let text = match error.status() {
        Some(code) => format!("the server answered {code} {text}"),
        None => text,
    };
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(500)
        .collect()
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings => "settings",
            Self::Address => "address",
            Self::Connection => "connection",
            Self::Encryption => "encryption",
            Self::Token => "token",
            Self::Login => "login",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Message => "message",
        })
    }
}
