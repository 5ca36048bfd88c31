//! The one integration binary: nothing but modules. Same paths as `src`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]

mod api;
mod architecture;
mod auth;
mod automation;
mod clients;
mod config;
mod contract;
mod description;
mod domain;
mod http;
mod jobs;
mod mail;
mod notifications;
mod oracle;
mod outbound;
mod permissions;
mod rule_xml;
mod server;
mod support;
mod v2;
mod web;
mod webhooks;
mod working_day;
