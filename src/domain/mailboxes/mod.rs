//! Mailboxes that mail is fetched from: what administrators decide about them, how they are, and what was fetched.

mod draft;
mod fetched;
mod kept;
mod recipients;
mod secret;
mod state;
mod watch;

use crate::ids::{CategoryId, MailboxId};

pub use draft::{AfterReading, MailboxDraft, OAuth2Draft, Protocol, Security};
pub use fetched::{
    Fetched, Incomplete, Unsettled, known_uids, record, settled, store_incomplete, unsettled,
};
pub use kept::MailboxKind;
pub use recipients::{Recipient, recipient};
pub use secret::{Secret, SecretKind};
pub use state::{
    MailboxState, Position, ask_to_check, checked, failed, find_state, keep_refresh_token,
    move_position, position, refresh_token,
};
pub use watch::Watch;

/// The channel on which is told that mailboxes were changed (no payload), or that one is to be checked now (its number).
const CHANNEL: &str = "ferrodesk_mailboxes";

/// A mailbox as who fetches its mail needs it. Secrets are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The mailbox.
    pub id: MailboxId,
    /// What it is called.
    pub name: String,
    /// Another revision is to be fetched anew.
    pub revision: i64,
    /// Where its mail goes.
    pub category: CategoryId,
    /// Its server.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// Who logs in.
    pub username: String,
    /// With a password.
    pub password: Option<String>,
    /// With an access token, from here.
    pub oauth2: Option<OAuth2>,
    /// The folder that is read.
    pub folder: String,
    /// What is done with a mail that was stored.
    pub after_reading: AfterReading,
    /// Where it is moved to.
    pub move_to_folder: Option<String>,
}

/// Where access tokens come from. Secrets are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth2 {
    /// The token endpoint.
    pub token_url: String,
    /// Who asks.
    pub client_id: String,
    /// His secret, when he has one.
    pub client_secret: Option<String>,
}
