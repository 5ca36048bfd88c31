//! Mail that has come in: stored as it came before anything else is done with it, then read and made a ticket, a
//! comment, or a quarantined or ignored mail with its reason. None ends in silence.

mod identity;
mod repo;
mod service;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{CategoryId, MailboxId};

pub use service::store;

/// A mail that has come in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct IncomingMailId(pub i64);

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum IncomingState {
    /// Waits to be read.
    Queued,
    /// It opened a ticket.
    Ticket,
    /// It became a comment.
    Comment,
    /// A person has to decide about it.
    Quarantined,
    /// It is nothing to be answered: an automatic reply, a bounce, mail of a list, our own; or a person discarded it.
    Ignored,
}

impl IncomingState {
    /// Its word in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ticket => "ticket",
            Self::Comment => "comment",
            Self::Quarantined => "quarantined",
            Self::Ignored => "ignored",
        }
    }
}

/// Where a mail lies in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// UIDVALIDITY.
    pub uid_validity: u32,
    /// UID.
    pub uid: u32,
}

/// A mail as it comes in.
#[derive(Clone, Debug)]
pub struct NewIncoming {
    /// The mailbox it is fetched from or delivered to; none: delivered to the server itself.
    pub mailbox: Option<MailboxId>,
    /// Where it lies there, when it was fetched.
    pub place: Option<Place>,
    /// Where its ticket goes; none: where mail without a category of its own goes.
    pub category: Option<CategoryId>,
    /// Who sent it, by the envelope: empty for bounces. None: not known.
    pub envelope_from: Option<String>,
    /// Whom it was sent to, by the envelope.
    pub envelope_to: Vec<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// All its bytes.
    pub raw: Vec<u8>,
}

/// What [`store`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is stored, and will be read once the transaction is committed.
    New(IncomingMailId),
    /// It was stored before.
    Known(IncomingMailId),
}

impl Stored {
    /// The mail.
    #[must_use]
    pub fn id(self) -> IncomingMailId {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}
