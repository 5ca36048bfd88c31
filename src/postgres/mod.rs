//! The database of the server: a PostgreSQL cluster that it runs for itself under `DataPath`, or an outside one.
//!
//! ```text
//! Database::open ── setting empty ── lock ── won ──── cluster (initdb) ── supervisor (postgres, restarts)
//!       │                             └──── taken ── attach by the socket (commands), refuse (a second server)
//!       └────────── connection string ── connection::parse ── waiting (30 s)
//! ```
//!
//! Why it is done in this way: `docs/decisions/003-embedded-postgresql.md`.

mod account;
mod cluster;
pub mod connection;
mod leftovers;
mod lock;
mod paths;
mod programs;
mod server_log;
mod supervisor;
mod waiting;

use std::fmt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnectOptions;

use crate::settings::Settings;
use cluster::Cluster;
use lock::{Attempt, FolderLock};
use paths::Paths;
use supervisor::Supervisor;

/// How long an outside database may be down at the start.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long a command waits for a server that holds the data folder and does not answer yet.
const ATTACH_PATIENCE: Duration = Duration::from_secs(30);

/// How long a server waits for the lock of the data folder: the one before it may be dying, and a killed process keeps
/// its locks until the kernel has taken it apart.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// How long a taken folder is left alone before the next look.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Who opens the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The server. Only one can run on a data folder: it runs the cluster.
    Owner,
    /// A command. It uses the cluster of the server beside it; without one, it runs the cluster as long as it lives.
    Guest,
}

/// A database that answers. Stop it after the pools on it are closed; dropping it stops it too, but blocks.
pub struct Database {
    options: PgConnectOptions,
    description: String,
    own: Option<Own>,
}

/// A cluster that this process runs. The fields are dropped in this order: first the cluster stops, then another
/// process may take the folder.
struct Own {
    supervisor: Supervisor,
    lock: FolderLock,
}

impl Database {
    /// Open the database that the settings name, waiting for it as long as the rules of the product say.
    /// Errors are complete sentences for the operator: what is wrong and what to do.
    pub async fn open(settings: &Settings, role: Role) -> Result<Self> {
        Self::open_within(settings, role, PATIENCE).await
    }

    /// [`Database::open`] with another patience for an outside database that is down.
    pub async fn open_within(settings: &Settings, role: Role, patience: Duration) -> Result<Self> {
        let text = settings.db_connection_string.trim();
        if text.is_empty() {
            Self::open_own(&settings.data_path, role).await
        } else {
            Self::open_outside(connection::parse(text)?, patience).await
        }
    }

    /// How to connect.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Where the database is, without secrets, for the start-up message.
    #[must_use]
    pub fn describe(&self) -> String {
        self.description.clone()
    }

    /// Stop the cluster if this process runs it, and wait for its end. Close the pools before.
    pub async fn stop(self) {
        let Some(own) = self.own else {
            return;
        };
        let stopped = tokio::task::spawn_blocking(move || {
            drop(own.supervisor);
            drop(own.lock);
        });
        if let Err(error) = stopped.await {
            tracing::error!("stopping PostgreSQL went wrong: {error}");
        }
    }

    async fn open_outside(options: PgConnectOptions, patience: Duration) -> Result<Self> {
        let place = place(&options);
        let mut connection = waiting::for_outside(&options, &place, patience).await?;
        let version = waiting::inspect(&mut connection, &place).await?;
        Ok(Self {
            options,
            description: format!("PostgreSQL {version}: {place}"),
            own: None,
        })
    }

    async fn open_own(data_path: &Path, role: Role) -> Result<Self> {
        let data_path = make_data_folder(data_path)?;
        let paths = Paths::under(&data_path);
        let begun = Instant::now();
        loop {
            let process = match FolderLock::attempt(&data_path)? {
                Attempt::Won(lock) => return Self::run_cluster(paths, lock).await,
                Attempt::Taken(process) => process.map_or_else(
                    || "a process".to_owned(),
                    |number| format!("process {number}"),
                ),
            };
            let data_path = data_path.display();
            if role == Role::Owner {
                if begun.elapsed() < LOCK_PATIENCE {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
                bail!(
                    "another Ferrodesk ({process}) already works on the data folder {data_path}. Stop it first, or \
                     set another DataPath for this one"
                );
            }
            match Self::attach(&paths).await {
                Ok(database) => return Ok(database),
                Err(error) if begun.elapsed() > ATTACH_PATIENCE => {
                    return Err(error.context(format!(
                        "another Ferrodesk ({process}) works on the data folder {data_path}, but its database does \
                         not answer"
                    )));
                }
                // The server is starting, or about to end: then the lock is free in a moment.
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Use the cluster of the process that holds the lock.
    async fn attach(paths: &Paths) -> Result<Self> {
        let options = paths.options()?;
        let folder = paths.folder.display().to_string();
        let mut connection = waiting::once(&options).await?;
        let version = waiting::inspect(&mut connection, &folder).await?;
        Ok(Self {
            options,
            description: format!("PostgreSQL {version} of the server that runs on {folder}"),
            own: None,
        })
    }

    /// Make the cluster if there is none, and run it.
    async fn run_cluster(paths: Paths, lock: FolderLock) -> Result<Self> {
        let prepared = tokio::task::spawn_blocking(move || Cluster::prepare(paths));
        let cluster = Arc::new(prepared.await??);
        let own = Own {
            supervisor: Supervisor::start(cluster.clone())?,
            lock,
        };
        let mut connection = waiting::for_own(&cluster, &own.supervisor).await?;
        cluster::make_database(&mut connection, cluster.secret()).await?;
        let folder = cluster.paths.folder.display().to_string();
        let version = waiting::inspect(&mut connection, &folder).await?;
        Ok(Self {
            options: cluster.options(),
            description: format!("PostgreSQL {version} of its own in {folder}"),
            own: Some(own),
        })
    }
}

impl fmt::Debug for Database {
    /// Without the options: they hold the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

/// Make the data folder, and tell its true path. Nobody else may look into it.
pub fn make_data_folder(path: &Path) -> Result<PathBuf> {
    let made = || {
        // As root, the cluster belongs to another account, which must be able to pass, not to look.
        let mode = if nix::unistd::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        if !path.exists() {
            let parent = path.parent().unwrap_or(path);
            std::fs::create_dir_all(parent)?;
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(mode)
                .create(path)?;
        }
        std::fs::canonicalize(path)
    };
    made().with_context(|| format!("cannot make the data folder {} (DataPath)", path.display()))
}

/// An outside database as a person would name it.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("database {database} at the socket in {}", socket.display()),
        None => format!(
            "database {database} at {}:{}",
            options.get_host(),
            options.get_port()
        ),
    }
}
