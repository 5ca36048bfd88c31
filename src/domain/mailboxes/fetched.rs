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

/// Record that a mail was fetched, beside its storing. False: an administrator has changed the mailbox since `revision`, so
/// what is known of its place may be that of another one; nothing may be stored.
pub async fn record(
    conn: &mut PgConnection,
    mailbox: MailboxId,
    revision: i64,
    uid_validity: u32,
    fetched: Fetched,
    now: DateTime<Utc>,
) -> Result<bool> {
    // Whoever changes it meanwhile waits.
    let current = sqlx::query!(
        "update mailboxes set last_message_at = $3 where id = $1 and revision = $2",
        mailbox.0,
        revision,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if current.rows_affected() == 0 {
        return Ok(false);
    }
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
    .execute(conn)
    .await?;
    Ok(true)
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

/// What is known of a mail of which not all could be had.
#[derive(Clone, Debug)]
pub struct Incomplete<'a> {
    /// Whom its header names.
    pub from_address: &'a str,
    /// What its header calls it.
    pub subject: &'a str,
    /// Why, in a word.
    pub reason: &'a str,
    /// Why, in a sentence.
    pub detail: &'a str,
}

/// Store what could be had of a mail, for a person to look at: it is too large, or its server does not give it.
pub async fn store_incomplete(
    conn: &mut PgConnection,
    new: &NewIncoming,
    known: &Incomplete<'_>,
) -> Result<Stored> {
    let stored = incoming_mail::store(&mut *conn, new).await?;
    if let Stored::New(id) = stored {
        sqlx::query!(
            "update incoming_mail
             set state = 'quarantined', reason = $2, detail = $3, from_address = $4, subject = left($5, 1000)
             where id = $1",
            id.0,
            known.reason,
            known.detail,
            known.from_address.replace('\0', ""),
            known.subject.replace('\0', ""),
        )
        .execute(conn)
        .await?;
    }
    Ok(stored)
}
