//! `ferrodesk user token`.

use clap::Args;

use super::find;
use crate::cli::answer;
use crate::domain::Db;
use crate::domain::clock::Clock;
use crate::http::token::Tokens;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
The token dies with the user's password and with the shared secret of the installation. Keep it like a password.

Example:
  TOKEN=$(ferrodesk user token admin)
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/Tickets";

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Name or e-mail address of the user
    login: String,
}

pub(super) async fn run(settings: &Settings, db: &Db, arguments: Arguments) -> anyhow::Result<()> {
    let now = Clock::default().now();
    let tokens = Tokens::load(settings, db, now).await?;
    let mut connection = db.read().await?;
    let user = find(&mut connection, &arguments.login).await?;
    answer(&tokens.issue(&mut connection, user, now).await?)
}
