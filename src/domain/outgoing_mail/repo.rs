//! The SQL of outgoing mail.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{AutoSubmitted, Mail, MailFile, MailId, MailKind, NewMail};
use crate::error::Result;
use crate::ids::{AttachmentId, TicketId};
use crate::language::Language;

/// The longest Message-ID of somebody else that is repeated in our mails.
const FOREIGN_ID: usize = 500;

/// The Message-IDs that a mail about the ticket to this address comes after, oldest first: the one that all mails about
/// the ticket share, which is that of the mail that made it or of our first one, and the latest one of the two of them.
#[tracing::instrument(name = "db.outgoing_mail.thread", skip_all)]
pub(super) async fn thread(
    conn: &mut PgConnection,
    ticket: TicketId,
    address: &str,
) -> Result<Vec<String>> {
    let row = sqlx::query!(
        r#"select
            (select message_id from incoming_mail
                where ticket_id = $1 and state = 'ticket' and message_id <> '' order by id limit 1) as received,
            (select message_id from outgoing_mail where ticket_id = $1 order by id limit 1) as written,
            (select message_id from (
                (select message_id, received_at as at, 1 as later from incoming_mail
                    where ticket_id = $1 and state in ('ticket', 'comment') and message_id <> ''
                        and lower(from_address) = lower($2)
                    order by id desc limit 1)
                union all
                (select message_id, created_at, 0 from outgoing_mail
                    where ticket_id = $1 and lower(to_address) = lower($2)
                    order by id desc limit 1)
            ) exchanged order by at desc, later desc limit 1) as latest"#,
        ticket.0,
        address,
    )
    .fetch_one(conn)
    .await?;
    let received = row.received.filter(|id| is_plain(id));
    let mut thread: Vec<String> = received.or(row.written).into_iter().collect();
    let latest = row.latest.filter(|id| is_plain(id));
    if let Some(latest) = latest.filter(|latest| !thread.contains(latest)) {
        thread.push(latest);
    }
    Ok(thread)
}

/// Somebody else wrote it: only what is surely one word of a head is repeated.
fn is_plain(message_id: &str) -> bool {
    message_id.len() <= FOREIGN_ID
        && message_id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\'))
        && message_id.contains('@')
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    mail: &NewMail,
    message_id: &str,
    thread: &[String],
    now: DateTime<Utc>,
) -> Result<MailId> {
    let attachments: Vec<i32> = mail.attachments.iter().map(|id| id.0).collect();
    let id = sqlx::query_scalar!(
        "insert into outgoing_mail (created_at, kind, ticket_id, user_id, to_address, to_name, from_address, from_name,
            reply_to, subject, text_body, html_body, has_secret, message_id, in_reply_to, thread, language, attachment_ids,
            auto_submitted, unsubscribe_url)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        returning id",
        now,
        mail.kind.name(),
        mail.ticket.map(|id| id.0),
        mail.user.map(|id| id.0),
        mail.to_address,
        mail.to_name,
        mail.from_address,
        mail.from_name,
        mail.reply_to,
        mail.subject,
        mail.text,
        mail.html,
        mail.has_secret,
        message_id,
        thread.last(),
        thread,
        mail.language.tag(),
        &attachments,
        mail.auto_submitted.name(),
        mail.unsubscribe_url,
    )
    .fetch_one(conn)
    .await?;
    Ok(MailId(id))
}

/// A mail that waits, as it is stored.
#[derive(Debug)]
pub(super) struct Queued {
    /// The mail, without its files.
    pub(super) mail: Mail,
    /// Its texts are sealed.
    pub(super) has_secret: bool,
    /// There are files to send along.
    pub(super) has_files: bool,
}

/// A mail that waits.
#[tracing::instrument(name = "db.outgoing_mail.find", skip_all)]
pub(super) async fn find_queued(conn: &mut PgConnection, id: MailId) -> Result<Option<Queued>> {
    let row = sqlx::query!(
        r#"select kind as "kind: MailKind", ticket_id as "ticket_id: TicketId", to_address, to_name, from_address,
            from_name, reply_to, subject, text_body, html_body, has_secret, message_id, in_reply_to, thread,
            language as "language: Language", auto_submitted as "auto_submitted: AutoSubmitted", unsubscribe_url, attempts,
            created_at, attachment_ids <> '{}' as "has_files!"
        from outgoing_mail
        where id = $1 and state = 'queued'"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let mail = Mail {
            id,
            kind: row.kind,
            ticket: row.ticket_id,
            to_address: row.to_address,
            to_name: row.to_name,
            from_address: row.from_address,
            from_name: row.from_name,
            reply_to: row.reply_to,
            subject: row.subject,
            text: row.text_body,
            html: row.html_body,
            language: row.language,
            message_id: row.message_id,
            in_reply_to: row.in_reply_to,
            references: row.thread,
            files: vec![],
            auto_submitted: row.auto_submitted,
            unsubscribe_url: row.unsubscribe_url,
            attempts: row.attempts,
            created_at: row.created_at,
        };
        Queued {
            mail,
            has_secret: row.has_secret,
            has_files: row.has_files,
        }
    }))
}

/// The files of a mail, in their order.
pub(super) async fn files(conn: &mut PgConnection, id: MailId) -> Result<Vec<MailFile>> {
    Ok(sqlx::query_as!(
        MailFile,
        r#"select a.id as "id: AttachmentId", a.file_name, a.content_type, a.size, a.storage_key
        from outgoing_mail m
        cross join unnest(m.attachment_ids) with ordinality as sent (id, place)
        join attachments a on a.id = sent.id
        where m.id = $1
        order by sent.place"#,
        id.0,
    )
    .fetch_all(conn)
    .await?)
}

/// Servers took these mails.
pub async fn sent(conn: &mut PgConnection, ids: &[MailId], now: DateTime<Utc>) -> Result<()> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update outgoing_mail
        set state = 'sent', attempts = attempts + 1, sent_at = $2, next_attempt_at = null, last_error = null,
            text_body = case when has_secret then '' else text_body end,
            html_body = case when has_secret then null else html_body end
        where id = any($1) and state = 'queued'",
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A try failed; the next one is at `next`, as far as that is known.
pub async fn tried(
    conn: &mut PgConnection,
    id: MailId,
    error: &str,
    next: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "update outgoing_mail set attempts = attempts + 1, last_error = $2, next_attempt_at = $3
        where id = $1 and state = 'queued'",
        id.0,
        error,
        next,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The last try failed, or the mail is one that no server will ever take.
pub async fn failed(conn: &mut PgConnection, id: MailId, error: &str) -> Result<()> {
    sqlx::query!(
        "update outgoing_mail
        set state = 'failed', attempts = attempts + 1, last_error = $2, next_attempt_at = null
        where id = $1 and state = 'queued'",
        id.0,
        error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Let one transaction after the other decide about answers to an address.
pub(super) async fn lock_address(conn: &mut PgConnection, address: &str) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('answers to ' || lower($1), 0))",
        address,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was answered without a person.
#[derive(Debug)]
pub(super) struct Answers {
    /// About the ticket, ever.
    pub(super) of_ticket: i64,
    /// To the address, lately.
    pub(super) to_address: i64,
    /// Confirmations to the address, lately.
    pub(super) confirmations: i64,
}

pub(super) async fn answers(
    conn: &mut PgConnection,
    ticket: TicketId,
    address: &str,
    since: DateTime<Utc>,
) -> Result<Answers> {
    Ok(sqlx::query_as!(
        Answers,
        r#"select
            (select count(*) from outgoing_mail where ticket_id = $1 and auto_submitted = 'auto-replied') as "of_ticket!",
            count(*) as "to_address!",
            count(*) filter (where kind = 'confirmation') as "confirmations!"
        from outgoing_mail
        where lower(to_address) = lower($2) and created_at > $3 and auto_submitted = 'auto-replied'"#,
        ticket.0,
        address,
        since,
    )
    .fetch_one(conn)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_foreign_message_id_is_repeated_only_when_it_is_one_word() {
        assert!(is_plain("CAF=+x_1.2@mail.example"));
        for id in [
            "",
            "a",
            "a b@x",
            "a@x\r\nBcc: y@z",
            "a>@x",
            "é@x",
            &format!("{}@x", "a".repeat(500)),
        ] {
            assert!(!is_plain(id), "{id}");
        }
    }
}
