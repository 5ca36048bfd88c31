//! `ferrodesk migrate`.

use super::{Connected, answer};
use crate::settings::Settings;

pub(super) const HELP: &str = "\
The server does this by itself when it starts, under a lock, so that several may start at once. Alone it is of use
before an update, with the old servers still running: every migration is made to bear them.

Example:
  ConnectionStrings__DBConnectionString=postgres://desk:secret@db/desk ferrodesk migrate";

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let connected = Connected::open(settings).await?;
    let place = connected.database.describe();
    connected.close().await;
    answer(&format!(
        "The database is at the schema of version {}: {place}",
        env!("CARGO_PKG_VERSION")
    ))
}
