//! `ferrodesk demo`.

use std::time::Instant;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::{Connected, answer, signals};
use crate::domain::attachments::NewFile;
use crate::domain::demo::{self, bulk};
use crate::domain::ids::AttachmentId;
use crate::domain::users::password;
use crate::settings::Settings;
use crate::storage::Storage;

pub(super) const HELP: &str = "\
The company is the same every time; a second run makes only what is missing. The last line of the answer is JSON for
scripts: categoryId, ticketId, closedTicketId, userId, textFieldId, assetId, articleId, attachmentId, ruleId, logins.

Everybody knows the passwords of these people: not for an installation that others can reach.

Examples:
  ferrodesk demo
  ferrodesk demo | jq -r '.logins[] | \"\\(.role): \\(.username) \\(.password)\"'
  ferrodesk demo --tickets 1000000      a desk that has seen something; Ctrl-C stops it, the same command goes on";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Make tickets with two comments each, until there are N of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..=100_000_000))]
    tickets: Option<i32>,
}

pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let connected = Connected::open(settings).await?;
    let done = fill(settings, &connected, arguments).await;
    connected.close().await;
    done
}

async fn fill(
    settings: &Settings,
    connected: &Connected,
    arguments: Arguments,
) -> anyhow::Result<()> {
    let company = company(settings, connected).await?;
    if let Some(tickets) = arguments.tickets {
        let mut connection = connect(connected.database.options()).await?;
        many_tickets(&mut connection, tickets).await?;
        connection.close().await?;
    }
    answer(&serde_json::to_string(&company)?)
}

/// A connection for statements that take their time.
async fn connect(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let options = options.clone().disable_statement_logging();
    Ok(PgConnection::connect_with(&options).await?)
}

async fn company(settings: &Settings, connected: &Connected) -> anyhow::Result<demo::Company> {
    let mut transaction = connected.db.begin().await?;
    let hash = |text: &str| password::hash(text);
    let company = demo::company(&mut transaction, hash)
        .await
        .context("cannot make the company")?;
    let attachment = match demo::attachment(&mut transaction, company.comment).await? {
        Some(attachment) => attachment,
        None => attach(settings, &mut transaction, &company).await?,
    };
    transaction.commit().await?;
    Ok(company.with(attachment))
}

/// The picture that a comment of the open ticket speaks of: its bytes in the storage, then its row.
async fn attach(
    settings: &Settings,
    conn: &mut PgConnection,
    company: &demo::Unfinished,
) -> anyhow::Result<AttachmentId> {
    let storage = Storage::in_folder(&settings.attachments_path).await?;
    let mut incoming = storage.receive("black-screen.png").await?;
    incoming.write(include_bytes!("black-screen.png")).await?;
    let stored = incoming.finish().await?.store().await?;
    let file = NewFile {
        id: None,
        file_name: stored.file_name.clone(),
        content_type: "image/png".into(),
        size: i64::try_from(stored.size)?,
        sha256: stored.sha256.to_vec(),
        storage_key: stored.key.clone(),
    };
    let id = demo::attach(conn, company, &file).await?;
    stored.keep();
    Ok(id)
}

/// Make tickets until there are `wanted`, batch by batch.
async fn many_tickets(connection: &mut PgConnection, wanted: i32) -> anyhow::Result<()> {
    let stop = signals::listen()?;
    let mut made = bulk::made(connection).await?;
    if made >= wanted {
        return Ok(());
    }
    let scene = bulk::scene(connection, wanted).await?;
    let begun = Instant::now();
    let bar = ProgressBar::new(u64::try_from(wanted)?).with_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} tickets, {eta} left",
    )?);
    bar.set_position(u64::try_from(made)?);
    bar.reset_eta();
    let before = made;
    while made < wanted {
        let last = wanted.min(made.saturating_add(bulk::BATCH));
        let mut transaction = connection.begin().await?;
        bulk::batch(&mut transaction, &scene, made + 1, last).await?;
        transaction.commit().await?;
        made = last;
        bar.set_position(u64::try_from(made)?);
        if stop.is_cancelled() {
            bar.abandon();
            anyhow::bail!(
                "stopped at {made} of {wanted} tickets; the same command goes on from there"
            );
        }
    }
    bar.set_message("putting the indexes in order");
    bulk::tidy(connection).await?;
    bar.finish_and_clear();
    tracing::info!(
        "made {} tickets in {} s",
        made - before,
        begun.elapsed().as_secs()
    );
    Ok(())
}
