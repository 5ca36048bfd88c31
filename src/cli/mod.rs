//! The command line: one file a command.
//!
//! What a command answers goes to standard output; the log and errors to standard error. Exit code 0: done, 1: not
//! done, and the last line says why, 2: wrong arguments, 3: a dry run that found differences.

mod apply;
mod check_config;
mod completions;
mod config_schema;
mod demo;
mod export_config;
pub mod first_start;
mod jobs;
mod mail;
mod migrate;
mod serve;
mod signals;
mod user;
mod worker;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use serde::Serialize;

use crate::domain::Db;
use crate::domain::db::{Migration, MigrationStep, PoolSizes};
use crate::postgres::{Database, Role};
use crate::settings::{Layers, Settings};
use crate::telemetry;

/// A self-hosted helpdesk server that speaks the Jitbit Helpdesk REST API.
#[derive(Debug, Parser)]
#[command(
    name = "ferrodesk",
    version,
    after_help = "\
Without a command the server starts. It needs nothing but PostgreSQL's programs on the machine: it runs a database of
its own, under DataPath.

Exit codes of every command:
  0  done
  1  not done; the last line on standard error says why
  2  wrong arguments
  3  `apply --dry-run` found differences

Examples:
  ferrodesk                                     start on http://127.0.0.1:8080, data in ./data
  Urls=http://0.0.0.0:80 ferrodesk              listen on every network
  ferrodesk --config /etc/ferrodesk.json        with the settings of this file
  ferrodesk check-config                        show the settings as the server would read them
  ferrodesk demo                                fill the database with a small company to try things on
  ferrodesk export-config > desk.yaml           the desk as a file
  ferrodesk apply desk.yaml --dry-run           what would change if the desk became what the file says?
  ferrodesk completions bash                    a script with which the shell completes these commands"
)]
struct Arguments {
    /// Settings to read over the defaults [default: ./appsettings.json, when there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server (the default)
    #[command(after_help = serve::HELP)]
    Serve,
    /// Do the jobs without the server: mail, rules, webhooks
    #[command(after_help = worker::HELP)]
    Worker,
    /// Show the jobs that are not done; have them tried again, or discard them
    #[command(subcommand, after_help = jobs::HELP)]
    Jobs(jobs::Command),
    /// Bring the database to the schema of this version, and exit
    #[command(after_help = migrate::HELP)]
    Migrate(migrate::Arguments),
    /// Show the settings as the server would read them; fail when one is wrong
    #[command(after_help = check_config::HELP)]
    CheckConfig(check_config::Arguments),
    /// Make users, set their passwords, get their API tokens
    #[command(subcommand, after_help = user::HELP)]
    User(user::Command),
    /// Try whether mail can be sent
    #[command(subcommand, after_help = mail::HELP)]
    Mail(mail::Command),
    /// Fill the database with a small company, or with very many tickets
    #[command(after_help = demo::HELP)]
    Demo(demo::Arguments),
    /// Make the desk what a file says: sections, categories, statuses, fields, rules and so on
    #[command(after_help = apply::HELP)]
    Apply(apply::Arguments),
    /// Write the desk as a file
    #[command(after_help = export_config::HELP)]
    ExportConfig,
    /// Print the JSON schema of desk files
    #[command(after_help = config_schema::HELP)]
    ConfigSchema,
    /// Print a script with which a shell completes these commands
    #[command(after_help = completions::HELP)]
    Completions(completions::Arguments),
}

/// The commands as clap knows them.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Run the command of the arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            // The pipe may be closed; then nobody is there to be told.
            let _ = writeln!(std::io::stderr(), "ferrodesk: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = arguments.command.unwrap_or(Command::Serve);
    let done = |()| ExitCode::SUCCESS;
    // These need neither settings in order nor a database.
    match &command {
        Command::Completions(arguments) => return completions::run(arguments).map(done),
        Command::ConfigSchema => return config_schema::run().map(done),
        _ => {}
    }
    let layers = Layers::load(arguments.config.as_deref())?;
    if let Command::CheckConfig(arguments) = &command {
        return check_config::run(&layers, arguments).map(done);
    }
    let settings = Settings::read(&layers)?;
    telemetry::start(settings.logging);
    for warning in layers.warnings() {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve::run(settings).await.map(done),
            Command::Worker => worker::run(settings).await.map(done),
            Command::Jobs(command) => jobs::run(&settings, command).await.map(done),
            Command::Migrate(arguments) => migrate::run(&settings, &arguments).await.map(done),
            Command::User(command) => user::run(&settings, command).await.map(done),
            Command::Mail(command) => mail::run(settings, command).await,
            Command::Demo(arguments) => demo::run(&settings, arguments).await.map(done),
            Command::Apply(arguments) => apply::run(&settings, &arguments).await,
            Command::ExportConfig => export_config::run(&settings).await.map(done),
            // Run above.
            Command::CheckConfig(_) | Command::Completions(_) | Command::ConfigSchema => {
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

/// Write what the command answers to standard output.
fn answer(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
}

/// [`answer`] in JSON, one line, for scripts.
fn answer_json(value: &impl Serialize) -> anyhow::Result<()> {
    answer(&serde_json::to_string(value)?)
}

/// The database of a command that may run beside the server, migrated.
struct Connected {
    database: Database,
    db: Db,
}

impl Connected {
    async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (connected, _) = Self::open_watched(settings, |_| ()).await?;
        Ok(connected)
    }

    /// [`Connected::open`]. Hears of each migration as it begins, and returns those that ran.
    async fn open_watched(
        settings: &Settings,
        watch: impl FnMut(MigrationStep) + Send,
    ) -> anyhow::Result<(Self, Vec<Migration>)> {
        let database = Database::open(settings, Role::Guest).await?;
        let db = Db::new(
            database.options(),
            PoolSizes {
                read: 1,
                lists: 1,
                write: 2,
                jobs: 2,
            },
        );
        let connected = Self { database, db };
        match connected.db.migrate_watched(watch).await {
            Ok(ran) => Ok((connected, ran)),
            Err(error) => {
                connected.close().await;
                Err(error).context("cannot bring the database to the schema of this version")
            }
        }
    }

    async fn close(self) {
        self.db.close().await;
        self.database.stop().await;
    }
}
