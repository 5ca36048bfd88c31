//! Which server reads which mailbox, and what administrators change meanwhile.

use sqlx::postgres::PgListener;
use sqlx::{Connection, PgConnection};

use super::{CHANNEL, Mailbox, state};
use crate::db::Db;
use crate::error::Result;
use crate::ids::MailboxId;

/// Tells the locks of mailboxes from others: the first of their two numbers.
const LOCKS: i32 = 0x6d61_696c;

/// A connection that holds the locks of the mailboxes that this server reads, and an ear for changes. The locks go with
/// the connection.
#[derive(Debug)]
pub struct Watch {
    locks: PgConnection,
    ear: PgListener,
}

impl Watch {
    /// Begin.
    pub async fn open(db: &Db) -> Result<Self> {
        let ear = db.listen_to(CHANNEL).await?;
        Ok(Self {
            locks: db.session().await?,
            ear,
        })
    }

    /// The mailboxes whose mail is to be fetched. Errors: the locks may be lost.
    pub async fn list(&mut self) -> Result<Vec<Mailbox>> {
        state::list_enabled(&mut self.locks).await
    }

    /// Take a mailbox, unless another server has it.
    pub async fn try_lock(&mut self, id: MailboxId) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select pg_try_advisory_lock($1, $2) as "taken!""#,
            LOCKS,
            id.0,
        )
        .fetch_one(&mut self.locks)
        .await?)
    }

    /// Leave a mailbox to others.
    pub async fn unlock(&mut self, id: MailboxId) -> Result<()> {
        sqlx::query_scalar!("select pg_advisory_unlock($1, $2)", LOCKS, id.0)
            .fetch_one(&mut self.locks)
            .await?;
        Ok(())
    }

    /// Leave all mailboxes to others, who hear of it.
    pub async fn end(mut self) -> Result<()> {
        sqlx::query!(
            "select pg_advisory_unlock_all(), pg_notify($1, '')",
            CHANNEL
        )
        .fetch_one(&mut self.locks)
        .await?;
        self.locks.close().await?;
        Ok(())
    }

    /// Wait for word: a mailbox is to be checked now, or (none) something was changed.
    pub async fn told(&mut self) -> Result<Option<MailboxId>> {
        // None: the connection broke, and something may have been missed.
        let word = self.ear.try_recv().await?;
        let id = word.and_then(|word| word.payload().parse().ok());
        Ok(id.map(MailboxId))
    }
}
