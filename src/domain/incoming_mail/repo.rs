//! SQL of incoming mail.

use sqlx::PgConnection;

use super::identity::Identity;
use super::{IncomingMailId, NewIncoming};
use crate::error::{Error, Result};

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
