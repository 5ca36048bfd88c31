//! Mail that has come in: stored as it came before anything else is done with it, then read and made a ticket, a
//! comment, or a quarantined or ignored mail with its reason. None ends in silence.

mod accept;
mod decision;
mod identity;
mod letter;
mod office;
mod repo;
mod service;
mod threads;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ids::{CategoryId, MailboxId};

pub use accept::{Material, carry_out, give_up, refused};
pub use decision::{Decision, Opening, Reason, Trust, Who, decide};
pub use letter::{Authentication, Automatic, Letter, NoSender, Sender};
pub use office::{
    AcceptDraft, IncomingMail, accept, discard, find, find_raw, list, require_decidable, to_decide,
};
pub use service::{JOB, lock_queued, lock_sender, store, to_read};

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

/// A stored mail about which is to be decided.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The mail.
    pub id: IncomingMailId,
    /// Where its ticket goes.
    pub category: Option<CategoryId>,
    /// Who sent it, by the envelope.
    pub envelope_from: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// All its bytes.
    pub raw: Vec<u8>,
}

/// How something came by mail: whoever is told of it must know whether anybody would read an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByMail {
    /// Nobody would read an answer, or the wrong one.
    pub is_automatic: bool,
}

impl ByMail {
    /// Put it into the payload of an event.
    pub(crate) fn note(self, payload: &mut Value) {
        if let Value::Object(members) = payload {
            members.insert("fromMail".to_owned(), Value::Bool(true));
            members.insert("automatic".to_owned(), Value::Bool(self.is_automatic));
        }
    }
}
