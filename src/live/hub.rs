//! The one task of a server that hears of events and tells them to all who listen there.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::catch_up::CatchUp;
use super::{Reader, frame};
use crate::domain::access::events::Sight;
use crate::domain::clock::Clock;
use crate::domain::db::Heard;
use crate::domain::live::{self, Happening, PAGE};
use crate::domain::users::admission::Standing;
use crate::domain::{Actor, Db, Result};

/// How often those who hear nothing are told that nothing happened.
const BEAT: Duration = Duration::from_secs(15);

/// How long to wait when the database went away.
const REST: Duration = Duration::from_millis(200);

/// Somebody wants to listen.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) reader: Reader,
    /// The last that he was told; none: he begins now.
    pub(super) from: Option<i64>,
    pub(super) reply: oneshot::Sender<Outcome>,
}

/// What became of that.
#[derive(Debug)]
pub(super) enum Outcome {
    /// He is told what happens from now on.
    Joined,
    /// Others have been told more than he: he must catch up first.
    Behind(Reader),
}

/// The task.
#[derive(Debug)]
pub(super) struct Hub {
    db: Db,
    clock: Clock,
    joins: mpsc::Receiver<Join>,
    /// The way back for those who fall behind; weak, because the hub ends when nobody else can join.
    way_back: mpsc::WeakSender<Join>,
    stop: CancellationToken,
    /// The last position that all who listen have been told.
    head: i64,
    streams: Vec<Stream>,
}

/// One who listens.
#[derive(Debug)]
struct Stream {
    reader: Reader,
    /// The last that he was told; more than the others, when he read it himself.
    position: i64,
}

/// How somebody takes what he is told.
#[derive(Clone, Copy, Debug)]
enum Pace {
    Keeps,
    FallsBehind,
    Gone,
}

/// An event, written at most once for each sight of it.
struct Told {
    event: Happening,
    staff: OnceLock<Option<Bytes>>,
    public: OnceLock<Option<Bytes>>,
}

impl Hub {
    pub(super) fn new(
        db: Db,
        clock: Clock,
        joins: mpsc::Receiver<Join>,
        way_back: &mpsc::Sender<Join>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            db,
            clock,
            joins,
            way_back: way_back.downgrade(),
            stop,
            head: 0,
            streams: vec![],
        }
    }

    /// Until the server stops. While nobody listens, nothing is asked of the database.
    pub(super) async fn run(mut self) {
        while let Some(join) = self.next().await {
            match self.begin().await {
                Ok(ears) => {
                    self.admit(join);
                    self.serve(&ears).await;
                }
                // Who wants to join hears of it by the reply that never comes.
                Err(error) => tracing::warn!(%error, "live events cannot be told"),
            }
            self.streams.clear();
        }
    }

    async fn next(&mut self) -> Option<Join> {
        tokio::select! {
            () = self.stop.cancelled() => None,
            join = self.joins.recv() => join,
        }
    }

    /// Listen first, then look how far events go: none is missed.
    async fn begin(&mut self) -> Result<Ears> {
        let ears = Ears::open(&self.db).await?;
        let mut conn = self.db.read().await?;
        self.head = live::head(&mut conn).await?;
        Ok(ears)
    }

    /// Until nobody listens any more, or the server stops.
    async fn serve(&mut self, ears: &Ears) {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.streams.is_empty() {
            let done = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                join = self.joins.recv() => match join {
                    Some(join) => {
                        self.admit(join);
                        Ok(())
                    }
                    None => return,
                },
                () = ears.rights.notified() => self.check().await,
                () = ears.events.notified() => self.tell().await,
                _ = beat.tick() => self.beat().await,
            };
            if let Err(error) = done {
                tracing::debug!(%error, "live events wait");
                sleep(REST).await;
                ears.rights.notify_one();
                ears.events.notify_one();
            }
        }
    }

    fn admit(&mut self, join: Join) {
        let Join {
            reader,
            from,
            reply,
        } = join;
        let position = from.unwrap_or(self.head);
        if position < self.head {
            let _ = reply.send(Outcome::Behind(reader));
            return;
        }
        if from.is_none() {
            let _ = reader.frames.try_send(frame::hello());
            let _ = reader.frames.try_send(frame::nothing(position));
        }
        self.streams.push(Stream { reader, position });
        let _ = reply.send(Outcome::Joined);
    }

    /// Tell all that happened.
    async fn tell(&mut self) -> Result<()> {
        loop {
            let mut conn = self.db.read().await?;
            let events = live::after(&mut conn, self.head).await?;
            let Some(last) = events.last().map(|event| event.position) else {
                return Ok(());
            };
            let standing = self.standing(&mut conn).await?;
            drop(conn);
            let is_all = events.len() < PAGE;
            let told: Vec<Told> = events.into_iter().map(Told::new).collect();
            let now = self.clock.now();
            for mut stream in std::mem::take(&mut self.streams) {
                let actor = standing.actor(&stream.reader.admission, now);
                match actor.map(|actor| stream.tell(&told, &actor)) {
                    Some(Pace::Keeps) => self.streams.push(stream),
                    Some(Pace::FallsBehind) => self.let_catch_up(stream),
                    Some(Pace::Gone) | None => {}
                }
            }
            self.head = last;
            if is_all {
                return Ok(());
            }
        }
    }

    fn let_catch_up(&self, stream: Stream) {
        let Some(joins) = self.way_back.upgrade() else {
            return;
        };
        let catch_up = CatchUp {
            db: self.db.clone(),
            clock: self.clock.clone(),
            joins,
            stop: self.stop.clone(),
        };
        tokio::spawn(catch_up.run(stream.reader, stream.position));
    }

    /// Rights have changed: whoever may not listen any more is gone.
    async fn check(&mut self) -> Result<()> {
        let mut conn = self.db.read().await?;
        let standing = self.standing(&mut conn).await?;
        drop(conn);
        let now = self.clock.now();
        let stands = |stream: &Stream| standing.actor(&stream.reader.admission, now).is_some();
        self.streams.retain(stands);
        Ok(())
    }

    /// What PostgreSQL told of while it was not heard, tokens that have ended, clients that are gone: all is looked at
    /// now and then.
    async fn beat(&mut self) -> Result<()> {
        let head = self.head;
        self.streams.retain(|stream| {
            let nothing = frame::nothing(stream.position.max(head));
            // For whoever has much before him this is no news.
            !matches!(
                stream.reader.frames.try_send(nothing),
                Err(TrySendError::Closed(_))
            )
        });
        self.tell().await?;
        self.check().await
    }

    async fn standing(&self, conn: &mut sqlx::PgConnection) -> Result<Standing> {
        let admissions = self.streams.iter().map(|stream| &stream.reader.admission);
        Standing::load(conn, admissions).await
    }
}

impl Stream {
    fn tell(&mut self, told: &[Told], actor: &Actor) -> Pace {
        let Reader { filter, frames, .. } = &self.reader;
        for told in told {
            let position = told.event.position;
            if position <= self.position {
                continue;
            }
            let sight = told
                .event
                .sight(actor)
                .filter(|_| filter.takes(&told.event));
            if let Some(frame) = sight.and_then(|sight| told.frame(sight)) {
                match frames.try_send(frame) {
                    Ok(()) => {}
                    Err(TrySendError::Full(_)) => return Pace::FallsBehind,
                    Err(TrySendError::Closed(_)) => return Pace::Gone,
                }
            }
            self.position = position;
        }
        Pace::Keeps
    }
}

impl Told {
    fn new(event: Happening) -> Self {
        Self {
            event,
            staff: OnceLock::new(),
            public: OnceLock::new(),
        }
    }

    fn frame(&self, sight: Sight) -> Option<Bytes> {
        let written = match sight {
            Sight::Staff => &self.staff,
            Sight::Public => &self.public,
        };
        written
            .get_or_init(|| frame::event(&self.event, sight))
            .clone()
    }
}

/// What PostgreSQL tells, heard by a task of its own, so that nothing is lost while the hub is busy.
#[derive(Debug)]
struct Ears {
    events: Arc<Notify>,
    rights: Arc<Notify>,
    /// The task; it ends with this.
    _listening: JoinSet<()>,
}

impl Ears {
    async fn open(db: &Db) -> Result<Self> {
        let (events, rights) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut listener = Some(db.listen_for_events().await?);
        let (db, tells_events, tells_rights) =
            (db.clone(), Arc::clone(&events), Arc::clone(&rights));
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            while !db.is_closed() {
                while let Some(open) = &mut listener {
                    match open.next().await {
                        Ok(Heard::Events) => tells_events.notify_one(),
                        Ok(Heard::Rights) => tells_rights.notify_one(),
                        Ok(Heard::Break) => {
                            tells_rights.notify_one();
                            tells_events.notify_one();
                        }
                        Err(_) => listener = None,
                    }
                }
                sleep(REST).await;
                listener = db.listen_for_events().await.ok();
                // What was told meanwhile nobody heard.
                tells_rights.notify_one();
                tells_events.notify_one();
            }
        });
        Ok(Self {
            events,
            rights,
            _listening: listening,
        })
    }
}
