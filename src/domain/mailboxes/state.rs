//! How mailboxes are, and up to where they were read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{AfterReading, CHANNEL, Mailbox, OAuth2, Security};
use crate::access::staff;
use crate::actor::Actor;
use crate::db::ExpectRows;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, MailboxId};

/// How a mailbox is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailboxState {
    /// It has a password.
    pub has_password: bool,
    /// It has a refresh token.
    pub has_refresh_token: bool,
    /// When its server was last asked for mail, and answered.
    #[schema(required = true)]
    pub last_checked_at: Option<DateTime<Utc>>,
    /// When its last mail was fetched.
    #[schema(required = true)]
    pub last_message_at: Option<DateTime<Utc>>,
    /// Since when it does not work; null: it works, or was never tried.
    #[schema(required = true)]
    pub failing_since: Option<DateTime<Utc>>,
    /// How often it failed since then.
    pub failures: i32,
    /// Why it fails.
    #[schema(required = true)]
    pub last_error: Option<String>,
    /// When it is tried again.
    #[schema(required = true)]
    pub next_try_at: Option<DateTime<Utc>>,
}

/// How a mailbox is. For administrators.
pub async fn find_state(
    conn: &mut PgConnection,
    actor: &Actor,
    id: MailboxId,
) -> Result<MailboxState> {
    staff::require_admin(actor)?;
    sqlx::query_as!(
        MailboxState,
        r#"select password is not null as "has_password!", oauth2_refresh_token is not null as "has_refresh_token!",
            last_checked_at, last_message_at, failing_since, failures, last_error, next_try_at
        from mailboxes
        where id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("mailbox"))
}

/// Have a mailbox checked now. For administrators.
pub async fn ask_to_check(conn: &mut PgConnection, actor: &Actor, id: MailboxId) -> Result<()> {
    find_state(conn, actor, id).await?;
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, id.0.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The mailboxes whose mail is to be fetched, by id.
pub(super) async fn list_enabled(conn: &mut PgConnection) -> Result<Vec<Mailbox>> {
    let rows = sqlx::query!(
        r#"select id as "id: MailboxId", name, revision, category_id as "category: CategoryId", host, port,
            security as "security: Security", username, password, oauth2_token_url, oauth2_client_id,
            oauth2_client_secret, folder, after_reading as "after_reading: AfterReading",
            move_to_folder
        from mailboxes
        where enabled
        order by id"#,
    )
    .fetch_all(conn)
    .await?;
    let mailboxes = rows.into_iter().map(|row| Mailbox {
        id: row.id,
        name: row.name,
        revision: row.revision,
        category: row.category,
        host: row.host,
        port: u16::try_from(row.port).unwrap_or_default(),
        security: row.security,
        username: row.username,
        password: row.password,
        oauth2: row
            .oauth2_token_url
            .zip(row.oauth2_client_id)
            .map(|(token_url, client_id)| OAuth2 {
                token_url,
                client_id,
                client_secret: row.oauth2_client_secret,
            }),
        folder: row.folder,
        after_reading: row.after_reading,
        move_to_folder: row.move_to_folder,
    });
    Ok(mailboxes.collect())
}

/// Up to where a mailbox was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// UIDVALIDITY of the folder.
    pub uid_validity: u32,
    /// Whatever has a higher UID is new.
    pub last_uid: u32,
    /// When the folder was last looked into.
    pub checked_at: Option<DateTime<Utc>>,
}

/// Up to where a mailbox was read; none: nobody has looked into it yet.
pub async fn position(conn: &mut PgConnection, id: MailboxId) -> Result<Option<Position>> {
    let row = sqlx::query!(
        "select uid_validity, last_uid, last_checked_at from mailboxes where id = $1",
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    let position = row.and_then(|row| {
        Some(Position {
            uid_validity: u32::try_from(row.uid_validity?).ok()?,
            last_uid: u32::try_from(row.last_uid?).ok()?,
            checked_at: row.last_checked_at,
        })
    });
    Ok(position)
}

/// A mailbox was read up to this UID. Nothing happens to one that was changed since `revision`.
pub async fn move_position(
    conn: &mut PgConnection,
    id: MailboxId,
    revision: i64,
    uid_validity: u32,
    last_uid: u32,
) -> Result<()> {
    sqlx::query!(
        "update mailboxes set uid_validity = $3, last_uid = $4 where id = $1 and revision = $2",
        id.0,
        revision,
        i64::from(uid_validity),
        i64::from(last_uid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A mailbox was checked and works.
pub async fn checked(conn: &mut PgConnection, id: MailboxId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update mailboxes
         set last_checked_at = $2, failing_since = null, failures = 0, last_error = null, next_try_at = null
         where id = $1",
        id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A mailbox does not work.
pub async fn failed(
    conn: &mut PgConnection,
    id: MailboxId,
    now: DateTime<Utc>,
    error: &str,
    next_try_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update mailboxes
         set failing_since = coalesce(failing_since, $2), failures = least(failures, 1000000) + 1,
             last_error = left($3, 1000), next_try_at = $4
         where id = $1",
        id.0,
        now,
        error.replace('\0', ""),
        next_try_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The refresh token as it is by now, sealed: the token endpoint may have given another one since the mailbox was listed.
pub async fn refresh_token(conn: &mut PgConnection, id: MailboxId) -> Result<Option<String>> {
    let stored = sqlx::query_scalar!(
        "select oauth2_refresh_token from mailboxes where id = $1",
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(stored.flatten())
}

/// The token endpoint gave another refresh token. Nothing happens to a mailbox that was changed since `revision`.
pub async fn keep_refresh_token(
    conn: &mut PgConnection,
    id: MailboxId,
    revision: i64,
    sealed: &str,
) -> Result<()> {
    sqlx::query!(
        "update mailboxes set oauth2_refresh_token = $3 where id = $1 and revision = $2",
        id.0,
        revision,
        sealed,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}
