//! What administrators decide about a mail that was given up, or still waits.

use serde_json::json;
use sqlx::PgConnection;

use super::{JOB, MailId, OutgoingMail, list};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};

/// Send a mail after all that failed or was taken out, as the same mail. For administrators. Errors: it waits, or was sent.
pub async fn retry(conn: &mut PgConnection, actor: &Actor, id: MailId) -> Result<OutgoingMail> {
    staff::require_admin(actor)?;
    let ticket = sqlx::query_scalar!(
        "update outgoing_mail
        set state = 'queued', attempts = 0, last_error = null
        where id = $1 and state in ('failed', 'discarded')
        returning ticket_id",
        id.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let mail = find(conn, actor, id).await?;
    let Some(ticket) = ticket else {
        return Err(Error::conflict("id", "is neither failed nor discarded"));
    };
    let job = NewJob::new(JOB, json!({ "mail_id": id }));
    let job = match ticket {
        Some(ticket) => job.in_order_of(ticket),
        None => job,
    };
    queue::add(conn, job).await?;
    record(conn, actor, "outgoing_mail.retried", &mail).await?;
    Ok(mail)
}

/// Take a mail out that was not sent: it never will be, unless it is tried again by hand. For administrators. Errors: it
/// was sent, or is out already.
pub async fn discard(conn: &mut PgConnection, actor: &Actor, id: MailId) -> Result<()> {
    staff::require_admin(actor)?;
    let done = sqlx::query!(
        "update outgoing_mail
        set state = 'discarded', next_attempt_at = null
        where id = $1 and state in ('queued', 'failed')",
        id.0,
    )
    .execute(&mut *conn)
    .await?;
    let mail = find(conn, actor, id).await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("id", "was sent, or is discarded already"));
    }
    record(conn, actor, "outgoing_mail.discarded", &mail).await
}

async fn find(conn: &mut PgConnection, actor: &Actor, id: MailId) -> Result<OutgoingMail> {
    // The newest below the next number: itself, or another when there is none.
    let newest = list(conn, actor, None, id.0.checked_add(1), 1).await?;
    newest
        .into_iter()
        .find(|mail| mail.id == id.0)
        .ok_or(Error::NotFound("mail"))
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    action: &'static str,
    mail: &OutgoingMail,
) -> Result<()> {
    let entry = Entry {
        action,
        object_type: "outgoing_mail",
        object_id: i32::try_from(mail.id).unwrap_or(i32::MAX),
        before: None,
        after: Some(json!({ "ticket_id": mail.ticket_id, "kind": mail.kind })),
    };
    audit::record(conn, actor, entry).await
}
