//! The SQL of forgotten passwords.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::UserId;

/// Whom a request means.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) id: UserId,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) lang: String,
    pub(super) token_version: i32,
}

pub(super) async fn insert_request(
    conn: &mut PgConnection,
    login: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "insert into password_requests (login, requested_at) values ($1, $2) returning id",
        login,
        now,
    )
    .fetch_one(conn)
    .await?)
}

pub(super) async fn take_request(conn: &mut PgConnection, id: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "delete from password_requests where id = $1 returning login",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// The user of a name or an address, if he may enter and can be written to.
pub(super) async fn find_owner(conn: &mut PgConnection, login: &str) -> Result<Option<Owner>> {
    Ok(sqlx::query_as!(
        Owner,
        r#"select id as "id: UserId", username, email, first_name, last_name, lang, token_version
        from users
        where (lower(username) = lower($1) or lower(email) = lower($1)) and email <> ''
            and not disabled and deleted_at is null
        order by lower(email) = lower($1) desc
        limit 1
        for no key update"#,
        login,
    )
    .fetch_optional(conn)
    .await?)
}

/// How many links a user got.
pub(super) async fn count_since(
    conn: &mut PgConnection,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from outgoing_mail
        where user_id = $1 and kind = 'password_reset' and created_at > $2"#,
        user.0,
        since,
    )
    .fetch_one(conn)
    .await?)
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    token_hash: &[u8],
    owner: &Owner,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into password_resets (token_hash, user_id, token_version, email, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)",
        token_hash,
        owner.id.0,
        owner.token_version,
        owner.email,
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn is_good(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
            select from password_resets r join users u on u.id = r.user_id
            where r.token_hash = $1 and r.expires_at > $2 and u.token_version = r.token_version and u.email = r.email
                and not u.disabled and u.deleted_at is null) as "good!""#,
        token_hash,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Take a token out; its user, if it was good. Whoever else brings it waits, and finds it gone.
pub(super) async fn take(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"delete from password_resets r using users u
        where r.token_hash = $1 and r.expires_at > $2 and u.id = r.user_id and u.token_version = r.token_version
            and u.email = r.email and not u.disabled and u.deleted_at is null
        returning u.id as "id: UserId""#,
        token_hash,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn set_password(
    conn: &mut PgConnection,
    user: UserId,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update users
        set password_hash = $2, last_password_change_at = $3, token_version = token_version + 1
        where id = $1",
        user.0,
        password_hash,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

pub(super) async fn delete_of(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("delete from password_resets where user_id = $1", user.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn delete_expired(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "delete from password_resets where token_hash in (
            select token_hash from password_resets where expires_at < $1 limit 100 for update skip locked)",
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
