//! Mail out: from a row of the queue to the server that takes it.
//!
//! The [`Mailer`] knows the settings (those of the operator, or what an administrator stored over them), keeps connections,
//! and tells the health of the desk whether mail goes out. Which mail is tried when is the queue's business.

mod advice;
mod failure;
mod line;
mod message;
mod oauth2;
mod transport;
mod trial;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::app::App;
use crate::domain::mail_settings::{self, Outgoing};
use crate::domain::outgoing_mail::{Mail, MailFile};
use crate::domain::{Error, health};

pub use failure::{Failure, Meaning, Step};
pub use trial::{Done, Trial, run as try_out};

use message::Sender;
use transport::Transport;

/// What it is called among the things that the desk depends on.
pub const CONDITION: &str = "mail";

/// What other servers change is known here after so long.
const STALE: Duration = Duration::from_secs(1);
/// That it works is reported so often.
const REPORTED: TimeDelta = TimeDelta::seconds(30);

/// Sends mail.
#[derive(Default)]
pub struct Mailer {
    current: Mutex<Option<Current>>,
    reported: Mutex<Option<Reported>>,
    said_off: AtomicBool,
}

#[derive(Clone)]
struct Current {
    read_at: Instant,
    stored_at: Option<DateTime<Utc>>,
    desk_name: Arc<str>,
    way: Way,
}

/// Whether and how mail goes out.
#[derive(Clone)]
enum Way {
    Off,
    By(Arc<Transport>),
    /// It cannot be gone.
    Broken(Arc<(Outgoing, Failure)>),
}

#[derive(Clone, Copy)]
struct Reported {
    works: bool,
    at: DateTime<Utc>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

impl Mailer {
    /// There is a server to send by, as far as is known.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.settings().is_some()
    }

    /// The settings by which mail is sent, as far as is known; none: it is not sent.
    #[must_use]
    pub fn settings(&self) -> Option<Outgoing> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &current.as_ref()?.way {
            Way::Off => None,
            Way::By(transport) => Some(transport.settings.clone()),
            Way::Broken(broken) => Some(broken.0.clone()),
        }
    }

    /// The server did not work when it was last used from here.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.is_some_and(|reported| !reported.works)
    }

    /// Close the connections that are open, and forget that one was refused (tests).
    pub fn forget_connections(&self) {
        if let Some(Current {
            way: Way::By(transport),
            ..
        }) = self.current()
        {
            transport.forget();
        }
    }

    /// The settings have changed, or may have: read them anew.
    pub async fn refresh(&self, app: &App) -> Result<(), Error> {
        let mut conn = app.db.read().await?;
        let of_operator = &app.settings.mail.outgoing;
        let (settings, stored_at) = mail_settings::load(&mut conn, &app.keys, of_operator).await?;
        let desk = crate::domain::settings::load(&mut conn).await?;
        drop(conn);
        let known = self.current();
        let way = match known {
            Some(known) if known.has(&settings, stored_at) => known.way,
            _ => Way::new(settings.clone(), stored_at, app),
        };
        self.say_when_off(&way, app).await;
        if let Way::By(transport) = &way {
            transport.adopt(&settings);
            transport.tidy();
        }
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Current {
            read_at: Instant::now(),
            stored_at,
            desk_name: desk.desk_name.into(),
            way,
        });
        Ok(())
    }

    /// Say it once, and leave nothing in the health of the desk about a server that is used no more.
    async fn say_when_off(&self, way: &Way, app: &App) {
        if !matches!(way, Way::Off) {
            self.said_off.store(false, Ordering::Relaxed);
            return;
        }
        if self.said_off.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::info!(
            "no mail is sent: there is no server for it, neither Mail:Host in the settings nor one stored by \
             PUT /api/v2/settings/mail"
        );
        *self.reported.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let forgotten = async {
            let mut tx = app.db.begin().await?;
            health::forget(&mut tx, CONDITION).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        if let Err(error) = forgotten.await {
            tracing::debug!(%error, "the condition of mail could not be forgotten");
        }
    }

    fn current(&self) -> Option<Current> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is known, not older than a second when the database answers.
    async fn fresh(&self, app: &App) -> Result<Current, Failure> {
        let known = self.current();
        if let Some(known) = &known
            && known.read_at.elapsed() < STALE
        {
            return Ok(known.clone());
        }
        match (self.refresh(app).await, self.current(), known) {
            (Ok(()), Some(current), _) | (Err(_), _, Some(current)) => Ok(current),
            _ => Err(Failure::new(
                Step::Settings,
                Meaning::Later,
                "the settings cannot be read: the database does not answer",
            )),
        }
    }

    /// Send a mail of the queue; how it went is reported to the health of the desk.
    pub async fn send(
        &self,
        app: &App,
        mail: Mail,
        files: Vec<(MailFile, Vec<u8>)>,
    ) -> Result<(), Failure> {
        let sent = self
            .send_by_steps(app, mail, files, false, &mut |_| ())
            .await;
        self.report(app, &sent).await;
        sent
    }

    async fn send_by_steps(
        &self,
        app: &App,
        mail: Mail,
        files: Vec<(MailFile, Vec<u8>)>,
        is_hurried: bool,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), Failure> {
        let current = self.fresh(app).await?;
        let transport = match &current.way {
            Way::Off => {
                let text = "no mail is sent: there is no server for it";
                return Err(Failure::new(Step::Settings, Meaning::Later, text));
            }
            Way::Broken(broken) => return Err(broken.1.clone()),
            Way::By(transport) => transport,
        };
        let settings = &transport.settings;
        let name = if settings.from_name.is_empty() {
            &*current.desk_name
        } else {
            settings.from_name.as_str()
        };
        let sender = Sender {
            address: settings.from_address.clone(),
            name: name.to_owned(),
        };
        let message = if files.is_empty() {
            message::build(&mail, &sender, files)?
        } else {
            // Megabytes are encoded where they hold up nobody.
            let built = tokio::task::spawn_blocking(move || message::build(&mail, &sender, files));
            let stopped = |error: tokio::task::JoinError| {
                Failure::new(Step::Message, Meaning::Later, error.to_string())
            };
            built.await.map_err(stopped)??
        };
        told(Step::Settings);
        transport.send(&message, is_hurried, told).await
    }

    /// Look whether a server that failed is back. True: it is.
    pub async fn probe(&self, app: &App) -> bool {
        let Ok(Current {
            way: Way::By(transport),
            ..
        }) = self.fresh(app).await
        else {
            return false;
        };
        let probed = transport.probe().await;
        self.report(app, &probed).await;
        probed.is_ok()
    }

    /// Whether the server works: not what becomes of one mail.
    async fn report(&self, app: &App, sent: &Result<(), Failure>) {
        let outcome = match sent {
            Err(failure) if failure.meaning == Meaning::Server => Err(failure),
            // Nobody asked the server.
            Err(failure) if !failure.is_answer => return,
            _ => Ok(()),
        };
        let now = app.clock.now();
        let is_known = {
            let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
            let works = outcome.is_ok();
            let is_known = reported
                .is_some_and(|last| last.works && works && (now - last.at).abs() < REPORTED);
            if !is_known {
                *reported = Some(Reported { works, at: now });
            }
            is_known
        };
        if !is_known {
            let outcome = outcome.map_err(ToString::to_string);
            let outcome = outcome.as_ref().copied().map_err(String::as_str);
            crate::health::report(&app.db, now, CONDITION, outcome).await;
        }
    }
}

impl Current {
    fn has(&self, settings: &Outgoing, stored_at: Option<DateTime<Utc>>) -> bool {
        let is_same = match &self.way {
            Way::Off => !settings.is_on(),
            Way::By(transport) => transport.settings.is_but_for_refresh_token(settings),
            // A file may have been mended.
            Way::Broken(_) => false,
        };
        is_same && self.stored_at == stored_at
    }
}

impl Way {
    fn new(settings: Outgoing, stored_at: Option<DateTime<Utc>>, app: &App) -> Self {
        if !settings.is_on() {
            return Self::Off;
        }
        match Transport::new(settings.clone(), stored_at, app) {
            Ok(transport) => Self::By(Arc::new(transport)),
            Err(failure) => Self::Broken(Arc::new((settings, failure))),
        }
    }
}
