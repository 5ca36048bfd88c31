//! `ferrodesk export-config`.

use std::io::Write;

use anyhow::Context;

use super::Connected;
use crate::config;
use crate::domain::Actor;
use crate::domain::clock::Clock;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
Writes what the desk consists of as a YAML file: settings, companies, departments, staff, groups of technicians, sections,
categories, statuses, custom fields, comment templates and rules. No passwords, no tokens, no tickets. The same desk gives
the same file to the byte, so that it can be kept under version control. Works beside a running server.

Examples:
  ferrodesk export-config > desk.yaml
  ferrodesk export-config | diff desk.yaml -                 has somebody changed the desk by hand?
  ferrodesk export-config | ssh other ferrodesk apply -      another desk like this one";

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let connected = Connected::open(settings).await?;
    let text = read(&connected).await;
    connected.close().await;
    std::io::stdout()
        .write_all(text?.as_bytes())
        .context("cannot write to standard output")
}

async fn read(connected: &Connected) -> anyhow::Result<String> {
    let actor = Actor::console(Clock::default().now());
    // One picture: somebody may be changing the desk at this moment.
    let mut transaction = connected.db.begin_picture().await?;
    Ok(config::export(&mut transaction, &actor).await?)
}
