//! What one installation is: its identity and the shared secret of its tokens. One row, made on first use.

use std::fmt::Write;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The installation, as every server on its database sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its identity: the issuer of its tokens.
    pub id: Uuid,
    /// Part of the key of its tokens: a change ends every token.
    pub shared_secret: String,
    /// Raised with each change of the shared secret, so that an old secret set again revives no token.
    pub token_epoch: i32,
}

/// The installation; made, with a random shared secret, when there is none yet. True: it was made just now.
pub async fn load_or_create(conn: &mut PgConnection) -> Result<(Instance, bool)> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    let mut secret = String::with_capacity(64);
    for byte in bytes {
        write!(secret, "{byte:02x}").map_err(Error::internal)?;
    }
    // Several servers may start at once: one of them makes the row.
    let made = sqlx::query!(
        "insert into instance (shared_secret) values ($1)
             on conflict on constraint instance_singleton_key do nothing",
        secret,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    Ok((load(conn).await?, made == 1))
}

/// The installation as it is now. Errors: nobody made it yet.
pub async fn load(conn: &mut PgConnection) -> Result<Instance> {
    Ok(sqlx::query_as!(
        Instance,
        "select id, shared_secret, token_epoch from instance"
    )
    .fetch_one(conn)
    .await?)
}
