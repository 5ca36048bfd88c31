//! `ferrodesk user …`.

mod create;
pub(super) mod password;
mod reset_password;
mod token;

use anyhow::Context;
use clap::Subcommand;

use super::Connected;
use crate::domain::Actor;
use crate::domain::clock::Clock;
use crate::domain::ids::UserId;
use crate::domain::users::credentials;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
All of these work beside a running server and need no password: whoever may read the data folder may do everything.

Examples:
  ferrodesk user create carl --email carl@desk.example
  ferrodesk user reset-password admin
  ferrodesk user token admin";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a user; print his password
    #[command(after_help = create::HELP)]
    Create(create::Arguments),
    /// Give a user a new password, and end his API tokens
    #[command(after_help = reset_password::HELP)]
    ResetPassword(reset_password::Arguments),
    /// Print an API token of a user, for `Authorization: Bearer`
    #[command(after_help = token::HELP)]
    Token(token::Arguments),
}

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<()> {
    let connected = Connected::open(settings).await?;
    let db = &connected.db;
    let operator = Actor::console(Clock::default().now());
    let done = match command {
        Command::Create(arguments) => create::run(db, &operator, arguments).await,
        Command::ResetPassword(arguments) => reset_password::run(db, &operator, arguments).await,
        Command::Token(arguments) => token::run(settings, db, &operator, arguments).await,
    };
    connected.close().await;
    done
}

/// The user of a login: his name or his e-mail address.
async fn find(conn: &mut sqlx::PgConnection, login: &str) -> anyhow::Result<UserId> {
    // The command line has no address that could be blocked.
    let found = credentials::by_login(conn, login, "").await?;
    found
        .account
        .map(|account| account.user_id())
        .with_context(|| format!("there is no user {login}"))
}
