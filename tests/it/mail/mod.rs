//! Mail out and mail in.

mod imap;
mod listener;
mod outgoing;
mod settings;
mod sink;
