//! `ferrodesk migrate`.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Connected, answer, answer_json};
use crate::domain::db::MigrationStep;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
The server does this by itself when it starts, under a lock, so that several may start at once. Alone it is of use
before an update, with the old servers still running: every migration is made to bear them.

Examples:
  ferrodesk migrate
  ferrodesk migrate --json | jq -r '.migrations[].description'
  ConnectionStrings__DBConnectionString=postgres://desk:secret@db/desk ferrodesk migrate";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Answer in JSON: version, database, and the migrations that ran
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    // Draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:40} {pos} of {len} migrations, {elapsed}: {msg}",
    )?);
    let opened = Connected::open_watched(settings, |step| show(&bar, step)).await;
    bar.finish_and_clear();
    let (connected, ran) = opened?;
    let place = connected.database.describe();
    connected.close().await;
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        return answer_json(&json!({ "version": version, "database": place, "migrations": ran }));
    }
    for migration in ran {
        answer(&format!(
            "Ran {} {}",
            migration.version, migration.description
        ))?;
    }
    answer(&format!(
        "The database is at the schema of version {version}: {place}"
    ))
}

fn show(bar: &ProgressBar, step: MigrationStep) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    bar.set_length(count(step.all));
    bar.set_position(count(step.done));
    bar.set_message(step.migration.description);
}
