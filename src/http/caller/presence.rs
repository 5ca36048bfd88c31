//! Who was seen when, where and with what: kept without a write for every request, and never while a client waits.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::users::presence::{self, Sighting};
use crate::domain::{Actor, Db, Result};

/// A user's row is written at most this often while he calls from one place.
const USUAL: TimeDelta = TimeDelta::minutes(1);
/// And at most this often when he calls from several places in turn.
const MOVED: TimeDelta = TimeDelta::seconds(10);
/// Users whose last sighting is remembered.
const MOST_USERS: u64 = 20_000;
/// Sightings that wait to be written; more are dropped, the next call brings them again.
const WAITING: usize = 1_024;
/// Sightings in one statement.
const BATCH: usize = 256;
/// How much of the client's name is kept, in characters.
const LONGEST_AGENT: usize = 500;

/// The sightings on their way to the database.
#[derive(Debug)]
pub(super) struct Presence {
    last: Cache<i32, Seen>,
    waiting: Sender<Sighting>,
}

/// The last sighting of a user that went to be written.
#[derive(Clone, Debug)]
struct Seen {
    at: DateTime<Utc>,
    place: [u8; 32],
}

impl Presence {
    /// Start the task that writes; it ends with this.
    pub(super) fn start(db: Db) -> Self {
        let (waiting, received) = channel(WAITING);
        tokio::spawn(write(db, received));
        Self {
            last: Cache::builder()
                .max_capacity(MOST_USERS)
                .time_to_live(Duration::from_mins(10))
                .build(),
            waiting,
        }
    }

    /// The actor called. This takes no time.
    pub(super) fn saw(&self, actor: &Actor, headers: &HeaderMap) {
        let agent = headers
            .get(header::USER_AGENT)
            .map(header::HeaderValue::as_bytes);
        let mut hasher = blake3::Hasher::new();
        hasher.update(actor.ip_address.as_deref().unwrap_or_default().as_bytes());
        hasher.update(&[0]);
        hasher.update(agent.unwrap_or_default());
        let place = *hasher.finalize().as_bytes();
        let due = self.last.get(&actor.user_id.0).is_none_or(|seen| {
            let pause = if seen.place == place { USUAL } else { MOVED };
            actor.now() - seen.at >= pause
        });
        if !due {
            return;
        }
        let at = actor.now();
        self.last.insert(actor.user_id.0, Seen { at, place });
        let sighting = Sighting {
            user: actor.user_id,
            at,
            ip_address: actor.ip_address.clone().unwrap_or_default(),
            user_agent: String::from_utf8_lossy(agent.unwrap_or_default())
                .chars()
                .take(LONGEST_AGENT)
                .collect(),
        };
        if self.waiting.try_send(sighting).is_err() {
            self.last.invalidate(&actor.user_id.0);
        }
    }
}

async fn write(db: Db, mut received: Receiver<Sighting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while received.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = write_batch(&db, &batch).await {
            tracing::warn!(%error, "where users were last seen could not be written");
        }
        batch.clear();
    }
}

async fn write_batch(db: &Db, batch: &[Sighting]) -> Result<()> {
    let mut tx = db.begin().await?;
    presence::record(&mut tx, batch).await?;
    tx.commit().await?;
    Ok(())
}
