//! `ferrodesk user reset-password`.

use clap::Args;
use serde_json::json;

use super::{find, password};
use crate::cli::{answer, answer_json};
use crate::domain::users::operator;
use crate::domain::{Actor, Db};

pub(super) const HELP: &str = "\
Without --password-stdin the new password is random, and printed. The user's API tokens are dead from then on.

Examples:
  ferrodesk user reset-password admin
  ferrodesk user reset-password admin --json | jq -r .password
  echo \"$PASSWORD\" | ferrodesk user reset-password carl@desk.example --password-stdin";

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Name or e-mail address of the user
    login: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Answer in JSON: id, and the password when it is random
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(db: &Db, console: &Actor, arguments: Arguments) -> anyhow::Result<()> {
    let (password, random) = if arguments.password_stdin {
        (password::read()?, None)
    } else {
        let random = password::random()?;
        (random.clone(), Some(random))
    };
    let hash = password::hash(password).await?;
    let mut transaction = db.begin().await?;
    let user = find(&mut transaction, &arguments.login).await?;
    operator::set_password(&mut transaction, console, user, &hash).await?;
    transaction.commit().await?;
    if arguments.json {
        return answer_json(&json!({ "id": user, "password": random }));
    }
    answer(&match random {
        Some(random) => format!("The new password of {} is {random}", arguments.login),
        None => "The new password is set.".to_owned(),
    })
}
