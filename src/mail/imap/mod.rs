//! Mail is fetched: one task a mailbox, on one server at a time.
//!
//! Which server has which mailbox is decided by locks of one database connection: they go with the connection, so when a
//! server dies another has its mailboxes a moment later. Should two ever read the same mailbox, nothing is doubled: what
//! was fetched is recorded in the transaction that stores it.

mod answers;
mod connect;
mod failure;
mod fetch;
mod folder;
mod idle;
mod keeping;
mod literals;
mod mailbox;
mod oauth2;
mod settle;
mod visit;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::AppState;
use crate::domain::ids::MailboxId;
use crate::domain::mailboxes::{Mailbox, Watch};
use crate::domain::{Result, health};

/// How often it is looked for mailboxes that another server has left, and for changes nobody told of.
const EVERY: Duration = Duration::from_secs(10);

/// How long tasks have to come to an end.
const LAST_WORK: Duration = Duration::from_secs(15);

/// Fetch mail until `stop`; returns when what runs is done. `DisableMailChecker`: not at all.
pub async fn run(app: AppState, stop: CancellationToken) {
    if app.settings.disable_mail_checker {
        tracing::warn!("no mail is fetched: DisableMailChecker is set");
        return;
    }
    let mut has_failed = false;
    while !stop.is_cancelled() {
        let mut watch = match Watch::open(&app.db).await {
            Ok(watch) => watch,
            Err(error) => {
                if !has_failed {
                    tracing::warn!(%error, "no mail is fetched: the database does not answer");
                }
                has_failed = true;
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(EVERY) => continue,
                }
            }
        };
        has_failed = false;
        let mut keeper = Keeper::new(app.clone());
        let kept = keeper.keep(&mut watch, &stop).await;
        // Without the connection another server may have the locks already: what runs here ends at once.
        keeper.end_all().await;
        let ended = match kept {
            Ok(()) => watch.end().await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "mailboxes are given up: the database does not answer");
        }
    }
}

/// The mailboxes that this server reads.
struct Keeper {
    app: AppState,
    running: BTreeMap<MailboxId, Running>,
}

/// A mailbox that this server reads.
struct Running {
    revision: i64,
    wake: Arc<Notify>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Keeper {
    fn new(app: AppState) -> Self {
        Self {
            app,
            running: BTreeMap::new(),
        }
    }

    /// Until `stop`, or until the connection with the locks is lost.
    async fn keep(&mut self, watch: &mut Watch, stop: &CancellationToken) -> Result<()> {
        loop {
            self.adjust(watch).await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
                told = watch.told() => {
                    if let Some(running) = told?.and_then(|id| self.running.get(&id)) {
                        running.wake.notify_one();
                    }
                }
            }
        }
    }

    /// Begin with mailboxes that are new, end with those that are gone, begin anew with those that were changed.
    async fn adjust(&mut self, watch: &mut Watch) -> Result<()> {
        let mailboxes = watch.list().await?;
        let is_current = |id: &MailboxId, running: &Running| {
            let known = mailboxes.iter().find(|mailbox| mailbox.id == *id);
            known.is_some_and(|mailbox| mailbox.revision == running.revision)
                && !running.task.is_finished()
        };
        let stale: Vec<MailboxId> = self
            .running
            .iter()
            .filter(|(id, running)| !is_current(id, running))
            .map(|(id, _)| *id)
            .collect();
        for id in stale {
            if let Some(running) = self.running.remove(&id) {
                running.end(id).await;
            }
            watch.unlock(id).await?;
            if mailboxes.iter().all(|mailbox| mailbox.id != id) {
                self.forget(id).await;
            }
        }
        for mailbox in mailboxes {
            let id = mailbox.id;
            if !self.running.contains_key(&id) && watch.try_lock(id).await? {
                self.running.insert(id, Running::begin(&self.app, mailbox));
            }
        }
        Ok(())
    }

    /// It was deleted or switched off: whatever was wrong with it troubles nobody any more.
    async fn forget(&self, id: MailboxId) {
        let forgotten = async {
            let mut tx = self.app.db.begin_job().await?;
            health::forget(&mut tx, &condition(id)).await?;
            tx.commit().await.map_err(Into::into)
        };
        let forgotten: Result<()> = forgotten.await;
        if let Err(error) = forgotten {
            tracing::debug!(%error, "the condition of a mailbox could not be forgotten");
        }
    }

    async fn end_all(&mut self) {
        let running = std::mem::take(&mut self.running);
        for each in running.values() {
            each.stop.cancel();
        }
        for (id, each) in running {
            each.end(id).await;
        }
    }
}

impl Running {
    fn begin(app: &AppState, mailbox: Mailbox) -> Self {
        let wake = Arc::new(Notify::new());
        let stop = CancellationToken::new();
        let revision = mailbox.revision;
        let task = mailbox::run(app.clone(), mailbox, Arc::clone(&wake), stop.clone());
        Self {
            revision,
            wake,
            stop,
            task: tokio::spawn(task),
        }
    }

    async fn end(self, id: MailboxId) {
        self.stop.cancel();
        match tokio::time::timeout(LAST_WORK, self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(mailbox.id = id.0, %error, "the task of a mailbox broke");
            }
            Err(_) => tracing::warn!(mailbox.id = id.0, "the task of a mailbox does not end"),
        }
    }
}

/// What a mailbox is called among the conditions.
fn condition(id: MailboxId) -> String {
    format!("mailbox.{}", id.0)
}
