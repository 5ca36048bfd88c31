//! Mail out and mail in.

pub(crate) mod access_tokens;
pub(crate) mod dial;
pub mod imap;
pub mod incoming;
pub mod listener;
pub mod outgoing;
pub mod templates;
pub(crate) mod tls;
