//! Files on tickets, their comments, articles and assets: what is known about them. Their bytes lie with the storage, under
//! [`Attachment::storage_key`].
//!
//! Bytes are on disk before a row names them, and are removed after the row is gone: whatever breaks off in between
//! leaves bytes without a row, which a sweep finds by [`known_keys`], and never a row without bytes.

mod file_name;
mod repo;
mod service;

use chrono::{DateTime, Utc};

use crate::ids::{ArticleId, AssetId, AttachmentId, CommentId, TicketId, UserId};

pub use file_name::clean as clean_file_name;
pub use service::{
    delete, find_for, insert, insert_as, known_keys, list_of_article, list_of_ticket, reserve_ids,
};

/// A file whose bytes are stored and whose row is not written yet.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// The id it has to get, when something refers to it before it is there; see [`reserve_ids`].
    pub id: Option<AttachmentId>,
    /// The name the client gave; cleaned by [`insert`].
    pub file_name: String,
    /// The type it is served as, decided by the server: what the client says of it is not believed.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the bytes.
    pub sha256: Vec<u8>,
    /// Name of the bytes in the storage.
    pub storage_key: String,
}

/// What a file hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A ticket: its body's files.
    Ticket {
        /// The ticket.
        ticket: TicketId,
    },
    /// A comment of a ticket.
    Comment {
        /// The ticket.
        ticket: TicketId,
        /// The comment, one of that ticket.
        comment: CommentId,
    },
    /// An article.
    Article(ArticleId),
    /// An asset.
    Asset(AssetId),
    /// Nothing yet.
    Draft,
}

impl Owner {
    /// The ticket that decides who may read the file.
    #[must_use]
    pub fn ticket(self) -> Option<TicketId> {
        match self {
            Self::Ticket { ticket } | Self::Comment { ticket, .. } => Some(ticket),
            Self::Article(_) | Self::Asset(_) | Self::Draft => None,
        }
    }

    /// The comment it came with.
    #[must_use]
    pub fn comment(self) -> Option<CommentId> {
        match self {
            Self::Comment { comment, .. } => Some(comment),
            _ => None,
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The file.
    pub id: AttachmentId,
    /// What it hangs on.
    pub owner: Owner,
    /// Who uploaded it.
    pub user_id: UserId,
    /// Its name, free of folders and of characters that nobody sees.
    pub file_name: String,
    /// The type it is served as.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Name of the bytes in the storage.
    pub storage_key: String,
    /// When it came; that of its comment is the same.
    pub created_at: DateTime<Utc>,
    /// It came with a comment for technicians only.
    pub for_techs_only: bool,
    /// It came with a system entry.
    pub comment_is_system: bool,
    /// Not shown with articles.
    pub hidden_from_kb: bool,
    /// Not shown with tickets.
    pub hidden_from_tickets: bool,
}
