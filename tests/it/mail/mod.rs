//! Mail out and mail in.

mod imap;
mod incoming;
mod kills;
mod listener;
mod oauth2;
mod outgoing;
mod settings;
mod sink;
