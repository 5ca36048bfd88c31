//! `ferrodesk user create`.

use clap::Args;
use serde_json::json;

use super::password;
use crate::cli::{answer, answer_json};
use crate::domain::ids::CategoryId;
use crate::domain::users::hashing::Hashing;
use crate::domain::users::{self, NewUser, operator};
use crate::domain::{Actor, Db, categories};

pub(super) const HELP: &str = "\
Without --password-stdin the password is random, and printed. A user without --admin and --technician is a customer.

Examples:
  ferrodesk user create carl --email carl@desk.example
  ferrodesk user create tina --email tina@desk.example --technician 1 --technician 4
  ferrodesk user create carl --email carl@desk.example --json | jq -r .password
  echo \"$PASSWORD\" | ferrodesk user create root --email root@desk.example --admin --password-stdin";

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The name he logs in with
    username: String,
    /// His e-mail address; he may log in with it too
    #[arg(long)]
    email: String,
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// Name of his company, made when new
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Name of his department, made when new
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// May do everything
    #[arg(long)]
    admin: bool,
    /// Technician of this category, by its number; may be repeated
    #[arg(long, value_name = "CATEGORY")]
    technician: Vec<i32>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Answer in JSON: id, username, and the password when it is random
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(db: &Db, console: &Actor, arguments: Arguments) -> anyhow::Result<()> {
    let (password, is_random) = if arguments.password_stdin {
        (password::read()?, false)
    } else {
        (password::random()?, true)
    };
    let user = NewUser {
        email: arguments.email,
        username: Some(arguments.username.clone()),
        password: Some(password.clone()),
        first_name: arguments.first_name,
        last_name: arguments.last_name,
        phone: None,
        location: None,
        company: arguments.company,
        department: arguments.department,
        send_welcome_email: false,
    };
    let user = users::prepare(console, user, &Hashing::new(1)).await?;
    let mut transaction = db.begin().await?;
    let id = users::create(&mut transaction, console, user).await?;
    if arguments.admin {
        operator::make_administrator(&mut transaction, console, id).await?;
    }
    for category in arguments.technician {
        categories::add_technician(&mut transaction, console, id, CategoryId(category)).await?;
    }
    transaction.commit().await?;
    let username = arguments.username;
    let shown = is_random.then_some(password);
    if arguments.json {
        return answer_json(&json!({ "id": id, "username": username, "password": shown }));
    }
    let password = shown.map(|password| format!(", password {password}"));
    answer(&format!(
        "User {id}: {username}{}",
        password.unwrap_or_default()
    ))
}
