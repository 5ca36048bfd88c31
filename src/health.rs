//! How what the desk depends on does: kept in the database, so that all servers know and the log is told once.

use chrono::{DateTime, Utc};

use crate::domain::health::{self, News, Outcome};
use crate::domain::{Db, Result};

/// Report how the use of something went: `key` names it (`mail`, `mailbox 3`, `webhook 7`), `outcome` says why it failed.
///
/// To be called after each use, outside any transaction. A report that cannot be written fails nobody.
pub async fn report(db: &Db, now: DateTime<Utc>, key: &str, outcome: Outcome<'_>) {
    match write(db, now, key, outcome).await {
        Ok(Some(News::Fails { since, reason })) => {
            tracing::warn!(key, %since, reason, "it does not work");
        }
        Ok(Some(News::Works { failed_since })) => {
            tracing::info!(key, %failed_since, "it works again");
        }
        Ok(None) => {}
        Err(error) => tracing::debug!(key, %error, "a condition could not be reported"),
    }
}

async fn write(
    db: &Db,
    now: DateTime<Utc>,
    key: &str,
    outcome: Outcome<'_>,
) -> Result<Option<News>> {
    let is_news = {
        let mut conn = db.read().await?;
        health::is_news(&mut conn, now, key, outcome).await?
    };
    if !is_news {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    let news = health::note(&mut tx, now, key, outcome).await?;
    tx.commit().await?;
    Ok(news)
}
