//! When and where named tokens were used: kept without a write for every request, and never while a client waits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::users::tokens::{self, Presented, TokenUse};
use crate::domain::{Db, Result};

use super::ClientAddress;

/// A token's last use is written at most this often, while it comes from where it came from before.
const USUAL: TimeDelta = TimeDelta::minutes(1);
/// Tokens, and pairs of a token and an address, that are remembered.
const MOST: u64 = 20_000;
/// Uses that wait to be written; more are dropped, the next call brings them again.
const WAITING: usize = 1_024;
/// Uses in one transaction.
const BATCH: usize = 256;

/// The uses on their way to the database.
#[derive(Debug)]
pub(super) struct TokenUses {
    seen: Seen,
    waiting: Sender<TokenUse>,
}

/// What went to be written.
#[derive(Clone, Debug)]
struct Seen {
    /// When, by token.
    last: Cache<i32, DateTime<Utc>>,
    /// From where, by token.
    places: Cache<(i32, String), ()>,
}

impl Seen {
    /// It was not written after all.
    fn forget(&self, each: &TokenUse) {
        self.last.invalidate(&each.token.0);
        self.places
            .invalidate(&(each.token.0, each.client_key.clone()));
    }
}

impl TokenUses {
    /// Start the task that writes; it ends with this.
    pub(super) fn start(db: Db) -> Self {
        let (waiting, received) = channel(WAITING);
        let seen = Seen {
            last: cache(),
            places: cache(),
        };
        tokio::spawn(write(db, received, seen.clone()));
        Self { seen, waiting }
    }

    /// The token opened the API. This takes no time.
    pub(super) fn saw(&self, token: &Presented, client: ClientAddress, at: DateTime<Utc>) {
        let place = (token.id.0, client.key());
        let is_recent = |last: DateTime<Utc>| at - last < USUAL;
        let is_known = self.seen.places.contains_key(&place);
        if is_known && self.seen.last.get(&token.id.0).is_some_and(is_recent) {
            return;
        }
        let each = TokenUse {
            token: token.id,
            user: token.user_id,
            at,
            ip_address: client.to_string(),
            client_key: place.1.clone(),
        };
        self.seen.last.insert(token.id.0, at);
        self.seen.places.insert(place, ());
        if let Err(full) = self.waiting.try_send(each) {
            self.seen.forget(&full.into_inner());
        }
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(MOST)
        .time_to_live(Duration::from_hours(1))
        .build()
}

async fn write(db: Db, mut received: Receiver<TokenUse>, seen: Seen) {
    let mut batch = Vec::with_capacity(BATCH);
    while received.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = write_batch(&db, &batch).await {
            tracing::warn!(%error, "when and where tokens were used could not be written");
            for each in &batch {
                seen.forget(each);
            }
        }
        batch.clear();
    }
}

async fn write_batch(db: &Db, batch: &[TokenUse]) -> Result<()> {
    let mut tx = db.begin().await?;
    tokens::record_uses(&mut tx, batch).await?;
    tx.commit().await?;
    Ok(())
}
