//! Who may do what: the only place that decides. Pure functions, each with a table test.
//!
//! The rules behind them: a call that a role may never make is Forbidden before any look-up; what the actor may
//! not see is `NotFound`, exactly as an unknown id; what he sees but may not do is Forbidden; lists filter silently.

pub mod articles;
pub mod assets;
pub mod attachments;
pub mod categories;
pub mod custom_fields;
pub mod events;
pub mod incoming_mail;
pub mod staff;
pub mod tickets;
pub mod tokens;
pub mod users;
