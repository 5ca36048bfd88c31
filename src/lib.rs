//! Ferrodesk: a self-hosted helpdesk server that speaks the Jitbit Helpdesk REST API.
//!
//! Map of the code, from the outside in; arrows never point back:
//!
//! * `main` → [`cli`]: arguments; [`settings`]: `appsettings.json`; [`telemetry`]: the log.
//! * [`postgres`]: the cluster the server runs for itself, or the way to an outside one.
//! * [`server`]: the router in its layers, and the loop that serves it.
//! * [`config`]: a desk as a file: `ferrodesk apply`, `ferrodesk export-config`.
//! * [`app`]: everything a request needs, built once from the settings.
//! * [`http`]: what every HTTP face shares (parameters, callers, limits, errors, replies); knows nothing of tickets.
//! * [`api`]: the vendor's REST API: translation only. [`api::table`] is the list of all methods.
//! * [`v2`]: our own JSON API for what a desk consists of. [`v2::table`] is the list of its operations.
//! * [`web`]: pages for people: a forgotten password.
//! * [`rule_xml`]: automation rules as XML, which both APIs read and write.
//! * [`description`]: both APIs as OpenAPI, made from the two tables.
//! * [`live`]: events, told to those who listen as they happen.
//! * [`jobs`]: what the server does on its own.
//! * [`outbound`]: the HTTP client for addresses that administrators name.
//! * [`mail`]: mail out: the connection to a mail server.
//! * [`mail`]: mail is fetched from mailboxes and taken from mail servers.
//! * [`mail`]: mail, in and out.
//! * [`storage`]: the bytes of attachments.
//! * [`domain`]: what a helpdesk does: rules, permissions, SQL. Knows nothing of HTTP.

pub use ferrodesk_domain as domain;

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod description;
pub mod health;
pub mod http;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod outbound;
pub mod postgres;
pub mod rule_xml;
pub mod server;
pub mod settings;
pub mod storage;
pub mod telemetry;
pub mod v2;
pub mod web;
