//! The database: pools to read, one to write.
//!
//! Several pools because of what a hung-up client can do: a `BEGIN` that is cancelled half-way goes back to the pool
//! as an open transaction, and later acknowledged writes vanish with it. Writes therefore run in tasks that no
//! client can cancel, and every transaction begins with the end of one that may have been left open. The reading
//! pool has `default_transaction_read_only`, so a method that only reads cannot write, whatever its code says.

use std::time::Duration;

use serde::Serialize;
use sqlx::migrate::{Migrate, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions, PgQueryResult};
use sqlx::{Connection, Executor, PgConnection, Postgres, Transaction};

use crate::error::{Error, Result};
use crate::outbox;
use crate::queue;

/// The migrations, in the order of their names.
static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// How many connections each pool may open.
#[derive(Clone, Copy, Debug)]
pub struct PoolSizes {
    /// Connections of methods that only read.
    pub read: u32,
    /// Connections that find out which tickets a list shows.
    pub lists: u32,
    /// Connections of methods that write.
    pub write: u32,
    /// Connections of jobs: however many there are to do, requests find connections of their own.
    pub jobs: u32,
}

/// The pools.
#[derive(Clone, Debug)]
pub struct Db {
    read: PgPool,
    lists: PgPool,
    write: PgPool,
    jobs: PgPool,
    queue: PgPool,
    listen: PgPool,
}

/// The channel on which the schema's triggers tell that somebody's rights have changed.
const RIGHTS: &str = "ferrodesk_rights";

/// How long a request waits for a connection before it is told to try again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

impl Db {
    /// Pools for `options`. Connects lazily: see [`Db::ping`].
    #[must_use]
    pub fn new(options: &PgConnectOptions, sizes: PoolSizes) -> Self {
        let limits = [
            ("statement_timeout", "5s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
            ("timezone", "UTC"),
            // Most statements are short and known: the compiler of plans costs more than it brings.
            ("jit", "off"),
        ];
        let limited = options.clone().options(limits);
        // One plan for all values: an array or a pair of dates would otherwise be planned for at each call, which
        // costs more than running the statement.
        let one_plan = [("plan_cache_mode", "force_generic_plan")];
        let write = limited.clone().options(one_plan);
        let read = limited.options([("default_transaction_read_only", "on")]);
        let plain = read
            .clone()
            .options(one_plan)
            .options([("work_mem", "16MB")]);
        let lists = read.clone().options([
            // A list that is filtered is planned for its values, not read again for each of its rows.
            ("plan_cache_mode", "force_custom_plan"),
            // The hits of a common word fit: with less, PostgreSQL reads whole pages again for each of them.
            ("work_mem", "16MB"),
        ]);
        let of_jobs = write
            .clone()
            .options([("statement_timeout", "60s"), ("lock_timeout", "10s")]);
        // Taking a job and taking it out again need not survive a crash of PostgreSQL by themselves: what a job does
        // is committed for good by its own transaction, and a job that comes again finds it done.
        let of_queue = options.clone().options([
            ("synchronous_commit", "off"),
            ("statement_timeout", "60s"),
            ("timezone", "UTC"),
            ("jit", "off"),
        ]);
        let pool = |size: u32| {
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .max_lifetime(Duration::from_hours(1))
                .idle_timeout(Duration::from_mins(10))
                .test_before_acquire(false)
        };
        Self {
            read: pool(sizes.read).connect_lazy_with(plain),
            lists: pool(sizes.lists).connect_lazy_with(lists),
            write: pool(sizes.write).connect_lazy_with(write),
            jobs: pool(sizes.jobs).connect_lazy_with(of_jobs),
            // One for the listener of each of the three workers besides.
            queue: pool(sizes.jobs + 3).connect_lazy_with(of_queue),
            // For rights, and for events while somebody wants to hear of them.
            listen: PgPoolOptions::new()
                .max_connections(2)
                .max_lifetime(None)
                .idle_timeout(None)
                .connect_lazy_with(read),
        }
    }

    /// Be told whenever somebody's rights change, by whatever server or command.
    pub async fn listen_for_rights(&self) -> Result<RightsListener> {
        let mut listener = PgListener::connect_with(&self.listen).await?;
        listener.listen(RIGHTS).await?;
        Ok(RightsListener(listener))
    }

    /// Be told what is notified on a channel, on a connection of one's own.
    pub async fn listen_to(&self, channel: &str) -> Result<PgListener> {
        let options = self.listen.connect_options();
        let one = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(PgConnectOptions::clone(&options));
        let mut listener = PgListener::connect_with(&one).await?;
        listener.listen(channel).await?;
        Ok(listener)
    }

    /// A connection of one's own, for locks that last as long as it does: PostgreSQL notices within half a minute when a
    /// server on another machine is gone.
    pub async fn session(&self) -> Result<PgConnection> {
        let options = PgConnectOptions::clone(&self.jobs.connect_options()).options([
            ("tcp_keepalives_idle", "15"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// Be told of events that can be read, and of changes of rights besides.
    pub async fn listen_for_events(&self) -> Result<EventListener> {
        let mut listener = PgListener::connect_with(&self.listen).await?;
        listener.listen_all([outbox::CHANNEL, RIGHTS]).await?;
        Ok(EventListener(listener))
    }

    /// [`Db::close`] was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.read.is_closed()
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.read.acquire().await?)
    }

    /// A connection for statements whose best plan depends on the values: which tickets a list or a search shows.
    pub async fn read_list(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.lists.acquire().await?)
    }

    /// A transaction to write in. Whoever opens it commits it.
    ///
    /// Should the one before have left its own open, that is rolled back first. (A lone `rollback` outside a
    /// transaction would be a warning in PostgreSQL's log.)
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        Ok(self.write.begin_with("begin; rollback; begin").await?)
    }

    /// [`Db::begin`] for jobs: with connections of their own, and a minute for a statement.
    pub async fn begin_job(&self) -> Result<Transaction<'static, Postgres>> {
        Ok(self.jobs.begin_with("begin; rollback; begin").await?)
    }

    /// The connections by which workers take jobs.
    #[must_use]
    pub fn queue(&self) -> &PgPool {
        &self.queue
    }

    /// A transaction to read in that sees the database as it is at its first statement, whatever others write meanwhile.
    pub async fn begin_picture(&self) -> Result<Transaction<'static, Postgres>> {
        let begin = "begin; rollback; begin isolation level repeatable read read only";
        Ok(self.read.begin_with(begin).await?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.read).await?;
        Ok(())
    }

    /// Run the migrations under an advisory lock: several servers may start at once, one migrates.
    pub async fn migrate(&self) -> Result<()> {
        self.migrate_watched(|_| ()).await.map(drop)
    }

    /// [`Db::migrate`]. Hears of each migration as it begins, and returns those that ran.
    pub async fn migrate_watched(
        &self,
        watch: impl FnMut(MigrationStep) + Send,
    ) -> Result<Vec<Migration>> {
        let mut connection = self.write.acquire().await?;
        // Building an index may take its time.
        connection
            .execute("set statement_timeout = 0; set lock_timeout = 0")
            .await?;
        let done = migrate(&mut connection, watch).await;
        // Under the same lock: the library takes none.
        let queue = match &done {
            Ok(_) => queue::migrate_schema(&self.queue).await,
            Err(_) => Ok(()),
        };
        connection.close().await?;
        queue.and(done)
    }

    /// Wait for running statements and close every connection.
    pub async fn close(&self) {
        self.listen.close().await;
        self.read.close().await;
        self.lists.close().await;
        self.write.close().await;
        self.jobs.close().await;
        self.queue.close().await;
    }
}

/// A migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// The time that its file is named after: `20261123180000`.
    pub version: i64,
    /// The rest of the name: `create instance`.
    pub description: String,
}

/// A migration that begins.
#[derive(Clone, Debug)]
pub struct MigrationStep {
    /// Which one.
    pub migration: Migration,
    /// How many have run before it.
    pub done: usize,
    /// How many there are to run.
    pub all: usize,
}

/// One at a time. The lock is held over all of them, so what is told to have run was run here.
async fn migrate(
    conn: &mut PgConnection,
    mut watch: impl FnMut(MigrationStep) + Send,
) -> Result<Vec<Migration>> {
    let table = &MIGRATOR.table_name;
    conn.lock().await.map_err(Error::internal)?;
    conn.ensure_migrations_table(table)
        .await
        .map_err(Error::internal)?;
    let applied = conn
        .list_applied_migrations(table)
        .await
        .map_err(Error::internal)?;
    let is_missing = |version| applied.iter().all(|known| known.version != version);
    let missing: Vec<Migration> = MIGRATOR
        .iter()
        .filter(|migration| is_missing(migration.version))
        .map(|migration| Migration {
            version: migration.version,
            description: migration.description.to_string(),
        })
        .collect();
    for (done, migration) in missing.iter().enumerate() {
        watch(MigrationStep {
            migration: migration.clone(),
            done,
            all: missing.len(),
        });
        MIGRATOR
            .run_to(migration.version, &mut *conn)
            .await
            .map_err(Error::internal)?;
    }
    // Whether those of before are the ones we know.
    MIGRATOR.run(&mut *conn).await.map_err(Error::internal)?;
    Ok(missing)
}

/// Let the statements of this transaction take a minute: all of a kind is moved at once, or a whole desk is written.
pub async fn allow_a_minute(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("set local statement_timeout = '60s'")
        .execute(conn)
        .await?;
    Ok(())
}

/// Begin a part of this transaction that may be undone alone. It ends with [`release`] or [`roll_back`]; none begins in
/// another one.
pub async fn savepoint(conn: &mut PgConnection) -> Result<()> {
    conn.execute("savepoint part").await?;
    Ok(())
}

/// Keep what was done since [`savepoint`].
pub async fn release(conn: &mut PgConnection) -> Result<()> {
    conn.execute("release savepoint part").await?;
    Ok(())
}

/// Undo what was done since [`savepoint`], even after a statement that failed.
pub async fn roll_back(conn: &mut PgConnection) -> Result<()> {
    conn.execute("rollback to savepoint part").await?;
    release(conn).await
}

/// See [`Db::listen_for_rights`].
#[derive(Debug)]
pub struct RightsListener(PgListener);

impl RightsListener {
    /// Wait for the next change, or for a break of the connection in which one may have been missed.
    pub async fn change(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        Ok(())
    }
}

/// See [`Db::listen_for_events`].
#[derive(Debug)]
pub struct EventListener(PgListener);

/// What a listener heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There are new events.
    Events,
    /// Somebody's rights have changed.
    Rights,
    /// The connection was lost, and is there again: anything may have been missed.
    Break,
}

impl EventListener {
    /// Wait for what is told next. Errors: the connection is lost; the next call tries to make it again.
    pub async fn next(&mut self) -> Result<Heard> {
        Ok(match self.0.try_recv().await? {
            Some(told) if told.channel() == RIGHTS => Heard::Rights,
            Some(_) => Heard::Events,
            None => Heard::Break,
        })
    }
}

/// A statement must have touched exactly the rows it was meant for.
pub trait ExpectRows {
    /// Fail, so that the transaction is rolled back, unless `n` rows were touched.
    fn expect_rows(self, n: u64) -> Result<()>;
}

impl ExpectRows for PgQueryResult {
    fn expect_rows(self, n: u64) -> Result<()> {
        if self.rows_affected() == n {
            Ok(())
        } else {
            Err(Error::internal(format!(
                "{} rows touched instead of {n}",
                self.rows_affected()
            )))
        }
    }
}
