//! The queue of jobs, as far as the domain adds to it and administrators look at it. `src/jobs` works it off.
//!
//! It is `graphile_worker`'s: its tables and functions lie in a schema of their own, which that library migrates. The
//! statements here are the only ones of ours that touch it; they are not checked at build time, because `.sqlx` knows
//! our own schema only. A job is added in the transaction that makes it necessary, so there is never one without the
//! other.

use chrono::{DateTime, Utc};
use graphile_worker_migrations::migrate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::postgres::{PgListener, PgRow};
use sqlx::{FromRow, PgConnection, PgPool, Row};
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};

/// How often a job is tried. With the library's pauses (the exponential function of the number of tries, at most six
/// hours) the last try is three days after the first.
const TRIES: i32 = 20;

/// Jobs of one ticket keep their order by sharing one of so many lanes. A lane a ticket would leave a row for each
/// ticket there ever was.
const LANES: i32 = 64;

/// A job to add.
#[derive(Clone, Debug)]
pub struct NewJob {
    kind: &'static str,
    payload: Value,
    lane: Option<String>,
    at: Option<DateTime<Utc>>,
    key: Option<String>,
}

impl NewJob {
    /// A job of this kind, to be done at once. The payload holds numbers of rows, never texts or secrets:
    /// administrators see it.
    #[must_use]
    pub fn new(kind: &'static str, payload: Value) -> Self {
        Self {
            kind,
            payload,
            lane: None,
            at: None,
            key: None,
        }
    }

    /// One after the other with all jobs of this lane, in the order in which they were added. Lanes are few and bear
    /// fixed names.
    #[must_use]
    pub fn lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// In the order of the jobs of this kind about the same ticket (or other object).
    #[must_use]
    pub fn in_order_of(self, id: i32) -> Self {
        let lane = lane_of(self.kind, id);
        self.lane(lane)
    }

    /// Not before this moment.
    #[must_use]
    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = Some(at);
        self
    }

    /// There is one job of this key at most: one that waits is replaced.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// The lane of jobs of a kind about an object.
#[must_use]
pub fn lane_of(kind: &str, id: i32) -> String {
    format!("{kind} {}", id.rem_euclid(LANES))
}

/// Add a job.
pub async fn add(conn: &mut PgConnection, job: NewJob) -> Result<()> {
    add_all(conn, vec![job]).await
}

/// Add jobs, in this order.
pub async fn add_all(conn: &mut PgConnection, jobs: Vec<NewJob>) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut kinds = Vec::with_capacity(jobs.len());
    let mut payloads = Vec::with_capacity(jobs.len());
    let mut lanes = Vec::with_capacity(jobs.len());
    let mut moments = Vec::with_capacity(jobs.len());
    let mut keys = Vec::with_capacity(jobs.len());
    for job in jobs {
        kinds.push(job.kind);
        payloads.push(job.payload);
        lanes.push(job.lane);
        moments.push(job.at);
        keys.push(job.key);
    }
    // Workers take the earliest first: the microseconds keep the order of those that are added together.
    sqlx::query(
        "select graphile_worker.add_jobs(array_agg((
            kind, payload::json, lane, coalesce(at, clock_timestamp()) + n * interval '1 microsecond', $6, key, 0, null
        )::graphile_worker.job_spec order by n))
        from unnest($1::text[], $2::jsonb[], $3::text[], $4::timestamptz[], $5::text[])
            with ordinality as job (kind, payload, lane, at, key, n)",
    )
    .bind(kinds)
    .bind(payloads)
    .bind(lanes)
    .bind(moments)
    .bind(keys)
    .bind(TRIES)
    .execute(conn)
    .await?;
    Ok(())
}

/// Bring the schema of the queue to what this version of the library needs.
pub(crate) async fn migrate_schema(pool: &PgPool) -> Result<()> {
    let database = graphile_worker_database::Database::from(pool);
    migrate(&database, "graphile_worker")
        .await
        .map_err(Error::internal)
}

/// Hear whenever jobs are added.
pub async fn listen(pool: &PgPool) -> Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("jobs:insert").await?;
    Ok(listener)
}

/// Say that a worker lives: one that is silent loses its jobs to others.
pub async fn worker_lives(pool: &PgPool, worker: &str) -> Result<()> {
    sqlx::query("select graphile_worker.worker_heartbeat($1)")
        .bind(worker)
        .execute(pool)
        .await?;
    Ok(())
}

/// Say that a worker has ended.
pub async fn worker_is_gone(pool: &PgPool, worker: &str) -> Result<()> {
    sqlx::query("select graphile_worker.worker_deregister($1)")
        .bind(worker)
        .execute(pool)
        .await?;
    Ok(())
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its first or its next try.
    Waiting,
    /// Is being done.
    Running,
    /// Given up.
    Failed,
}

impl JobState {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }
}

/// A job that is not done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is to be done: `send_mail`.
    pub kind: String,
    /// With what: numbers of rows.
    pub payload: Value,
    /// How far it is.
    pub state: JobState,
    /// How often it was tried.
    pub attempts: i32,
    /// How often it may be tried.
    pub max_attempts: i32,
    /// When it is tried next.
    pub run_at: DateTime<Utc>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Why the last try failed.
    #[schema(required = true)]
    pub last_error: Option<String>,
}

impl FromRow<'_, PgRow> for Job {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let state: &str = row.try_get("state")?;
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            payload: row.try_get("payload")?,
            state: match state {
                "running" => JobState::Running,
                "failed" => JobState::Failed,
                _ => JobState::Waiting,
            },
            attempts: i32::from(row.try_get::<i16, _>("attempts")?),
            max_attempts: i32::from(row.try_get::<i16, _>("max_attempts")?),
            run_at: row.try_get("run_at")?,
            created_at: row.try_get("created_at")?,
            last_error: row.try_get("last_error")?,
        })
    }
}

/// The jobs that are not done, the newest first, older than `before`. For administrators.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    kind: Option<&str>,
    state: Option<JobState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Job>> {
    staff::require_admin(actor)?;
    let jobs = sqlx::query_as(
        "select id, kind, payload, state, attempts, max_attempts, run_at, created_at, last_error
        from (
            select jobs.id, tasks.identifier as kind, jobs.payload, jobs.attempts, jobs.max_attempts, jobs.run_at,
                jobs.created_at, jobs.last_error,
                case when jobs.locked_at is not null then 'running'
                    when jobs.attempts >= jobs.max_attempts then 'failed' else 'waiting' end as state
            from graphile_worker._private_jobs jobs
            join graphile_worker._private_tasks tasks on tasks.id = jobs.task_id
        ) job
        where ($1::text is null or kind = $1) and ($2::text is null or state = $2)
            and ($3::bigint is null or id < $3)
        order by id desc
        limit $4",
    )
    .bind(kind)
    .bind(state.map(JobState::name))
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(jobs)
}

/// One job. For administrators. `NotFound`: there is none, or it is done.
pub async fn find(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<Job> {
    // The newest below the next number: itself, or another when it is gone.
    let newest = list(conn, actor, None, None, id.checked_add(1), 1).await?;
    newest
        .into_iter()
        .find(|job| job.id == id)
        .ok_or(Error::NotFound("job"))
}

/// Try a job now, as if it had never been tried. For administrators. Errors: it is being done just now.
pub async fn retry(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<()> {
    staff::require_admin(actor)?;
    let again = "update graphile_worker._private_jobs
        set attempts = 0, run_at = now(), last_error = null, updated_at = now()
        where id = $1 and locked_at is null";
    change(conn, actor, id, again, "job.retried").await?;
    sqlx::query(r#"select pg_notify('jobs:insert', '{"r":0,"count":1}')"#)
        .execute(conn)
        .await?;
    Ok(())
}

/// Take a job out, undone. For administrators. Errors: it is being done just now.
pub async fn discard(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<()> {
    staff::require_admin(actor)?;
    let gone = "delete from graphile_worker._private_jobs where id = $1 and locked_at is null";
    change(conn, actor, id, gone, "job.discarded").await
}

async fn change(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i64,
    statement: &'static str,
    action: &'static str,
) -> Result<()> {
    let job = find(conn, actor, id).await?;
    let changed = sqlx::query(statement).bind(id).execute(&mut *conn).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::conflict("id", "is being done just now"));
    }
    let entry = Entry {
        action,
        object_type: "job",
        object_id: i32::try_from(id).unwrap_or(i32::MAX),
        before: Some(serde_json::to_value(&job).map_err(Error::internal)?),
        after: None,
    };
    audit::record(conn, actor, entry).await
}

/// How the queue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueCounts {
    /// Jobs that wait for their first or next try.
    pub waiting: i64,
    /// Jobs that are being done.
    pub running: i64,
    /// Jobs that were given up.
    pub failed: i64,
    /// Since when the oldest job that is due waits.
    #[schema(required = true)]
    pub oldest_due_at: Option<DateTime<Utc>>,
    /// Events nobody has been told of yet.
    pub untold_events: i64,
}

/// Try now what waits for its next try; that try does not count among those that a job has. Returns how many jobs
/// that is.
pub async fn hasten(conn: &mut PgConnection, kind: &str) -> Result<u64> {
    let hastened = sqlx::query(
        "update graphile_worker._private_jobs jobs
        set run_at = now(), attempts = attempts - 1, updated_at = now()
        from graphile_worker._private_tasks tasks
        where tasks.id = jobs.task_id and tasks.identifier = $1 and jobs.locked_at is null
            and jobs.attempts between 1 and jobs.max_attempts - 1 and jobs.run_at > now()",
    )
    .bind(kind)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if hastened > 0 {
        sqlx::query(
            "select pg_notify('jobs:insert', json_build_object('r', 0, 'count', $1)::text)",
        )
        .bind(i64::try_from(hastened).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    }
    Ok(hastened)
}

/// How the queue stands.
pub async fn counts(conn: &mut PgConnection) -> Result<QueueCounts> {
    let row = sqlx::query(
        "select count(*) filter (where locked_at is null and attempts < max_attempts) as waiting,
            count(*) filter (where locked_at is not null) as running,
            count(*) filter (where locked_at is null and attempts >= max_attempts) as failed,
            min(run_at) filter (where is_available and run_at <= now()) as oldest_due_at,
            (select count(*) from outbox where position is null) as untold_events
        from graphile_worker._private_jobs",
    )
    .fetch_one(conn)
    .await?;
    Ok(QueueCounts {
        waiting: row.try_get("waiting")?,
        running: row.try_get("running")?,
        failed: row.try_get("failed")?,
        oldest_due_at: row.try_get("oldest_due_at")?,
        untold_events: row.try_get("untold_events")?,
    })
}
