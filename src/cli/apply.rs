//! `ferrodesk apply`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{Connected, answer_json};
use crate::config::change::{self, Change};
use crate::config::{self, Mistake, Refusal, Source, source};
use crate::domain::Actor;
use crate::domain::clock::Clock;
use crate::settings::Settings;

pub(super) const HELP: &str = "\
Makes the desk what the file says, all of it or, with any mistake in it, nothing: every mistake is then told with its line
and column. What the file does not name stays as it is. Applying a file twice changes nothing. Things are known by their
names, in any case; categories by section and name, custom fields by usage and name. Works beside a running server.

With --prune, what is on the desk and not in the file is deleted, of the kinds that the file names. What is in use is not
deleted: that is a mistake, told with the number of uses. Staff and the statuses New, In process and Closed always stay.

Exit codes: 0 done, 1 not done, 2 wrong arguments, 3 --dry-run found differences.

Examples:
  ferrodesk apply desk.yaml --dry-run           what would change?
  ferrodesk apply desk.yaml
  ferrodesk apply desk.yaml --prune --json | jq -r '.changes[] | select(.action == \"delete\") | .name'
  ferrodesk export-config | ssh other ferrodesk apply -
  ferrodesk apply desk.yaml --dry-run > /dev/null || echo \"somebody has changed the desk by hand\"";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The desk file; - reads standard input
    file: PathBuf,
    /// Change nothing: show what would change, and end with exit code 3 if anything would
    #[arg(long)]
    dry_run: bool,
    /// Delete what the file does not name, of the kinds that it names
    #[arg(long)]
    prune: bool,
    /// Answer in JSON: the changes with every field, or the mistakes
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = read(arguments)?;
    let source = match Source::parse(&text) {
        Ok(source) => source,
        Err(mistake) => return refuse(arguments, &[mistake]),
    };
    let connected = Connected::open(settings).await?;
    let applied = apply(&connected, &source, arguments).await;
    connected.close().await;
    match applied {
        Ok(changes) => tell(arguments, &changes),
        Err(Failure::Refused(Refusal::Mistakes(mistakes))) => refuse(arguments, &mistakes),
        Err(Failure::Refused(Refusal::Other(error))) => Err(error.into()),
        Err(Failure::Database(error)) => Err(error.into()),
    }
}

enum Failure {
    Refused(Refusal),
    Database(sqlx::Error),
}

/// All in one transaction; of a dry run, nothing of it stays.
async fn apply(
    connected: &Connected,
    source: &Source,
    arguments: &Arguments,
) -> Result<Vec<Change>, Failure> {
    let actor = Actor::console(Clock::default().now());
    let begun = connected.db.begin().await;
    let mut transaction = begun.map_err(|error| Failure::Refused(error.into()))?;
    let changes = config::apply(&mut transaction, &actor, source, arguments.prune)
        .await
        .map_err(Failure::Refused)?;
    let ended = if arguments.dry_run {
        transaction.rollback().await
    } else {
        transaction.commit().await
    };
    ended.map_err(Failure::Database)?;
    Ok(changes)
}

/// The text of the file, which is never read whole when it is too long to be a desk.
fn read(arguments: &Arguments) -> anyhow::Result<String> {
    let name = file_name(arguments);
    let read = || {
        let mut text = String::new();
        let most = u64::try_from(source::LIMIT)?.saturating_add(1);
        if name == STANDARD_INPUT {
            std::io::stdin()
                .lock()
                .take(most)
                .read_to_string(&mut text)?;
        } else {
            let file = std::fs::File::open(&arguments.file)?;
            file.take(most).read_to_string(&mut text)?;
        }
        anyhow::ensure!(
            text.len() <= source::LIMIT,
            "it is longer than {} bytes: no desk is",
            source::LIMIT
        );
        anyhow::Ok(text)
    };
    read().with_context(|| format!("cannot read {name}"))
}

/// How standard input is called in messages.
const STANDARD_INPUT: &str = "standard input";

fn file_name(arguments: &Arguments) -> String {
    match arguments.file.to_str() {
        Some("-") => STANDARD_INPUT.to_owned(),
        _ => arguments.file.display().to_string(),
    }
}

fn tell(arguments: &Arguments, changes: &[Change]) -> anyhow::Result<ExitCode> {
    let is_done = !arguments.dry_run;
    if arguments.json {
        answer_json(&json!({ "done": is_done, "changes": changes }))?;
    } else {
        let mut text: String = changes.iter().map(Change::describe).collect();
        let summary = match (changes, is_done) {
            ([], _) => "Nothing to change.".to_owned(),
            (_, true) => format!("Done: {}.", change::count(changes, is_done)),
            (_, false) => format!(
                "A dry run, nothing is changed: {}.",
                change::count(changes, is_done)
            ),
        };
        text.push_str(&summary);
        text.push('\n');
        // Takes the colours out where there is no terminal, or NO_COLOR is set.
        let mut out = anstream::stdout();
        out.write_all(text.as_bytes())
            .context("cannot write to standard output")?;
    }
    Ok(if is_done || changes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

fn refuse(arguments: &Arguments, mistakes: &[Mistake]) -> anyhow::Result<ExitCode> {
    if arguments.json {
        answer_json(&json!({ "done": false, "mistakes": mistakes }))?;
    }
    let name = file_name(arguments);
    let mut errors = std::io::stderr().lock();
    for mistake in mistakes {
        writeln!(errors, "{}", mistake.in_file(&name)).context("cannot write")?;
    }
    let count = mistakes.len();
    let words = if count == 1 { "mistake" } else { "mistakes" };
    anyhow::bail!("nothing is changed: {count} {words} in {name}")
}
