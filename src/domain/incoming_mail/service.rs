//! What is done with mail that has come in.

use sqlx::PgConnection;

use super::{NewIncoming, Stored, identity, repo};
use crate::db;
use crate::error::Result;

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
            return Ok(Stored::New(id));
        }
    }
}
