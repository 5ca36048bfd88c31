//! Storing mail that has come in, and taking it to read it.

use serde_json::json;
use sqlx::PgConnection;

use super::{IncomingMailId, NewIncoming, Queued, Stored, identity, repo};
use crate::db;
use crate::error::Result;
use crate::queue::{self, NewJob};

/// The kind of the job that reads a mail; its payload is `{"mail_id": …}`.
pub const JOB: &str = "read_mail";

/// From this size on a mail takes a while to be written.
const LARGE: usize = 1024 * 1024;

/// Store a mail as it came, and have it read after the commit: only then may it be marked as seen where it came from.
/// Stored a second time it is known, so that whoever is not sure may try again.
///
/// The same place in a mailbox with the same Message-ID is the same mail, though a server may write its bytes in
/// another way; so are the same bytes of one mailbox in another place. Another mail in a place that was used before is
/// stored.
pub async fn store(conn: &mut PgConnection, new: &NewIncoming) -> Result<Stored> {
    if new.raw.len() > LARGE {
        db::allow_a_minute(conn).await?;
    }
    let identity = identity::of(&new.raw);
    loop {
        if let Some(known) = repo::find_known(conn, new, &identity).await? {
            return Ok(Stored::Known(known));
        }
        // None: another transaction stored it between the two statements; the first now sees it.
        if let Some(id) = repo::insert(conn, new, &identity).await? {
            queue::add(conn, NewJob::new(JOB, json!({ "mail_id": id }))).await?;
            return Ok(Stored::New(id));
        }
    }
}

/// A mail that waits to be read; none: something became of it already.
pub async fn to_read(conn: &mut PgConnection, id: IncomingMailId) -> Result<Option<Queued>> {
    repo::find_queued(conn, id).await
}

/// Lock a mail that waits to be read until the transaction ends; false: something became of it already.
pub async fn lock_queued(conn: &mut PgConnection, id: IncomingMailId) -> Result<bool> {
    repo::lock_queued(conn, id).await
}

/// Let the mails of one sender be decided about one after the other, until the transaction ends: how many tickets he
/// has opened decides about the next.
pub async fn lock_sender(conn: &mut PgConnection, address: &str) -> Result<()> {
    repo::lock_sender(conn, &address.to_lowercase()).await
}
