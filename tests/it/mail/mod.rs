//! Mail out and mail in.

mod imap;
mod listener;
mod kills;
mod oauth2;
mod outgoing;
mod settings;
mod sink;
