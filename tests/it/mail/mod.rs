//! Mail out and mail in.

mod imap;
mod kills;
mod listener;
mod oauth2;
mod outgoing;
mod settings;
mod incoming;
mod sink;
