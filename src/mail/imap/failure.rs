//! Why a mailbox could not be read.

use crate::domain::Error;

/// The longest text of a server that is shown.
const LONGEST: usize = 300;

/// Why a mailbox could not be read, for an administrator to read. Never holds a secret or a part of a mail.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It is to end.
    #[error("the server stops")]
    Stopped,
    /// The name or the password is wrong, or the account is closed.
    #[error("the mail server rejects the login: {0}")]
    Login(String),
    /// There is no secret that would open it.
    #[error("{0}")]
    Secret(String),
    /// The connection cannot be made or broke.
    #[error("{0}")]
    Connection(String),
    /// The server says no.
    #[error("the mail server refuses {command}: {text}")]
    Refused {
        /// What was asked, without what it was asked about.
        command: &'static str,
        /// What it said.
        text: String,
    },
    /// Our own database.
    #[error("the database: {0}")]
    Database(#[from] Error),
}

impl Failure {
    /// The connection broke.
    pub(super) fn broken(error: &std::io::Error) -> Self {
        // What cannot be parsed would be shown with the mail it is part of.
        let text = error.to_string();
        if text.contains("during parsing of") {
            return Self::Connection("the mail server's answer cannot be read".to_owned());
        }
        Self::Connection(format!("the connection broke: {}", short(&text)))
    }

    /// Nothing can be done about it at the mail server: it is not to be called broken.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Stopped | Self::Database(_))
    }
}

/// A text of a server, fit to be shown.
pub(super) fn short(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(LONGEST)
        .collect()
}
