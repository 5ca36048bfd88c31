//! What a helpdesk does: its rules, its permissions and its SQL. Nothing here knows of HTTP or JSON replies.
//!
//! * [`access`]: who may do what, in pure functions, and what a list may show.
//! * [`actor`]: who acts. Every service function takes `(connection, actor, …)` in this order.
//! * one module a feature ([`tickets`], [`comments`], …): types in `mod.rs`, rules in `service.rs`, SQL in `repo.rs`.
//! * [`outbox`]: what happened, written in the transaction in which it happened.
//!
//! Whoever opens the transaction commits it: services never begin or commit.

pub mod access;
pub mod actor;
pub mod administration;
pub mod articles;
pub mod assets;
pub mod attachments;
pub mod audit;
pub mod audit_log;
pub mod automation;
pub mod bootstrap;
pub mod business_hours;
pub mod categories;
pub mod clock;
pub mod comment_templates;
pub mod comments;
pub mod companies;
pub mod context;
pub mod counts;
pub mod custom_fields;
pub mod db;
pub mod deliveries;
pub mod demo;
pub mod departments;
pub mod error;
pub mod health;
pub mod html;
pub mod idempotency;
pub mod ids;
pub mod incoming_mail;
pub mod instance;
pub mod keys;
pub mod language;
pub mod live;
pub mod mail_settings;
pub mod mail_templates;
pub mod mailboxes;
pub mod masks;
pub mod notifications;
pub mod outbound_address;
pub mod outbox;
pub mod outgoing_mail;
pub mod password_resets;
pub mod queue;
pub mod references;
pub mod rules;
pub mod sections;
pub mod settings;
pub mod statuses;
pub mod subscribers;
pub mod tags;
pub mod text;
pub mod tickets;
pub mod users;
pub mod webhooks;

pub use actor::Actor;
pub use db::{Db, ExpectRows};
pub use error::{Error, OnConstraint, Result, Use};
