//! Live events: what happens, told to those who listen as it happens.
//!
//! One task (`hub`) hears of new events from PostgreSQL, reads each batch of them once, looks up once how all who listen
//! stand by now, and hands each of them what he may hear of. A client that comes back is first told what he missed
//! (`catch_up`). Nobody holds a connection to the database while nothing happens.

mod catch_up;
mod frame;
mod hub;
mod places;

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::domain::live::Filter;
use crate::domain::users::admission::Admission;
use crate::domain::{Db, Error, Result};
use crate::http::error::ApiError;

use catch_up::CatchUp;
use hub::{Hub, Join, Outcome};
use places::{Place, Places};

/// What waits for a client that reads slowly. Whoever lets more than this wait is told the rest at his own pace.
const WAITING: usize = 256;

/// Clients that wait to be let in.
const JOINING: usize = 64;

/// After how many seconds a client that was turned away may try again.
const RETRY_AFTER: u64 = 30;

/// Those who listen.
#[derive(Debug)]
pub struct Live {
    db: Db,
    clock: Clock,
    joins: mpsc::Sender<Join>,
    places: Places,
    stop: CancellationToken,
}

/// Somebody who listens: who he is, what he wants to hear, where it goes.
#[derive(Debug)]
struct Reader {
    admission: Admission,
    filter: Filter,
    frames: mpsc::Sender<Bytes>,
}

/// What one client is told, as it goes over the wire. It ends when the client may not listen any more, or reads too
/// slowly, or the server stops.
#[derive(Debug)]
pub struct Frames {
    waiting: mpsc::Receiver<Bytes>,
    _place: Place,
}

impl Live {
    /// Nobody listens yet. `connections` of clients are served at once; half of them may listen.
    #[must_use]
    pub fn start(db: Db, clock: Clock, connections: usize) -> Self {
        let (joins, joining) = mpsc::channel(JOINING);
        let stop = CancellationToken::new();
        tokio::spawn(Hub::new(db.clone(), clock.clone(), joining, &joins, stop.clone()).run());
        Self {
            db,
            clock,
            joins,
            places: Places::new(connections / 2),
            stop,
        }
    }

    /// Listen from now on, or from after `last`, the id of the last event that the client has. Errors: too many listen;
    /// the database does not answer.
    pub async fn listen(
        &self,
        admission: Admission,
        filter: Filter,
        last: Option<i64>,
    ) -> Result<Frames, ApiError> {
        let place = self
            .places
            .take(admission.user)
            .ok_or_else(|| ApiError::TooMany {
                text: "Too many event streams are open. Close one, or try again later.".to_owned(),
                retry_after: RETRY_AFTER,
            })?;
        let (frames, waiting) = mpsc::channel(WAITING);
        let reader = Reader {
            admission,
            filter,
            frames,
        };
        match last {
            // Whoever has the answer must not miss what happens next.
            None => join(&self.joins, reader, None).await.map(drop)?,
            Some(last) => {
                let catch_up = CatchUp {
                    db: self.db.clone(),
                    clock: self.clock.clone(),
                    joins: self.joins.clone(),
                    stop: self.stop.clone(),
                };
                tokio::spawn(catch_up.run(reader, last));
            }
        }
        Ok(Frames {
            waiting,
            _place: place,
        })
    }

    /// End all streams: the server stops.
    pub fn close(&self) {
        self.stop.cancel();
    }
}

/// Ask the hub to tell `reader` what happens from now on; `from`: what is the last that he was told.
async fn join(joins: &mpsc::Sender<Join>, reader: Reader, from: Option<i64>) -> Result<Outcome> {
    let (reply, replied) = oneshot::channel();
    let join = Join {
        reader,
        from,
        reply,
    };
    let closed = || Error::Unavailable("live events are not told just now".into());
    joins.send(join).await.map_err(|_| closed())?;
    replied.await.map_err(|_| closed())
}

impl Stream for Frames {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.waiting.poll_recv(cx)
    }
}
