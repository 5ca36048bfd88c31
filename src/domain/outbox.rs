//! What happened. Rows are written in the transaction that changes the data. A relay gives each its position, in the
//! order of the commits, and adds a job for it; that job turns it into rule runs, mail and webhooks.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{RuleId, TicketId, UserId};
use crate::queue::{self, NewJob};

/// The kind of the job that handles an event.
pub const JOB: &str = "event";

/// The channel on which it is told how far the positions go, for live events.
pub const CHANNEL: &str = "ferrodesk_events";

/// How many events the relay takes at once.
const BATCH: i64 = 200;

/// How long events are kept: so long a client of live events may be away.
const KEPT: TimeDelta = TimeDelta::days(7);

/// By which rules something was caused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The event that began it.
    pub root: i64,
    /// The rules that ran, in order.
    pub rules: Vec<RuleId>,
    /// How many actions they have done.
    pub actions: u32,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its row.
    pub id: i64,
    /// Its place in the order of commits.
    pub position: i64,
    /// What happened: `ticket.created`.
    pub name: String,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// Who did it.
    pub actor: UserId,
    /// Numbers and flags; no texts.
    pub payload: Value,
    /// When.
    pub at: DateTime<Utc>,
    /// By which rules it was caused.
    pub chain: Option<Chain>,
}

/// Record an event. `event` is a fixed word such as `ticket.created`; `payload` holds ids and flags, no texts.
pub async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    event: &str,
    ticket: Option<TicketId>,
    payload: Value,
) -> Result<()> {
    sqlx::query!(
        "insert into outbox (event, ticket_id, actor_user_id, payload, created_at, chain)
        values ($1, $2, $3, $4, $5, $6)",
        event,
        ticket.map(|id| id.0),
        actor.user_id.0,
        payload,
        actor.now(),
        chain_of(actor)?,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Record the same event of many tickets, in one statement.
pub async fn record_each(
    conn: &mut PgConnection,
    actor: &Actor,
    event: &str,
    tickets: &[TicketId],
    payload: Value,
) -> Result<()> {
    let ids: Vec<i32> = tickets.iter().map(|ticket| ticket.0).collect();
    sqlx::query!(
        "insert into outbox (event, ticket_id, actor_user_id, payload, created_at, chain)
        select $2, id, $3, $4, $5, $6 from unnest($1::integer[]) id",
        &ids,
        event,
        actor.user_id.0,
        payload,
        actor.now(),
        chain_of(actor)?,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn chain_of(actor: &Actor) -> Result<Option<Value>> {
    let chain = actor.chain.as_ref().map(serde_json::to_value);
    chain.transpose().map_err(Error::internal)
}

/// Give the events nobody has been told of their positions, and add their jobs. One relay at a time over all servers: it
/// holds the row of the last position. Returns how many; false: there may be more.
///
/// Where nobody listens (no rule, no webhook, no mail), an event needs no job.
pub async fn relay(conn: &mut PgConnection, mail_on: bool) -> Result<(usize, bool)> {
    let last = sqlx::query_scalar!("select last_position from outbox_relay for update skip locked")
        .fetch_optional(&mut *conn)
        .await?;
    let Some(last) = last else {
        return Ok((0, true));
    };
    let heard = mail_on || somebody_listens(conn).await?;
    let told = sqlx::query!(
        r#"update outbox
        set position = $1 + untold.n, handled_at = case when $3 then null else now() end
        from (
            select id, row_number() over (order by id) as n
            from (select id from outbox where position is null order by id limit $2) batch
        ) untold
        where outbox.id = untold.id
        returning outbox.id, outbox.ticket_id, position as "position!""#,
        last,
        BATCH,
        heard,
    )
    .fetch_all(&mut *conn)
    .await?;
    let Some(newest) = told.iter().map(|event| event.position).max() else {
        return Ok((0, true));
    };
    sqlx::query!("update outbox_relay set last_position = $1", newest)
        .execute(&mut *conn)
        .await?;
    if heard {
        let mut told = told.iter().collect::<Vec<_>>();
        told.sort_by_key(|event| event.position);
        let jobs = told.iter().map(|event| {
            NewJob::new(JOB, json!({ "event_id": event.id }))
                .in_order_of(event.ticket_id.unwrap_or_default())
        });
        queue::add_all(conn, jobs.collect()).await?;
    }
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, newest.to_string())
        .fetch_one(conn)
        .await?;
    let all = i64::try_from(told.len()).is_ok_and(|count| count < BATCH);
    Ok((told.len(), all))
}

async fn somebody_listens(conn: &mut PgConnection) -> Result<bool> {
    let listens = sqlx::query_scalar!(
        r#"select exists (select from rules where enabled) or exists (select from webhooks where enabled) as "listens!""#
    );
    Ok(listens.fetch_one(conn).await?)
}

/// Take an event to handle it in this transaction. None: it was handled before.
pub async fn take(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<Option<Event>> {
    let row = sqlx::query!(
        r#"update outbox set handled_at = $2
        where id = $1 and handled_at is null and position is not null
        returning id, position as "position!", event, ticket_id, actor_user_id, payload, created_at, chain"#,
        id,
        now,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let chain = row.chain.map(serde_json::from_value);
    Ok(Some(Event {
        id: row.id,
        position: row.position,
        name: row.event,
        ticket: row.ticket_id.map(TicketId),
        actor: UserId(row.actor_user_id.unwrap_or_default()),
        payload: row.payload,
        at: row.created_at,
        chain: chain.transpose().map_err(Error::internal)?,
    }))
}

/// Forget what was handled long ago. Returns how many rows are gone: at most ten thousand at once.
pub async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from outbox where id in (
            select id from outbox
            where created_at < $1 and handled_at is not null
            order by id
            limit 10000
        )",
        now - KEPT,
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}
