//! A client that comes back, or that reads more slowly than things happen, is told what it missed at its own pace, and
//! then let in among those who listen.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::hub::{Join, Outcome};
use super::{Reader, frame, join};
use crate::domain::clock::Clock;
use crate::domain::live::{self, Happening, PAGE};
use crate::domain::users::admission::Standing;
use crate::domain::{Db, Result};

/// Who takes nothing for so long is gone.
const SLOWEST: Duration = Duration::from_secs(30);

/// What it takes.
#[derive(Debug)]
pub(super) struct CatchUp {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) joins: mpsc::Sender<Join>,
    pub(super) stop: CancellationToken,
}

/// A part of what was missed.
struct Missed {
    head: i64,
    events: Vec<Happening>,
    standing: Standing,
}

impl CatchUp {
    /// Tell `reader` what happened after `last`. Whatever goes wrong ends the stream: the client comes back by itself.
    pub(super) async fn run(self, reader: Reader, last: i64) {
        let stop = self.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            told = self.tell(reader, last) => {
                if let Err(error) = told {
                    tracing::debug!(%error, "a client of live events was not told what it missed");
                }
            }
        }
    }

    async fn tell(&self, mut reader: Reader, mut last: i64) -> Result<()> {
        if give(&reader, frame::hello()).await.is_none() {
            return Ok(());
        }
        loop {
            let missed = self.read(&reader, last).await?;
            let is_all = missed.events.len() < PAGE;
            let Some(told) = self.send(&reader, last, &missed).await else {
                return Ok(());
            };
            last = told;
            if is_all || last == missed.head {
                match join(&self.joins, reader, Some(last)).await? {
                    Outcome::Joined => return Ok(()),
                    Outcome::Behind(back) => reader = back,
                }
            }
        }
    }

    async fn read(&self, reader: &Reader, last: i64) -> Result<Missed> {
        let mut conn = self.db.read().await?;
        // Before the events: what was told of meanwhile is not missing.
        let head = live::head(&mut conn).await?;
        Ok(Missed {
            head,
            events: live::after(&mut conn, last).await?,
            standing: Standing::load(&mut conn, std::iter::once(&reader.admission)).await?,
        })
    }

    /// Returns the position up to which he was told; none: he may not listen any more, or does not.
    async fn send(&self, reader: &Reader, last: i64, missed: &Missed) -> Option<i64> {
        let actor = missed.standing.actor(&reader.admission, self.clock.now())?;
        let mut position = last;
        for event in &missed.events {
            if event.position != position + 1 {
                break;
            }
            position = event.position;
            let sight = event.sight(&actor).filter(|_| reader.filter.takes(event));
            if let Some(told) = sight.and_then(|sight| frame::event(event, sight)) {
                give(reader, told).await?;
            }
        }
        let newest = missed.events.last().map(|event| event.position);
        let is_gone = position > missed.head || position < newest.unwrap_or(missed.head);
        let (end, position) = if is_gone {
            (frame::reset(missed.head), missed.head)
        } else {
            (frame::nothing(position), position)
        };
        give(reader, end).await?;
        Some(position)
    }
}

/// None: he reads too slowly, or not any more.
async fn give(reader: &Reader, frame: Bytes) -> Option<()> {
    let sent = timeout(SLOWEST, reader.frames.send(frame)).await;
    sent.ok()?.ok()
}
