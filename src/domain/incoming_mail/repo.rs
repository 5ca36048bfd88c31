//! SQL of incoming mail.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::accept::Outcome;
use super::identity::Identity;
use super::{IncomingMail, IncomingMailId, IncomingState, NewIncoming, Queued};
use crate::access::incoming_mail::Visibility;
use crate::actor::Actor;
use crate::context::Context;
use crate::db::ExpectRows;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, StatusId, TicketId, UserId};

/// The same mail, if it is stored.
pub(super) async fn find_known(
    conn: &mut PgConnection,
    new: &NewIncoming,
    identity: &Identity,
) -> Result<Option<IncomingMailId>> {
    let known = sqlx::query_scalar!(
        "
        select id
        from incoming_mail
        where (mailbox_id = $1 and uid_validity = $2 and uid = $3 and identity = $4)
            or (coalesce(mailbox_id, 0) = coalesce($1, 0) and sha256 = $5)
        order by id
        limit 1
        ",
        new.mailbox.map(|mailbox| mailbox.0),
        new.place.map(|place| i64::from(place.uid_validity)),
        new.place.map(|place| i64::from(place.uid)),
        identity.key,
        identity.sha256,
    )
    .fetch_optional(conn)
    .await?;
    Ok(known.map(IncomingMailId))
}

/// A new mail; none when it is there.
pub(super) async fn insert(
    conn: &mut PgConnection,
    new: &NewIncoming,
    identity: &Identity,
) -> Result<Option<IncomingMailId>> {
    let id = sqlx::query_scalar!(
        "
        insert into incoming_mail (mailbox_id, uid_validity, uid, category_id, envelope_from, envelope_to, received_at,
            raw, size, sha256, message_id, identity)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict do nothing
        returning id
        ",
        new.mailbox.map(|mailbox| mailbox.0),
        new.place.map(|place| i64::from(place.uid_validity)),
        new.place.map(|place| i64::from(place.uid)),
        new.category.map(|category| category.0),
        new.envelope_from.as_deref().map(without_nul),
        &new.envelope_to.iter().map(|to| without_nul(to)).collect::<Vec<_>>(),
        new.received_at,
        new.raw,
        i32::try_from(new.raw.len()).map_err(Error::internal)?,
        identity.sha256,
        identity.message_id,
        identity.key,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(IncomingMailId))
}

/// PostgreSQL's text knows no NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A mail that waits to be read.
pub(super) async fn find_queued(
    conn: &mut PgConnection,
    id: IncomingMailId,
) -> Result<Option<Queued>> {
    let row = sqlx::query!(
        r#"
        select category_id as "category_id: CategoryId", envelope_from, received_at, raw
        from incoming_mail
        where id = $1 and state = 'queued'
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Queued {
        id,
        category: row.category_id,
        envelope_from: row.envelope_from,
        received_at: row.received_at,
        raw: row.raw,
    }))
}

/// Lock a mail that waits to be read; false when it does not.
pub(super) async fn lock_queued(conn: &mut PgConnection, id: IncomingMailId) -> Result<bool> {
    let found = sqlx::query_scalar!(
        "select id from incoming_mail where id = $1 and state = 'queued' for update",
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Lock a mail.
pub(super) async fn lock(conn: &mut PgConnection, id: IncomingMailId) -> Result<()> {
    sqlx::query_scalar!(
        "select id from incoming_mail where id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// One after the other for each sender.
pub(super) async fn lock_sender(conn: &mut PgConnection, address: &str) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtext('incoming_mail.sender'), hashtext($1))",
        address,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The desk's own addresses, in lower case: of categories, of mailboxes, and what mail is sent from.
pub(super) async fn own_addresses(conn: &mut PgConnection) -> Result<Vec<String>> {
    let addresses = sqlx::query_scalar!(
        r#"
        select lower(address) as "address!"
        from (
            select from_address as address from categories
            union
            select address from mailboxes
            union
            select value ->> 'from_address' from settings where name = 'mail'
        ) own
        where coalesce(address, '') <> ''
        "#,
    )
    .fetch_all(conn)
    .await?;
    Ok(addresses)
}

/// Whether a ticket is closed; none: there is no such ticket.
pub(super) async fn ticket_exists(
    conn: &mut PgConnection,
    ticket: TicketId,
) -> Result<Option<bool>> {
    let closed = sqlx::query_scalar!(
        r#"select status_id = $2 as "closed!" from tickets where id = $1"#,
        ticket.0,
        StatusId::CLOSED.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(closed)
}

/// The tickets that mails with these Message-IDs opened or were added to.
pub(super) async fn tickets_of_mails(
    conn: &mut PgConnection,
    message_ids: &[String],
) -> Result<Vec<TicketId>> {
    let tickets = sqlx::query_scalar!(
        r#"
        select distinct ticket_id as "ticket_id!: TicketId"
        from incoming_mail
        where message_id = any($1) and message_id <> '' and ticket_id is not null
        order by 1
        limit 10
        "#,
        message_ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(tickets)
}

/// How many tickets the mails of a sender have opened since then.
pub(super) async fn tickets_opened_since(
    conn: &mut PgConnection,
    address: &str,
    since: DateTime<Utc>,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from incoming_mail
        where lower(from_address) = lower($1) and state = 'ticket' and read_at > $2
        "#,
        address,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Whether another mail of a sender was quarantined for this reason since then.
pub(super) async fn was_quarantined_since(
    conn: &mut PgConnection,
    except: IncomingMailId,
    address: &str,
    reason: &str,
    since: DateTime<Utc>,
) -> Result<bool> {
    let was = sqlx::query_scalar!(
        r#"
        select exists (
            select from incoming_mail
            where lower(from_address) = lower($1) and reason = $2 and read_at > $3 and id <> $4
        ) as "was!"
        "#,
        address,
        reason,
        since,
        except.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(was)
}

/// The category itself; without one, the first that takes tickets of everybody.
pub(super) async fn category(
    conn: &mut PgConnection,
    category: Option<CategoryId>,
) -> Result<Option<CategoryId>> {
    if category.is_some() {
        return Ok(category);
    }
    let first = sqlx::query_scalar!(
        r#"
        select id as "id: CategoryId"
        from categories
        where not disabled and not kb_only and not for_techs_only and not for_specific_users
        order by id
        limit 1
        "#,
    )
    .fetch_optional(conn)
    .await?;
    Ok(first)
}

/// The users with these addresses, which are in lower case; in the order of the addresses.
pub(super) async fn users_by_addresses(
    conn: &mut PgConnection,
    addresses: &[String],
) -> Result<Vec<UserId>> {
    let users = sqlx::query_scalar!(
        r#"
        select u.id as "id: UserId"
        from users u
        join unnest($1::text[]) with ordinality as named (address, place) on lower(u.email) = named.address
        where u.email <> '' and u.deleted_at is null and not u.disabled
        order by named.place
        "#,
        addresses,
    )
    .fetch_all(conn)
    .await?;
    Ok(users)
}

/// Write down what became of a mail.
pub(super) async fn settle(
    conn: &mut PgConnection,
    context: &Context,
    id: IncomingMailId,
    (address, subject): (&str, &str),
    outcome: &Outcome,
) -> Result<()> {
    sqlx::query!(
        "
        update incoming_mail
        set state = $2, reason = $3, detail = $4, ticket_id = $5, comment_id = $6, user_id = $7, from_address = $8,
            subject = $9, read_at = $10
        where id = $1
        ",
        id.0,
        outcome.state.unwrap_or(IncomingState::Quarantined).name(),
        outcome.reason.as_ref().map(|reason| reason.word),
        outcome.reason.as_ref().map(|reason| without_nul(&reason.sentence)),
        outcome.ticket.map(|ticket| ticket.0),
        outcome.comment.map(|comment| comment.0),
        outcome.user.map(|user| user.0),
        without_nul(address),
        without_nul(subject),
        context.now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// It is nothing for the desk.
pub(super) async fn discard(conn: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!(
        "update incoming_mail set state = 'ignored', reason = 'discarded', detail = 'Somebody discarded the mail.'
        where id = $1",
        id,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Who decided about a mail.
pub(super) async fn set_decided(conn: &mut PgConnection, id: i64, actor: &Actor) -> Result<()> {
    sqlx::query!(
        "update incoming_mail set decided_by_user_id = $2, decided_at = $3 where id = $1",
        id,
        actor.user_id.0,
        actor.now(),
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Mail, the newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    visible: &Visibility,
    state: Option<IncomingState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<IncomingMail>> {
    Ok(sqlx::query_as!(
        IncomingMail,
        r#"
        select id, received_at, mailbox_id, category_id, from_address, subject, message_id, size,
            state as "state: IncomingState", reason, detail, ticket_id, comment_id, user_id, read_at,
            decided_by_user_id, decided_at
        from incoming_mail
        where ($1::integer[] is null or category_id = any($1))
            and ($2::text is null or state = $2)
            and ($3::bigint is null or id < $3)
        order by id desc
        limit $4
        "#,
        visible.categories(),
        state.map(IncomingState::name),
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// One mail.
pub(super) async fn find(
    conn: &mut PgConnection,
    id: IncomingMailId,
) -> Result<Option<IncomingMail>> {
    Ok(sqlx::query_as!(
        IncomingMail,
        r#"
        select id, received_at, mailbox_id, category_id, from_address, subject, message_id, size,
            state as "state: IncomingState", reason, detail, ticket_id, comment_id, user_id, read_at,
            decided_by_user_id, decided_at
        from incoming_mail
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// The bytes of a mail.
pub(super) async fn raw(conn: &mut PgConnection, id: IncomingMailId) -> Result<Option<Vec<u8>>> {
    Ok(
        sqlx::query_scalar!("select raw from incoming_mail where id = $1", id.0)
            .fetch_optional(conn)
            .await?,
    )
}
