//! The SQL of named tokens.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Presented, Scope, Token, TokenDraft, TokenHash, TokenKey};
use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::{TokenId, UserId};

/// Whom a token is made for; his row is locked until the transaction ends.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) disabled: bool,
    pub(super) token_version: i32,
}

/// A user who is not deleted.
pub(super) async fn lock_owner(conn: &mut PgConnection, user: UserId) -> Result<Option<Owner>> {
    Ok(sqlx::query_as!(
        Owner,
        "select disabled, token_version from users where id = $1 and deleted_at is null for no key update",
        user.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whether there is such a user.
pub(super) async fn owner_exists(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from users where id = $1 and deleted_at is null) as "exists!""#,
        user.0,
    )
    .fetch_one(conn)
    .await?)
}

/// The tokens of a user with an id above `after`, by id.
pub(super) async fn list(
    conn: &mut PgConnection,
    of: UserId,
    after: i32,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Token>> {
    Ok(sqlx::query_as!(
        Token,
        r#"select t.id as "id: TokenId", t.user_id as "user_id: UserId", t.label as name, t.scope as "scope: Scope",
            (t.revoked_at is null and coalesce(t.expires_at > $4, true) and t.token_version = u.token_version
                and t.token_epoch = i.token_epoch and not u.disabled) as "active!",
            t.created_at, t.expires_at, t.last_used_at, t.last_used_from, t.revoked_at
        from api_tokens t
        join users u on u.id = t.user_id
        cross join instance i
        where t.user_id = $1 and t.id > $2
        order by t.id
        limit $3"#,
        of.0,
        after,
        limit,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// A token by its number.
pub(super) async fn find(
    conn: &mut PgConnection,
    id: TokenId,
    now: DateTime<Utc>,
) -> Result<Option<Token>> {
    Ok(sqlx::query_as!(
        Token,
        r#"select t.id as "id: TokenId", t.user_id as "user_id: UserId", t.label as name, t.scope as "scope: Scope",
            (t.revoked_at is null and coalesce(t.expires_at > $2, true) and t.token_version = u.token_version
                and t.token_epoch = i.token_epoch and not u.disabled) as "active!",
            t.created_at, t.expires_at, t.last_used_at, t.last_used_from, t.revoked_at
        from api_tokens t
        join users u on u.id = t.user_id
        cross join instance i
        where t.id = $1"#,
        id.0,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Lock a token's row.
pub(super) async fn lock(conn: &mut PgConnection, id: TokenId) -> Result<()> {
    sqlx::query_scalar!("select id from api_tokens where id = $1 for update", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// How many tokens of a user open the API.
pub(super) async fn count_active(
    conn: &mut PgConnection,
    of: UserId,
    version: i32,
    epoch: i32,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
        from api_tokens
        where user_id = $1 and revoked_at is null and coalesce(expires_at > $4, true)
            and token_version = $2 and token_epoch = $3"#,
        of.0,
        version,
        epoch,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Store a new token.
pub(super) async fn insert(
    conn: &mut PgConnection,
    of: UserId,
    draft: &TokenDraft,
    hash: TokenHash,
    (version, key): (i32, &TokenKey),
    now: DateTime<Utc>,
) -> Result<TokenId> {
    Ok(sqlx::query_scalar!(
        r#"insert into api_tokens (token_hash, user_id, label, scope, expires_at, token_version, token_epoch, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        returning id as "id: TokenId""#,
        &hash.0,
        of.0,
        draft.name,
        draft.scope.as_str(),
        draft.expires_at,
        version,
        key.epoch,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// End a token.
pub(super) async fn set_revoked(
    conn: &mut PgConnection,
    id: TokenId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update api_tokens set revoked_at = $2 where id = $1",
        id.0,
        now
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// The token of a hash, unless it was revoked.
pub async fn find_by_hash(conn: &mut PgConnection, hash: TokenHash) -> Result<Option<Presented>> {
    Ok(sqlx::query_as!(
        Presented,
        r#"select id as "id: TokenId", user_id as "user_id: UserId", scope as "scope: Scope", token_version, expires_at
        from api_tokens
        where token_hash = $1 and revoked_at is null"#,
        &hash.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Those of these tokens that were not revoked.
pub async fn not_revoked(conn: &mut PgConnection, tokens: &[i32]) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select id from api_tokens where id = any ($1) and revoked_at is null",
        tokens,
    )
    .fetch_all(conn)
    .await?)
}
