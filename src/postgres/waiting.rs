//! Waiting until a database answers, and looking at what answers.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Error};

use super::cluster::Cluster;
use super::programs::OLDEST_MAJOR;
use super::supervisor::Supervisor;

/// The longest that one attempt may take: a host that swallows packets answers nothing.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How often a wait says that it waits.
const PROGRESS: Duration = Duration::from_secs(5);

/// How long our own cluster may take to repair itself after a crash; usually seconds.
const RECOVERY: Duration = Duration::from_mins(10);

/// One attempt.
pub(super) async fn once(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    tokio::time::timeout(ATTEMPT, options.connect())
        .await
        .unwrap_or_else(|_| Err(Error::Io(std::io::ErrorKind::TimedOut.into())))
}

/// Wait for an outside database that may be down, as it is when both start together.
pub(super) async fn for_outside(
    options: &PgConnectOptions,
    place: &str,
    patience: Duration,
) -> Result<PgConnection> {
    let begun = Instant::now();
    let mut told = None;
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        let attempt =
            tokio::time::timeout(left.max(Duration::from_millis(100)), once(options)).await;
        let error = match attempt {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => error,
            Err(_) => Error::Io(std::io::ErrorKind::TimedOut.into()),
        };
        if !may_pass(&error) {
            return Err(explain(&error, place));
        }
        if begun.elapsed() >= patience {
            bail!(
                "the {place} did not answer for {} seconds: {}. See that PostgreSQL runs there and can be reached \
                 from here, or correct ConnectionStrings:DBConnectionString",
                patience.as_secs(),
                cause(&error)
            );
        }
        if told.is_none_or(|told: Instant| told.elapsed() > PROGRESS) {
            told = Some(Instant::now());
            tracing::warn!(
                "the {place} does not answer ({}); trying for another {} seconds",
                cause(&error),
                left.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(500).min(left)).await;
    }
}

/// Wait for the cluster that `supervisor` starts, as its superuser.
pub(super) async fn for_own(cluster: &Cluster, supervisor: &Supervisor) -> Result<PgConnection> {
    let options = cluster.superuser_options();
    let begun = Instant::now();
    let mut told = Instant::now();
    loop {
        if let Some(failure) = supervisor.failure() {
            bail!(failure);
        }
        let error = match once(&options).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if !may_pass(&error) {
            return Err(anyhow!(error).context(
                "the cluster in the data folder refuses its own server. If postgres.secret in the data folder was \
                 replaced, put the old one back",
            ));
        }
        if begun.elapsed() > RECOVERY {
            return Err(error).context("PostgreSQL runs, but does not accept connections; see postgres/server.log in the data folder");
        }
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            tracing::info!("PostgreSQL is still starting ({})", cause(&error));
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// See that the database is one to trust with data. Tells its version.
pub(super) async fn inspect(connection: &mut PgConnection, place: &str) -> Result<String> {
    let found = sqlx::query!(
        r#"
        select
            current_setting('server_version') as "version!",
            current_setting('server_version_num')::int as "number!",
            current_setting('server_encoding') as "encoding!",
            (select datctype from pg_database where datname = current_database()) as "character_types!",
            current_setting('fsync')::bool as "fsync!",
            current_setting('full_page_writes')::bool as "full_page_writes!"
        "#
    )
    .fetch_one(&mut *connection)
    .await
    .with_context(|| format!("the {place} does not answer a simple question"))?;
    let major = u32::try_from(found.number)? / 10_000;
    ensure!(
        major >= OLDEST_MAJOR,
        "the {place} is PostgreSQL {}, and Ferrodesk needs {OLDEST_MAJOR} or newer: upgrade it, or use another",
        found.version
    );
    ensure!(
        found.encoding == "UTF8",
        "the {place} has the encoding {}, and Ferrodesk needs UTF8: create database ... encoding 'UTF8' template \
         template0",
        found.encoding
    );
    if !found.fsync || !found.full_page_writes {
        tracing::warn!(
            "the {place} runs with fsync or full_page_writes off: a crash of its machine can destroy the data"
        );
    }
    if matches!(found.character_types.as_str(), "C" | "POSIX") {
        tracing::warn!(
            "the {place} has the character types (lc_ctype) {}: names and words in other letters than a to z are told \
             apart by case there. Better: create database ... locale 'C' lc_ctype 'C.UTF-8' template template0",
            found.character_types
        );
    }
    // Debian adds its own name after the number.
    Ok(found
        .version
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// Whether waiting can help: the server is down, starting, stopping or full. A wrong password stays wrong.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P0") || code.starts_with("53")),
        _ => false,
    }
}

fn explain(error: &Error, place: &str) -> anyhow::Error {
    let code = error.as_database_error().and_then(DatabaseError::code);
    let advice = match code.as_deref() {
        Some("28P01" | "28000") => {
            "the user name or the password is wrong, or pg_hba.conf of that server does not let this user in"
        }
        Some("3D000") => "make the database first: create database ... encoding 'UTF8'",
        _ => "correct the setting, or the server it names",
    };
    anyhow!(
        "the {place} (ConnectionStrings:DBConnectionString) refuses us: {}; {advice}",
        cause(error)
    )
}

/// The reason alone, as the server or the system words it.
fn cause(error: &Error) -> String {
    match error {
        Error::Io(error) => error.to_string(),
        Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}
