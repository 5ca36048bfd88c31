//! The log: one line an event on standard error, as text for people or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{LogFormat, Logging};

/// Start the log. What libraries say is of interest only when it is a warning, unless everything is asked for.
pub fn start(logging: Logging) {
    let libraries = match logging.level {
        LevelFilter::TRACE => LevelFilter::TRACE,
        level => level.min(LevelFilter::WARN),
    };
    let queue = match libraries {
        LevelFilter::TRACE => LevelFilter::TRACE,
        level => level.min(LevelFilter::ERROR),
    };
    let targets = Targets::new()
        .with_default(libraries)
        // It warns of every try of every job. What that means is ours to say, and once.
        .with_target("graphile_worker", queue)
        // At Trace it writes down each login.
        .with_target("async_imap", libraries.min(LevelFilter::INFO))
        .with_target("ferrodesk", logging.level)
        .with_target("ferrodesk_domain", logging.level);
    let registry = tracing_subscriber::registry().with(targets);
    let started = match logging.format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log had been started before");
    }
}
