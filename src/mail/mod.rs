//! Mail out and mail in.

pub mod outgoing;
