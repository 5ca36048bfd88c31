//! `ferrodesk jobs …`: what is still to be done, and what was given up.

use std::fmt::Write;

use clap::{Args, Subcommand, ValueEnum};
use sqlx::PgConnection;

use super::{Connected, answer, answer_json};
use crate::domain::Actor;
use crate::domain::clock::Clock;
use crate::domain::queue::{self, Job, JobState};
use crate::settings::Settings;

pub(super) const HELP: &str = "\
Mail, webhooks and rules are jobs of a queue in the database. One that fails is tried again after 3 seconds, 7 seconds,
20 seconds, and so on, for three days; then it is kept as failed until somebody has it tried again or discards it.
All of these work beside a running server.

Examples:
  ferrodesk jobs list --state failed
  ferrodesk jobs list --json | jq -r '.[].last_error'
  ferrodesk jobs retry 17 18
  ferrodesk jobs retry --failed
  ferrodesk jobs discard 17";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the jobs that are not done, the newest first
    #[command(
        after_help = "Examples:\n  ferrodesk jobs list --state failed\n  ferrodesk jobs list --kind send_mail --json"
    )]
    List(List),
    /// Have jobs tried again now
    #[command(
        after_help = "Examples:\n  ferrodesk jobs retry 17 18\n  ferrodesk jobs retry --failed"
    )]
    Retry(Which),
    /// Take jobs out, undone
    #[command(
        after_help = "Examples:\n  ferrodesk jobs discard 17\n  ferrodesk jobs discard --failed"
    )]
    Discard(Which),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    /// Only those of this kind, such as `send_mail`
    #[arg(long)]
    kind: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Numbers of jobs
    #[arg(required_unless_present = "failed")]
    ids: Vec<i64>,
    /// All that were given up
    #[arg(long, conflicts_with = "ids")]
    failed: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Waiting,
    Running,
    Failed,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Running => Self::Running,
            State::Failed => Self::Failed,
        }
    }
}

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<()> {
    let connected = Connected::open(settings).await?;
    let operator = Actor::console(Clock::default().now());
    let done = match command {
        Command::List(list) => show(&connected, &operator, list).await,
        Command::Retry(which) => change(&connected, &operator, which, Change::Retry).await,
        Command::Discard(which) => change(&connected, &operator, which, Change::Discard).await,
    };
    connected.close().await;
    done
}

async fn show(connected: &Connected, operator: &Actor, list: List) -> anyhow::Result<()> {
    let mut conn = connected.db.read().await?;
    let state = list.state.map(JobState::from);
    let kind = list.kind.as_deref();
    let jobs = queue::list(&mut conn, operator, kind, state, None, list.limit).await?;
    if list.json {
        return answer_json(&jobs);
    }
    let counts = queue::counts(&mut conn).await?;
    let mut text = format!(
        "{} waiting, {} running, {} failed",
        counts.waiting, counts.running, counts.failed
    );
    for job in &jobs {
        line(&mut text, job)?;
    }
    answer(&text)
}

fn line(text: &mut String, job: &Job) -> std::fmt::Result {
    write!(
        text,
        "\n{:>8}  {:8} {:14} {}  try {} of {}, {} {}",
        job.id,
        job.state.name(),
        job.kind,
        job.payload,
        job.attempts,
        job.max_attempts,
        if job.state == JobState::Failed {
            "given up before"
        } else {
            "next"
        },
        job.run_at.format("%Y-%m-%d %H:%M:%S UTC"),
    )?;
    match &job.last_error {
        Some(error) => write!(text, "\n          {error}"),
        None => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum Change {
    Retry,
    Discard,
}

async fn change(
    connected: &Connected,
    operator: &Actor,
    which: Which,
    change: Change,
) -> anyhow::Result<()> {
    let mut tx = connected.db.begin().await?;
    let ids = if which.failed {
        failed(&mut tx, operator).await?
    } else {
        which.ids
    };
    for id in &ids {
        match change {
            Change::Retry => queue::retry(&mut tx, operator, *id).await?,
            Change::Discard => queue::discard(&mut tx, operator, *id).await?,
        }
    }
    tx.commit().await?;
    let verb = match change {
        Change::Retry => "will be tried again now",
        Change::Discard => "discarded",
    };
    answer(&format!("{} jobs {verb}", ids.len()))
}

async fn failed(conn: &mut PgConnection, operator: &Actor) -> anyhow::Result<Vec<i64>> {
    let failed = Some(JobState::Failed);
    let jobs = queue::list(conn, operator, None, failed, None, i64::MAX).await?;
    Ok(jobs.into_iter().map(|job| job.id).collect())
}
