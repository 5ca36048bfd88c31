//! Mail out and mail in.

mod outgoing;
mod settings;
mod sink;
