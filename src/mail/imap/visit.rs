//! A visit: one connection to a mail server, for as long as it lasts.

use std::collections::BTreeSet;
use std::time::Duration;

use async_imap::Session;
use async_imap::imap_proto::{Response, ResponseCode};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::answers::{self, Answers, of_imap};
use super::connect::connect;
use super::failure::Failure;
use super::fetch::BATCH;
use super::mailbox::Memory;
use super::wire::{SMALL, Wire};
use super::{condition, folder, idle};
use crate::app::AppState;
use crate::domain::Error;
use crate::domain::mailboxes::{self, Mailbox};
use crate::health;

/// How long a visit waits for its end to be polite.
const GOODBYE: Duration = Duration::from_secs(2);

/// A visit.
pub(super) struct Visit<'a> {
    pub(super) app: &'a AppState,
    pub(super) mailbox: &'a Mailbox,
    pub(super) memory: &'a mut Memory,
    pub(super) stop: &'a CancellationToken,
    pub(super) session: Session<Wire>,
    pub(super) abilities: Abilities,
    /// UIDVALIDITY of the folder that is open.
    pub(super) validity: u32,
}

/// What the server can do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Abilities {
    pub(super) idle: bool,
    pub(super) moves: bool,
    pub(super) uid_plus: bool,
}

impl<'a> Visit<'a> {
    /// Go there and stay until `stop`. Errors: whatever ended it otherwise.
    pub(super) async fn pay(
        app: &'a AppState,
        mailbox: &'a Mailbox,
        memory: &'a mut Memory,
        wake: &Notify,
        stop: &'a CancellationToken,
    ) -> Result<(), Failure> {
        let mut session = connect(app, mailbox, stop).await?;
        let abilities = abilities(&mut session).await?;
        let mut visit = Self {
            app,
            mailbox,
            memory,
            stop,
            session,
            abilities,
            validity: 0,
        };
        loop {
            let checked = visit.check().await;
            if let Err(Failure::Stopped) = checked {
                let _ = tokio::time::timeout(GOODBYE, visit.session.logout()).await;
            }
            checked?;
            visit.works().await?;
            visit.session = idle::wait(visit.session, visit.abilities.idle, wake, stop).await?;
        }
    }

    /// Fetch what is new, and tell the server what was stored.
    async fn check(&mut self) -> Result<(), Failure> {
        let folder = self.open().await?;
        self.validity = folder.validity.unwrap_or_default();
        // What an earlier visit stored and could not tell.
        let mut trouble = self.settle().await.err();
        let (new, last) = self.find_new(&folder).await?;
        let mut complete = true;
        let mut struck = vec![];
        for uids in new.chunks(BATCH) {
            let left = self.fetch(uids).await?;
            complete &= left.is_empty();
            struck.extend(left);
            trouble = self.settle().await.err().or(trouble);
            // A mail that is left behind stays new, and so does what comes after it.
            let highest = uids.last().copied().filter(|_| complete && last.is_known);
            if let Some(highest) = highest.filter(|highest| *highest > last.uid) {
                self.move_to(highest).await?;
            }
        }
        let mut all = true;
        for uid in struck {
            all &= self.fetch_alone(uid).await?;
            trouble = self.settle().await.err().or(trouble);
        }
        if all {
            let highest = new.last().copied().unwrap_or_default().max(last.uid);
            self.move_to(highest).await?;
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Open the folder.
    async fn open(&mut self) -> Result<Folder, Failure> {
        let command = format!("SELECT {}", folder::quoted(&self.mailbox.folder));
        let mut answers =
            Answers::to(&mut self.session, self.stop, "SELECT", &command, SMALL).await?;
        let mut folder = Folder::default();
        let code = |answer: &Response<'_>| match answer {
            Response::Data { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(validity)) => Some((Some(validity), None)),
                Some(ResponseCode::UidNext(next)) => Some((None, Some(next))),
                _ => None,
            },
            _ => None,
        };
        while let Some((validity, next)) = answers.next(code).await? {
            folder.validity = validity.or(folder.validity);
            folder.next = next.or(folder.next);
        }
        // How many mails there are is no news, it is what is looked through next.
        idle::forget_news(&mut self.session);
        Ok(folder)
    }

    /// UIDs that may be new, in order, and up to where all is known.
    ///
    /// What is unread is new unless it was fetched; so is whatever has a higher UID than the last one, read or not. When
    /// the server numbers anew (UIDVALIDITY), so is all that came since a day before the last look: what is known by its
    /// bytes is not stored again.
    async fn find_new(&mut self, folder: &Folder) -> Result<(Vec<u32>, Last), Failure> {
        let position = {
            let mut conn = self.app.db.read().await?;
            mailboxes::position(&mut conn, self.mailbox.id).await?
        };
        let mut new: BTreeSet<u32> = self.search("UNSEEN").await?.into_iter().collect();
        let next = match folder.next {
            Some(next) => next,
            None => self
                .search("ALL")
                .await?
                .last()
                .map_or(1, |uid| uid.saturating_add(1)),
        };
        let known = position.filter(|position| position.uid_validity == self.validity);
        let Some(known) = known else {
            let mut last = Last {
                uid: next.saturating_sub(1),
                is_known: false,
            };
            if let Some(since) = position.and_then(|position| position.checked_at) {
                new.extend(self.search(&format!("SINCE {}", day_before(since))).await?);
            } else {
                // At the first look: from now on what comes is new, even if it is read before the look is over.
                self.move_to(last.uid).await?;
                last.is_known = true;
            }
            return Ok((new.into_iter().collect(), last));
        };
        // Less than there was: the server gives numbers twice.
        let last = known.last_uid.min(next.saturating_sub(1));
        if next > last.saturating_add(1) {
            let above = self.search(&format!("UID {}:*", last + 1)).await?;
            // With nothing above, the star is the last mail, which is not above.
            new.extend(above.into_iter().filter(|uid| *uid > last));
        }
        if last < known.last_uid {
            self.move_to(last).await?;
        }
        let last = Last {
            uid: last,
            is_known: true,
        };
        Ok((new.into_iter().collect(), last))
    }

    pub(super) async fn search(&mut self, criteria: &str) -> Result<Vec<u32>, Failure> {
        answers::search(&mut self.session, self.stop, criteria).await
    }

    async fn move_to(&mut self, uid: u32) -> Result<(), Failure> {
        let mailbox = self.mailbox;
        let mut tx = self.app.db.begin_job().await?;
        mailboxes::move_position(&mut tx, mailbox.id, mailbox.revision, self.validity, uid).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(())
    }

    /// It was looked into, and all is well.
    async fn works(&mut self) -> Result<(), Failure> {
        self.memory.has_worked = true;
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin_job().await?;
        mailboxes::checked(&mut tx, self.mailbox.id, now).await?;
        tx.commit().await.map_err(Error::from)?;
        health::report(&self.app.db, now, &condition(self.mailbox.id), Ok(())).await;
        Ok(())
    }
}

/// A folder as it is opened.
#[derive(Clone, Copy, Debug, Default)]
struct Folder {
    /// UIDVALIDITY.
    validity: Option<u32>,
    /// UIDNEXT: the next mail gets this UID, or a higher one.
    next: Option<u32>,
}

/// Up to where all is known.
#[derive(Clone, Copy, Debug)]
struct Last {
    uid: u32,
    /// The folder was read before, under the numbers of now.
    is_known: bool,
}

/// As IMAP writes dates; a day earlier, because they have no time and no zone.
fn day_before(moment: DateTime<Utc>) -> String {
    (moment - TimeDelta::days(1))
        .format("%-d-%b-%Y")
        .to_string()
}

async fn abilities(session: &mut Session<Wire>) -> Result<Abilities, Failure> {
    let found = session
        .capabilities()
        .await
        .map_err(|error| of_imap("CAPABILITY", error))?;
    Ok(Abilities {
        idle: found.has_str("IDLE"),
        moves: found.has_str("MOVE"),
        uid_plus: found.has_str("UIDPLUS"),
    })
}
