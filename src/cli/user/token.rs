//! `ferrodesk user token`.

use clap::Args;
use serde_json::json;

use super::find;
use crate::cli::{answer, answer_json};
use crate::domain::users::tokens;
use crate::domain::{Actor, Db};
use crate::http::token::Tokens;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
The token dies with the user's password and with the shared secret of the installation. Keep it like a password.

Examples:
  ferrodesk user token admin --json | jq -r .token
  TOKEN=$(ferrodesk user token admin)
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/Tickets";

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Name or e-mail address of the user
    login: String,
    /// Answer in JSON: id, token
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    settings: &Settings,
    db: &Db,
    console: &Actor,
    arguments: Arguments,
) -> anyhow::Result<()> {
    let keys = Tokens::load(settings, db, console.now()).await?;
    let mut transaction = db.begin().await?;
    let user = find(&mut transaction, &arguments.login).await?;
    tokens::issued(&mut transaction, console, user).await?;
    let token = keys.issue(&mut transaction, user, console.now()).await?;
    transaction.commit().await?;
    if arguments.json {
        return answer_json(&json!({ "id": user, "token": token }));
    }
    answer(&token)
}
