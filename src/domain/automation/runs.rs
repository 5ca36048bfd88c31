//! What rules did, for administrators, for thirty days. Only runs whose conditions held are recorded, and those that
//! failed: of 5,000 rules on each event, nobody wants to read that they had nothing to do.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{RuleId, TicketId};

/// How long runs are kept.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How many are forgotten at once.
const BATCH: i64 = 10_000;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RuleRunResult)]
pub enum RunResult {
    /// The conditions held, and there was nothing to do.
    Matched,
    /// All actions were done.
    Done,
    /// An action failed, and nothing was done.
    Failed,
    /// The rule had run before for the same event.
    Stopped,
    /// Too many actions followed from one event: those that are left were not done, and the rule was disabled.
    ChainStopped,
}

impl RunResult {
    fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::ChainStopped => "chain_stopped",
        }
    }
}

/// A run of a rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleRun {
    /// Its number.
    pub id: i64,
    /// When it ran.
    pub created_at: DateTime<Utc>,
    /// The rule.
    pub rule_id: i32,
    /// What it was called then.
    pub rule_name: String,
    /// The ticket it was about.
    pub ticket_id: i32,
    /// The event it heard of.
    pub event_id: i64,
    /// The event that began it all: another one when rules caused the event.
    pub root_event_id: i64,
    /// What happened: `ticket.created`.
    pub event: String,
    /// How it ended.
    pub result: RunResult,
    /// How many actions were done.
    pub actions: i32,
    /// Why it failed or was stopped.
    #[schema(required = true)]
    pub problem: Option<String>,
    /// How long it took, in microseconds.
    pub duration_us: i32,
}

/// What a new entry holds.
pub(super) struct NewRun<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) rule: RuleId,
    pub(super) rule_name: &'a str,
    pub(super) ticket: TicketId,
    pub(super) event: i64,
    pub(super) root: i64,
    pub(super) event_name: &'a str,
    pub(super) result: RunResult,
    pub(super) actions: u32,
    pub(super) problem: Option<&'a str>,
    pub(super) took: Duration,
}

pub(super) async fn insert(conn: &mut PgConnection, run: &NewRun<'_>) -> Result<()> {
    sqlx::query!(
        "insert into rule_runs (created_at, rule_id, rule_name, ticket_id, event_id, root_event_id, event, result, actions,
            problem, duration_us)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        run.at,
        run.rule.0,
        run.rule_name,
        run.ticket.0,
        run.event,
        run.root,
        run.event_name,
        run.result.name(),
        i32::try_from(run.actions).unwrap_or(i32::MAX),
        run.problem,
        i32::try_from(run.took.as_micros()).unwrap_or(i32::MAX),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What followed from an event so far.
#[derive(Debug)]
pub(super) struct SoFar {
    pub(super) rules: Vec<RuleId>,
    pub(super) actions: u32,
    /// Nothing may follow any more.
    pub(super) stopped: bool,
}

/// What followed from the event that began a chain.
pub(super) async fn of_chain(conn: &mut PgConnection, root: i64) -> Result<SoFar> {
    let row = sqlx::query!(
        r#"select coalesce(array_agg(rule_id), '{}') as "rules!", coalesce(sum(actions), 0) as "actions!",
            coalesce(bool_or(result = 'chain_stopped'), false) as "stopped!"
        from rule_runs where root_event_id = $1"#,
        root,
    )
    .fetch_one(conn)
    .await?;
    Ok(SoFar {
        rules: row.rules.into_iter().map(RuleId).collect(),
        actions: u32::try_from(row.actions).unwrap_or(u32::MAX),
        stopped: row.stopped,
    })
}

/// Runs, the newest first, older than `before`: of this rule and about this ticket, where they are given. For
/// administrators.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    rule: Option<i32>,
    ticket: Option<i32>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<RuleRun>> {
    staff::require_admin(actor)?;
    Ok(sqlx::query_as!(
        RuleRun,
        r#"select id, created_at, rule_id, rule_name, ticket_id, event_id, root_event_id, event,
            result as "result: RunResult", actions, problem, duration_us
        from rule_runs
        where ($1::integer is null or rule_id = $1) and ($2::integer is null or ticket_id = $2)
            and ($3::bigint is null or id < $3)
        order by id desc
        limit $4"#,
        rule,
        ticket,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Forget old runs, and firings that nobody asks for any more. Returns how many are gone: a limited number at once.
pub async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let runs = sqlx::query!(
        "delete from rule_runs where id in (
            select id from rule_runs where created_at < $1 order by created_at limit $2
        )",
        now - KEPT,
        BATCH,
    )
    .execute(&mut *conn)
    .await?;
    // As long as an open ticket is due at that moment it may come up again.
    let firings = sqlx::query!(
        "delete from rule_firings f using (
            select f.ticket_id, f.rule_id, f.follows_from
            from rule_firings f
            join tickets t on t.id = f.ticket_id
            where f.fired_at < $1 and (t.status_id = 3 or t.due_date is distinct from f.follows_from)
            limit $2
        ) old
        where f.ticket_id = old.ticket_id and f.rule_id = old.rule_id and f.follows_from = old.follows_from",
        now - KEPT,
        BATCH,
    )
    .execute(conn)
    .await?;
    Ok(runs.rows_affected() + firings.rows_affected())
}
