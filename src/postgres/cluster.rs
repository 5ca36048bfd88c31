//! The cluster in the data folder: where its parts lie, how it is made.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown, fchown};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Executor};

use super::account::Account;
use super::paths::{Paths, ROLE};
use super::programs::Programs;
use super::server_log::ServerLog;

/// The role that owns the cluster. Ferrodesk uses it only to make the other role and the database.
const SUPERUSER: &str = "postgres";

/// What an operator may tune, written once into the new cluster's `postgresql.conf`. What must hold whatever that
/// file says is on the command line: see `supervisor`.
const TUNABLE: &str = "
# Ferrodesk's start values; yours to change.
max_connections = 60
shared_buffers = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
log_min_messages = warning
log_checkpoints = off
log_error_verbosity = terse
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
";

/// A cluster that exists, with all that is needed to start it.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) paths: Paths,
    pub(super) account: Account,
    pub(super) programs: Programs,
    pub(super) log: ServerLog,
    secret: String,
}

impl Cluster {
    /// Find the cluster under the data folder, or make it. The caller holds the folder's lock. Takes seconds the
    /// first time. Nothing is touched before it is clear that the cluster can be run.
    pub(super) fn prepare(paths: Paths) -> Result<Self> {
        let account = Account::choose(&paths.cluster)?;
        let made_by = made_by(&paths.cluster)?;
        let programs = Programs::find(made_by, &paths.cluster)?;
        let secret = if made_by.is_some() {
            paths.read_secret()?
        } else {
            paths.read_secret().or_else(|_| paths.make_secret())?
        };
        if !paths.folder.exists() {
            std::fs::DirBuilder::new()
                .mode(0o700)
                .create(&paths.folder)?;
        }
        if account.is_lent() {
            // Safe as root, for the folder that holds it is root's.
            chown(&paths.folder, Some(account.uid), Some(account.gid))?;
        }
        account.check_access(&paths.folder)?;
        let cluster = Self {
            log: ServerLog::in_folder(&paths.folder),
            paths,
            account,
            programs,
            secret,
        };
        cluster.make_socket_folder()?;
        if made_by.is_none() {
            cluster.initialise()?;
        }
        Ok(cluster)
    }

    /// How to connect as Ferrodesk.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.paths.connect_as(ROLE, &self.secret)
    }

    /// How to connect as the owner of the cluster.
    pub(super) fn superuser_options(&self) -> PgConnectOptions {
        self.paths
            .connect_as(SUPERUSER, &self.secret)
            .database("postgres")
    }

    /// The password of both roles: hexadecimal digits.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// Made by a command that runs as the account: where that account may write, root does not.
    fn make_socket_folder(&self) -> Result<()> {
        let socket = &self.paths.socket;
        if std::fs::symlink_metadata(socket).is_err() {
            run(
                self.account
                    .command("mkdir")
                    .args(["-m", "700", "--"])
                    .arg(socket),
                "make the folder of PostgreSQL's socket",
            )?;
        }
        let made = std::fs::symlink_metadata(socket)?;
        ensure!(
            made.is_dir() && made.uid() == self.account.uid && made.mode() & 0o777 == 0o700,
            "{} should be a folder that only user {} can enter, and is something else: take it away",
            socket.display(),
            self.account.name()
        );
        Ok(())
    }

    /// `initdb` under another name, then rename: a half-made cluster is never used.
    fn initialise(&self) -> Result<()> {
        tracing::info!(folder = %self.paths.folder.display(), "making a new PostgreSQL cluster");
        for entry in std::fs::read_dir(&self.paths.folder)? {
            let entry = entry?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with("half-made-")
            {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        let half_made = self
            .paths
            .folder
            .join(format!("half-made-{}", std::process::id()));
        // A file, because another account cannot reopen a pipe of ours as /dev/stdin.
        let mut password = tempfile::NamedTempFile::new_in(&self.paths.data_path)?;
        writeln!(password, "{}", self.secret)?;
        if self.account.is_lent() {
            fchown(
                password.as_file(),
                Some(self.account.uid),
                Some(self.account.gid),
            )?;
        }
        run(
            self.account
                .bound_command("TERM", &self.programs.initdb())
                .arg("--pgdata")
                .arg(&half_made)
                .arg("--pwfile")
                .arg(password.path())
                .args([
                    "--username",
                    SUPERUSER,
                    "--encoding",
                    "UTF8",
                    "--data-checksums",
                ])
                .args([
                    "--locale",
                    "C",
                    "--lc-ctype",
                    "C.UTF-8",
                    "--auth",
                    "scram-sha-256",
                ]),
            "make a PostgreSQL cluster with initdb",
        )?;
        let mut configuration = std::fs::OpenOptions::new()
            .append(true)
            .open(half_made.join("postgresql.conf"))?;
        configuration.write_all(TUNABLE.as_bytes())?;
        configuration.sync_all()?;
        std::fs::rename(&half_made, &self.paths.cluster)?;
        File::open(&self.paths.folder)?.sync_all()?;
        Ok(())
    }
}

/// Make Ferrodesk's role and database in a new cluster. `secret` is the role's password: hexadecimal digits.
pub(super) async fn make_database(connection: &mut PgConnection, secret: &str) -> Result<()> {
    let role_exists = sqlx::query_scalar!(
        r#"select exists (select from pg_roles where rolname = $1) as "exists!""#,
        ROLE
    )
    .fetch_one(&mut *connection)
    .await?;
    if !role_exists {
        let statement = format!("create role {ROLE} login password '{secret}'");
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    let database_exists = sqlx::query_scalar!(
        r#"select exists (select from pg_database where datname = $1) as "exists!""#,
        ROLE
    )
    .fetch_one(&mut *connection)
    .await?;
    if !database_exists {
        let statement = format!("create database {ROLE} owner {ROLE}");
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}

/// The major version that made the cluster; none if there is no cluster yet.
fn made_by(cluster: &Path) -> Result<Option<u32>> {
    if !cluster.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(cluster.join("PG_VERSION")).unwrap_or_default();
    match text.trim().split('.').next().map(str::parse) {
        Some(Ok(major)) => Ok(Some(major)),
        _ => bail!(
            "{0} is no PostgreSQL cluster: it has no readable file PG_VERSION. Nothing in it was touched. Put a \
             backup in its place, or move it away and Ferrodesk makes a new, empty one",
            cluster.display()
        ),
    }
}

/// Run a command to its end; what it says goes into the error.
fn run(command: &mut std::process::Command, what: &str) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot {what}: {} does not run", program.display()))?;
    ensure!(
        output.status.success(),
        "cannot {what}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
