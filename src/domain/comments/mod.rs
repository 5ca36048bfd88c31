//! Comments, also called replies: what people say about a ticket, and what the system notes down.

mod repo;
mod service;

use chrono::{DateTime, Utc};

use crate::attachments::NewFile;
use crate::html::Body;
use crate::ids::{CommentId, TicketId, UserId};
use crate::incoming_mail::ByMail;

pub use service::{add, list};

/// A comment as it comes in.
#[derive(Clone, Debug, Default)]
pub struct NewComment {
    /// May be empty beside files.
    pub body: Body,
    /// For technicians of the ticket's category and administrators only.
    pub for_techs_only: bool,
    /// A system entry, shown in grey; no reply.
    pub is_system: bool,
    /// Subscribers to tell; empty: all of them.
    pub recipient_ids: Vec<UserId>,
    /// In whose name, when not the actor's own.
    pub from_user_id: Option<UserId>,
    /// Files that hang on it; their bytes are stored.
    pub files: Vec<NewFile>,
    /// The mail it came by, if it did.
    pub by_mail: Option<ByMail>,
}

/// A comment. What of its author a reader sees is decided in [`crate::access::users`].
#[derive(Clone, Debug)]
pub struct Comment {
    /// The comment.
    pub id: CommentId,
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Its author.
    pub user_id: UserId,
    /// The author's user name.
    pub username: String,
    /// The author's e-mail address.
    pub email: String,
    /// The author's first name.
    pub first_name: String,
    /// The author's last name.
    pub last_name: String,
    /// A system entry.
    pub is_system: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// For technicians only.
    pub for_techs_only: bool,
    /// Sanitised HTML.
    pub body: String,
    /// Addresses of the subscribers who were chosen to be told, separated by commas; empty when all were.
    pub recipients: String,
}
