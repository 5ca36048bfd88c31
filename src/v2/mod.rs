//! Our own JSON API for what a desk consists of: sections, categories, statuses, fields, rules, users, settings.
//!
//! One style for all of it (docs/decisions/018): plural nouns, `snake_case`, `201` with `Location`, errors as
//! `application/problem+json` with a stable `code`, cursors, `ETag` and `If-Match`, `Idempotency-Key`.
//! [`table`] is the list of everything; what administrators keep goes through `kept` alone.

mod body;
mod etag;
mod events;
mod idempotency;
mod incoming_mail;
mod integrations;
mod jobs;
mod kept;
mod logs;
mod mailboxes;
mod operations;
mod options;
mod page;
mod problem;
mod query;
mod reply;
mod resources;
mod rules;
mod settings;
mod single;
pub mod table;
mod tokens;
mod users;
mod webhooks;

pub use problem::{PROBLEM_JSON, Problem, ProblemBody};
