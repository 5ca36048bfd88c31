//! `ferrodesk user reset-password`.

use clap::Args;

use super::{find, password};
use crate::cli::answer;
use crate::domain::users::operator;
use crate::domain::{Actor, Db};

pub(super) const HELP: &str = "\
Without --password-stdin the new password is random, and printed. The user's API tokens are dead from then on.

Examples:
  ferrodesk user reset-password admin
  echo \"$PASSWORD\" | ferrodesk user reset-password carl@desk.example --password-stdin";

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Name or e-mail address of the user
    login: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(db: &Db, console: &Actor, arguments: Arguments) -> anyhow::Result<()> {
    let (password, text) = if arguments.password_stdin {
        (password::read()?, "The new password is set.".to_owned())
    } else {
        let random = password::random()?;
        let text = format!("The new password of {} is {random}", arguments.login);
        (random, text)
    };
    let hash = password::hash(password).await?;
    let mut transaction = db.begin().await?;
    let user = find(&mut transaction, &arguments.login).await?;
    operator::set_password(&mut transaction, console, user, &hash).await?;
    transaction.commit().await?;
    answer(&text)
}
