//! What was fetched from where. The row is written in the transaction that stores the mail.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::MailboxId;
use crate::incoming_mail::{self, NewIncoming, Stored};

/// A mail that was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// Its size as the server said.
    pub size: u32,
    /// All of it was stored, not only its headers.
    pub is_whole: bool,
}

/// A mail that was stored, of which its server was not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its UID.
    pub uid: u32,
    /// All of it was stored, not only its headers.
    pub is_whole: bool,
}

/// Record that a mail was fetched, beside its storing.
pub async fn record(
    conn: &mut PgConnection,
    mailbox: MailboxId,
    uid_validity: u32,
    fetched: Fetched,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into fetched_mail (mailbox_id, uid_validity, uid, size, is_whole, fetched_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (mailbox_id, uid_validity, uid) do update
         set size = excluded.size, is_whole = excluded.is_whole, is_settled = false, fetched_at = excluded.fetched_at",
        mailbox.0,
        i64::from(uid_validity),
        i64::from(fetched.uid),
        i64::from(fetched.size),
        fetched.is_whole,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update mailboxes set last_message_at = $2 where id = $1",
        mailbox.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of these UIDs that were fetched, each with the size that its server told then.
pub async fn known_uids(
    conn: &mut PgConnection,
    mailbox: MailboxId,
    uid_validity: u32,
    uids: &[u32],
) -> Result<Vec<(u32, u32)>> {
    let uids: Vec<i64> = uids.iter().map(|uid| i64::from(*uid)).collect();
    let rows = sqlx::query!(
        "select uid, size from fetched_mail where mailbox_id = $1 and uid_validity = $2 and uid = any ($3)",
        mailbox.0,
        i64::from(uid_validity),
        &uids,
    )
    .fetch_all(conn)
    .await?;
    let known = rows
        .into_iter()
        .filter_map(|row| Some((u32::try_from(row.uid).ok()?, u32::try_from(row.size).ok()?)));
    Ok(known.collect())
}

/// The mails that were stored and of which their server was not told yet, by UID.
pub async fn unsettled(
    conn: &mut PgConnection,
    mailbox: MailboxId,
    uid_validity: u32,
) -> Result<Vec<Unsettled>> {
    let rows = sqlx::query!(
        "select uid, is_whole
         from fetched_mail
         where mailbox_id = $1 and uid_validity = $2 and not is_settled
         order by uid",
        mailbox.0,
        i64::from(uid_validity),
    )
    .fetch_all(conn)
    .await?;
    let unsettled = rows.into_iter().filter_map(|row| {
        Some(Unsettled {
            uid: u32::try_from(row.uid).ok()?,
            is_whole: row.is_whole,
        })
    });
    Ok(unsettled.collect())
}

/// The server was told of these.
pub async fn settled(
    conn: &mut PgConnection,
    mailbox: MailboxId,
    uid_validity: u32,
    uids: &[u32],
) -> Result<()> {
    let uids: Vec<i64> = uids.iter().map(|uid| i64::from(*uid)).collect();
    sqlx::query!(
        "update fetched_mail set is_settled = true
         where mailbox_id = $1 and uid_validity = $2 and uid = any ($3)",
        mailbox.0,
        i64::from(uid_validity),
        &uids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Store what could be had of a mail, for a person to look at: it is too large, or its server does not give it.
pub async fn store_incomplete(
    conn: &mut PgConnection,
    new: &NewIncoming,
    reason: &str,
    detail: &str,
) -> Result<Stored> {
    let stored = incoming_mail::store(&mut *conn, new).await?;
    if let Stored::New(id) = stored {
        sqlx::query!(
            "update incoming_mail set state = 'quarantined', reason = $2, detail = $3 where id = $1",
            id.0,
            reason,
            detail,
        )
        .execute(conn)
        .await?;
    }
    Ok(stored)
}
