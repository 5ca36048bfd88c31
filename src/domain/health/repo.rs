//! The SQL of conditions.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Condition, State};
use crate::db::ExpectRows;
use crate::error::Result;

/// What is stored of one.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) since: DateTime<Utc>,
    pub(super) message: Option<String>,
    pub(super) last_seen: DateTime<Utc>,
    pub(super) is_logged: bool,
    pub(super) logged_at: Option<DateTime<Utc>>,
}

/// One of them.
pub(super) async fn find(conn: &mut PgConnection, key: &str) -> Result<Option<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"select state as "state: State", since, message, last_seen, is_logged, logged_at
        from conditions
        where key = $1"#,
        key,
    )
    .fetch_optional(conn)
    .await?)
}

/// The first that is heard of it.
pub(super) async fn insert_ok(
    conn: &mut PgConnection,
    key: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into conditions (key, state, since, last_seen) values ($1, 'ok', $2, $2)
        on conflict on constraint conditions_pkey do nothing",
        key,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One of them, which nobody else changes until the end of the transaction.
pub(super) async fn lock(conn: &mut PgConnection, key: &str) -> Result<Row> {
    Ok(sqlx::query_as!(
        Row,
        r#"select state as "state: State", since, message, last_seen, is_logged, logged_at
        from conditions
        where key = $1
        for update"#,
        key,
    )
    .fetch_one(conn)
    .await?)
}

/// Write one anew.
pub(super) async fn update(conn: &mut PgConnection, key: &str, row: &Row) -> Result<()> {
    let state = match row.state {
        State::Ok => "ok",
        State::Failing => "failing",
    };
    sqlx::query!(
        "update conditions
        set state = $2, since = $3, message = $4, last_seen = $5, is_logged = $6, logged_at = $7
        where key = $1",
        key,
        state,
        row.since,
        row.message,
        row.last_seen,
        row.is_logged,
        row.logged_at,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// All of them.
pub(super) async fn list(conn: &mut PgConnection) -> Result<Vec<Condition>> {
    Ok(sqlx::query_as!(
        Condition,
        r#"select key, state as "state: State", since, message, last_seen
        from conditions
        order by key"#,
    )
    .fetch_all(conn)
    .await?)
}

/// Nothing is known of it any more.
pub(super) async fn delete(conn: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query!("delete from conditions where key = $1", key)
        .execute(conn)
        .await?;
    Ok(())
}
