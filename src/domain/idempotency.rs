//! Creations that are sent twice and done once: a client that did not hear the answer sends the same key again.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::db::ExpectRows;
use crate::error::{Error, Result};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where the new object is.
    pub location: String,
    /// Its entity tag.
    pub etag: String,
    /// Its JSON.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Claim {
    /// Nothing: it is the caller's until the transaction ends, and others who bring it wait.
    First,
    /// The same request was answered before.
    Again(Answer),
    /// Another request brought it.
    Reused,
}

/// Claim a key of the actor for an operation and a body. What is older than a day is forgotten.
pub async fn claim(
    conn: &mut PgConnection,
    actor: &Actor,
    key: &str,
    operation: &str,
    request_hash: &[u8],
) -> Result<Claim> {
    forget(conn, actor.now()).await?;
    let claimed = sqlx::query!(
        "insert into idempotency_keys (user_id, key, operation, request_hash, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint idempotency_keys_pkey do nothing",
        actor.user_id.0,
        key,
        operation,
        request_hash,
        actor.now(),
    )
    .execute(&mut *conn)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Claim::First);
    }
    let row = sqlx::query!(
        "select operation, request_hash, location, etag, body from idempotency_keys where user_id = $1 and key = $2",
        actor.user_id.0,
        key,
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(|| Error::Unavailable("a key was forgotten while it was claimed".into()))?;
    if row.operation != operation || row.request_hash != request_hash {
        return Ok(Claim::Reused);
    }
    Ok(Claim::Again(Answer {
        location: row.location,
        etag: row.etag,
        body: row.body,
    }))
}

/// Keep the answer to the request that claimed the key in this transaction.
pub async fn keep(
    conn: &mut PgConnection,
    actor: &Actor,
    key: &str,
    answer: &Answer,
) -> Result<()> {
    sqlx::query!(
        "update idempotency_keys set location = $3, etag = $4, body = $5 where user_id = $1 and key = $2",
        actor.user_id.0,
        key,
        answer.location,
        answer.etag,
        answer.body,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Rows that another transaction is about to forget are left to it.
async fn forget(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "delete from idempotency_keys
         where (user_id, key) in (
             select user_id, key from idempotency_keys where created_at < $1 limit 100 for update skip locked)",
        now - KEPT,
    )
    .execute(conn)
    .await?;
    Ok(())
}
