//! Deliveries on their way, and what their receivers made of them.
//!
//! A receiver that fails five times in a row is left alone: what comes for it waits without jobs, and one delivery is
//! tried now and then. When that one arrives, the others follow in their order. What has not arrived after three days is
//! given up, and can be replayed.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::queue::{self, NewJob};

/// The kind of the job that makes a delivery.
pub const JOB: &str = "deliver";
/// The kind of the job that tries a receiver that was left alone.
pub const PROBE: &str = "probe_webhook";

/// So many failures in a row, and a receiver is left alone.
const FAILURES: i32 = 5;
/// How long it is tried.
const PATIENCE: TimeDelta = TimeDelta::hours(72);
/// How many of those that waited are let go at once.
const BATCH: i64 = 500;
/// Deliveries of one receiver at a time: a slow one must not take all the workers.
const LANES: i32 = 4;

/// A delivery to write.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The webhook; none: a request of a rule.
    pub webhook: Option<i32>,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// What happened.
    pub event: String,
    /// Where it goes.
    pub url: String,
    /// Its verb.
    pub method: String,
    /// Its headers besides ours.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// What the receiver knows it by.
    pub message_id: String,
}

/// A delivery to make.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// The webhook; none: a request of a rule.
    pub webhook: Option<i32>,
    /// The ticket it is about.
    pub ticket: Option<i32>,
    /// Where it goes.
    pub url: String,
    /// Its verb.
    pub method: String,
    /// Its headers besides ours.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// What the receiver knows it by.
    pub message_id: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// The version of the secret.
    pub secret_version: i32,
    /// The secret of before signs as well.
    pub with_previous_secret: bool,
    /// Failures of its receiver in a row.
    pub failures: i32,
}

impl Delivery {
    /// A trial of a webhook: it stands in no log.
    #[must_use]
    pub fn trial(webhook: i32, url: &str, secret_version: i32, now: DateTime<Utc>) -> Self {
        let body = json!({ "type": "test", "timestamp": now, "data": { "webhook_id": webhook } });
        Self {
            id: 0,
            webhook: Some(webhook),
            ticket: None,
            url: url.to_owned(),
            method: "POST".to_owned(),
            headers: vec![],
            body: body.to_string(),
            message_id: format!("msg_test_{}", now.timestamp_millis()),
            attempts: 0,
            created_at: now,
            secret_version,
            with_previous_secret: false,
            failures: 0,
        }
    }

    /// Its receiver is left alone.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.failures >= FAILURES
    }
}

/// Write a delivery, and its job.
pub async fn insert(conn: &mut PgConnection, now: DateTime<Utc>, new: &NewDelivery) -> Result<()> {
    let headers = serde_json::to_value(&new.headers).map_err(Error::internal)?;
    let id = sqlx::query_scalar!(
        "insert into webhook_deliveries (created_at, event, url, webhook_id, ticket_id, message_id, method,
            headers, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        returning id",
        now,
        new.event,
        new.url,
        new.webhook,
        new.ticket.map(|id| id.0),
        new.message_id,
        new.method,
        headers,
        new.body,
    )
    .fetch_one(&mut *conn)
    .await?;
    let job = job(id, new.webhook, new.ticket.map(|id| id.0));
    queue::add(conn, job).await
}

fn job(id: i64, webhook: Option<i32>, ticket: Option<i32>) -> NewJob {
    let lane = ticket.unwrap_or_default().rem_euclid(LANES);
    let lane = match webhook {
        Some(webhook) => format!("webhook {webhook} {lane}"),
        None => format!("requests of rules {lane}"),
    };
    NewJob::new(JOB, json!({ "delivery_id": id })).lane(lane)
}

/// A delivery that waits. None: it was made, given up or taken out, or its webhook is disabled.
pub async fn load(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    id: i64,
) -> Result<Option<Delivery>> {
    let row = sqlx::query!(
        r#"select d.id, d.webhook_id, d.ticket_id, coalesce(w.url, d.url) as "url!", d.method, d.headers, d.body,
            d.message_id, d.attempts, d.created_at, coalesce(w.secret_version, 0) as "secret_version!",
            coalesce(w.previous_secret_until > $2, false) as "with_previous_secret!", coalesce(w.failures, 0) as "failures!"
        from webhook_deliveries d
        left join webhooks w on w.id = d.webhook_id
        where d.id = $1 and d.state = 'queued' and coalesce(w.enabled, true)"#,
        id,
        now,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Delivery {
        id: row.id,
        webhook: row.webhook_id,
        ticket: row.ticket_id,
        url: row.url,
        method: row.method,
        headers: serde_json::from_value(row.headers).map_err(Error::internal)?,
        body: row.body,
        message_id: row.message_id,
        attempts: row.attempts,
        created_at: row.created_at,
        secret_version: row.secret_version,
        with_previous_secret: row.with_previous_secret,
        failures: row.failures,
    }))
}

/// An earlier one about the same ticket to the same receiver waits: the order of a ticket's deliveries is kept.
pub async fn is_behind_another(conn: &mut PgConnection, delivery: &Delivery) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
            select from webhook_deliveries
            where webhook_id = $1 and ticket_id = $2 and id < $3 and state = 'queued'
        ) as "behind!""#,
        delivery.webhook,
        delivery.ticket,
        delivery.id,
    )
    .fetch_one(conn)
    .await?)
}

/// It arrived. Returns whether its receiver had been failing.
pub async fn delivered(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    delivery: &Delivery,
    (status, body): (u16, &str),
) -> Result<bool> {
    sqlx::query!(
        "update webhook_deliveries
        set state = 'delivered', attempts = attempts + 1, response_status = $2, response_body = $3, last_error = null,
            next_attempt_at = null, delivered_at = $4
        where id = $1 and state = 'queued'",
        delivery.id,
        i32::from(status),
        body,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let mut recovered = false;
    if delivery.failures > 0 {
        let reset = sqlx::query!(
            "update webhooks set failures = 0, failing_since = null, next_probe_at = null where id = $1 and failures > 0",
            delivery.webhook,
        )
        .execute(&mut *conn)
        .await?;
        recovered = reset.rows_affected() > 0 && delivery.is_parked();
    }
    if recovered || delivery.attempts > 0 {
        release(conn, delivery, recovered).await?;
    }
    Ok(recovered)
}

/// Give those that waited behind it their jobs again.
async fn release(conn: &mut PgConnection, delivery: &Delivery, all: bool) -> Result<()> {
    let waiting = sqlx::query!(
        "select id, ticket_id from webhook_deliveries
        where webhook_id = $1 and state = 'queued' and ($2 or ticket_id = $3 and next_attempt_at is null)
        order by id
        limit $4",
        delivery.webhook,
        all,
        delivery.ticket,
        BATCH,
    )
    .fetch_all(&mut *conn)
    .await?;
    let more = i64::try_from(waiting.len()).is_ok_and(|count| all && count == BATCH);
    let jobs = waiting
        .iter()
        .map(|row| job(row.id, delivery.webhook, row.ticket_id));
    queue::add_all(conn, jobs.collect()).await?;
    match delivery.webhook {
        // The rest follows by another probe.
        Some(webhook) if more => probe_now(conn, webhook).await,
        _ => Ok(()),
    }
}

/// Why a delivery did not arrive.
#[derive(Clone, Debug)]
pub struct Refused<'a> {
    /// In words.
    pub reason: &'a str,
    /// What the receiver answered, if it did.
    pub answer: Option<(u16, &'a str)>,
    /// Not before so long it wants to be asked again.
    pub wait: Option<TimeDelta>,
    /// It is of no use to try again.
    pub is_final: bool,
}

/// It did not arrive. Returns whether its receiver is left alone from now on.
pub async fn failed(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    delivery: &Delivery,
    refused: &Refused<'_>,
) -> Result<bool> {
    let gives_up = refused.is_final || now - delivery.created_at >= PATIENCE;
    let failures = match delivery.webhook {
        Some(webhook) => {
            sqlx::query_scalar!(
                "update webhooks set failures = failures + 1, failing_since = coalesce(failing_since, $2)
                where id = $1
                returning failures",
                webhook,
                now,
            )
            .fetch_optional(&mut *conn)
            .await?
        }
        None => None,
    };
    let parked = failures.is_some_and(|failures| failures >= FAILURES);
    let pause = pause(delivery.attempts).max(refused.wait.unwrap_or_default());
    let again = (!gives_up && !parked).then_some(now + pause);
    sqlx::query!(
        "update webhook_deliveries
        set state = case when $2 then 'failed' else 'queued' end, attempts = attempts + 1, response_status = $3,
            response_body = $4, last_error = $5, next_attempt_at = $6
        where id = $1 and state = 'queued'",
        delivery.id,
        gives_up,
        refused.answer.map(|(status, _)| i32::from(status)),
        refused.answer.map(|(_, body)| body),
        refused.reason,
        again,
    )
    .execute(&mut *conn)
    .await?;
    if let Some(again) = again {
        let job = job(delivery.id, delivery.webhook, delivery.ticket).at(again);
        queue::add(conn, job).await?;
    } else if gives_up && !parked {
        release(conn, delivery, false).await?;
    }
    if let (true, Some(webhook)) = (parked, delivery.webhook) {
        let failures = failures.unwrap_or(FAILURES);
        probe_at(conn, webhook, now + self::pause(failures - FAILURES)).await?;
    }
    Ok(parked && !delivery.is_parked())
}

/// The pause after so many tries.
fn pause(tries: i32) -> TimeDelta {
    match tries {
        i32::MIN..=0 => TimeDelta::seconds(5),
        1 => TimeDelta::seconds(30),
        2 => TimeDelta::minutes(5),
        3 => TimeDelta::minutes(30),
        4 => TimeDelta::hours(2),
        _ => TimeDelta::hours(5),
    }
}

/// Try a receiver that is left alone, if the time of its next trial has come.
pub async fn probe_if_due(conn: &mut PgConnection, now: DateTime<Utc>, webhook: i32) -> Result<()> {
    let due = sqlx::query_scalar!(
        r#"select coalesce(next_probe_at <= $2, true) as "due!" from webhooks where id = $1"#,
        webhook,
        now,
    );
    match due.fetch_optional(&mut *conn).await? {
        Some(true) => probe_now(conn, webhook).await,
        _ => Ok(()),
    }
}

/// Try a receiver that is left alone now.
pub async fn probe_now(conn: &mut PgConnection, webhook: i32) -> Result<()> {
    let job = NewJob::new(PROBE, json!({ "webhook_id": webhook }));
    queue::add(conn, job.key(format!("{PROBE} {webhook}"))).await
}

async fn probe_at(conn: &mut PgConnection, webhook: i32, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update webhooks set next_probe_at = $2 where id = $1",
        webhook,
        at,
    )
    .execute(&mut *conn)
    .await?;
    let job = NewJob::new(PROBE, json!({ "webhook_id": webhook })).at(at);
    queue::add(conn, job.key(format!("{PROBE} {webhook}"))).await
}

/// The delivery with which a receiver is tried: the oldest that waits. Those that have waited too long are given up.
pub async fn oldest(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    webhook: i32,
) -> Result<Option<i64>> {
    sqlx::query!(
        "update webhook_deliveries
        set state = 'failed', last_error = coalesce(last_error, 'the receiver failed for three days'), next_attempt_at = null
        where webhook_id = $1 and state = 'queued' and created_at < $2",
        webhook,
        now - PATIENCE,
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "select id from webhook_deliveries where webhook_id = $1 and state = 'queued' order by id limit 1",
        webhook,
    )
    .fetch_optional(conn)
    .await?)
}

/// The receiver says that it is gone for good: it is not told of anything more.
pub async fn disable(conn: &mut PgConnection, webhook: i32) -> Result<()> {
    sqlx::query!("update webhooks set enabled = false where id = $1", webhook)
        .execute(conn)
        .await?;
    Ok(())
}

/// Make a delivery once more, with the identifier it had. For administrators.
pub async fn replay(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<()> {
    staff::require_admin(actor)?;
    let row = sqlx::query!(
        "update webhook_deliveries
        set state = 'queued', attempts = 0, created_at = $2, last_error = null, next_attempt_at = null, delivered_at = null
        where id = $1
        returning webhook_id, ticket_id",
        id,
        actor.now(),
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound("delivery"))?;
    queue::add(conn, job(id, row.webhook_id, row.ticket_id)).await?;
    let entry = Entry {
        action: "webhook.replayed",
        object_type: "webhook_delivery",
        object_id: i32::try_from(id).unwrap_or(i32::MAX),
        before: None,
        after: None::<Value>,
    };
    audit::record(conn, actor, entry).await
}
