//! `ferrodesk mail …`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Connected, answer, answer_json};
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::clock::Clock;
use crate::mail::outgoing::{self, Trial};
use crate::settings::Settings;

pub(super) const HELP: &str = "\
Mail is sent by the server that the settings name (Mail in appsettings.json, or in the environment), or by the one that
an administrator stored over it (PUT /api/v2/settings/mail).

Examples:
  ferrodesk mail test admin@desk.example
  Mail__Host=smtp.example Mail__FromAddress=desk@desk.example ferrodesk mail test admin@desk.example";

const TEST_HELP: &str = "\
The mail goes past the queue. Each step is told as it was; the exit code is 0 when the server took the mail and 1 when it
did not, and then the last line says what to do about it.

Examples:
  ferrodesk mail test admin@desk.example
  ferrodesk mail test admin@desk.example --json | jq -r .advice";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Send one mail and say, step by step, what happened
    #[command(after_help = TEST_HELP)]
    Test(TestArguments),
}

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// The address it goes to
    address: String,
    /// Answer in JSON: ok, steps, advice
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(settings: Settings, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Test(arguments) = command;
    let connected = Connected::open(&settings).await?;
    let clock = Clock::default();
    let console = Actor::console(clock.now());
    let tried = async {
        let app = AppState::build(settings, connected.db.clone(), clock).await?;
        anyhow::Ok(outgoing::try_out(&app, &console, &arguments.address).await?)
    }
    .await;
    connected.close().await;
    let trial = tried?;
    if arguments.json {
        answer_json(&trial)?;
    } else {
        tell(&trial)?;
    }
    Ok(if trial.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tell(trial: &Trial) -> anyhow::Result<()> {
    for done in &trial.steps {
        let sign = if done.ok { "ok    " } else { "FAILED" };
        let step = done.step.to_string();
        answer(&format!("{sign}  {step:<11} {}", done.text))?;
    }
    match &trial.advice {
        Some(advice) => answer(&format!("\n{advice}")),
        None => Ok(()),
    }
}
