//! One mailbox, for as long as this server reads it: visits, and pauses after those that failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::condition;
use super::failure::Failure;
use super::visit::Visit;
use crate::app::AppState;
use crate::domain::mailboxes::{self, Mailbox};
use crate::health;

/// Pauses after failures: a server that was away for a moment is back soon.
const PAUSES: [u64; 6] = [5, 10, 30, 60, 120, 300];

/// Pauses after a login that was rejected: whoever tries often is locked out.
const PAUSES_OF_LOGINS: [u64; 5] = [60, 120, 300, 900, 1800];

/// What one mailbox remembers from visit to visit.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// How often the fetching of a mail broke off, by UIDVALIDITY and UID.
    pub(super) strikes: HashMap<(u32, u32), u32>,
    /// Something was stored, or the mailbox was found as it should be.
    pub(super) has_worked: bool,
}

impl Memory {
    /// The fetching of a mail broke off. How often by now.
    pub(super) fn strike(&mut self, validity: u32, uid: u32) -> u32 {
        let strikes = self.strikes.entry((validity, uid)).or_default();
        *strikes += 1;
        *strikes
    }
}

/// Read the mailbox until `stop`. `wake`: look into it now.
pub(super) async fn run(
    app: AppState,
    mailbox: Mailbox,
    wake: Arc<Notify>,
    stop: CancellationToken,
) {
    let mut memory = Memory::default();
    let mut failures = 0;
    while !stop.is_cancelled() {
        memory.has_worked = false;
        let ended = Visit::pay(&app, &mailbox, &mut memory, &wake, &stop).await;
        let failure = match ended {
            Ok(()) | Err(Failure::Stopped) => return,
            Err(failure) => failure,
        };
        failures = if memory.has_worked { 1 } else { failures + 1 };
        let pause = pause(&failure, failures);
        if failure.is_ours() {
            tracing::debug!(mailbox.id = mailbox.id.0, %failure, "a mailbox waits");
        } else {
            fail(&app, &mailbox, &failure, pause).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn pause(failure: &Failure, failures: usize) -> Duration {
    let pauses: &[u64] = match failure {
        Failure::Login(_) | Failure::Secret(_) => &PAUSES_OF_LOGINS,
        _ => &PAUSES,
    };
    let place = failures.saturating_sub(1).min(pauses.len() - 1);
    Duration::from_secs(pauses.get(place).copied().unwrap_or_default())
}

/// Where administrators see it; the log hears of it once.
async fn fail(app: &AppState, mailbox: &Mailbox, failure: &Failure, pause: Duration) {
    let now = app.clock.now();
    let text = failure.to_string();
    let next = now + TimeDelta::from_std(pause).unwrap_or_default();
    let written = async {
        let mut tx = app.db.begin_job().await?;
        mailboxes::failed(&mut tx, mailbox.id, now, &text, next).await?;
        tx.commit().await.map_err(crate::domain::Error::from)
    };
    if let Err(error) = written.await {
        tracing::debug!(mailbox.id = mailbox.id.0, %error, "a failure could not be recorded");
    }
    health::report(&app.db, now, &condition(mailbox.id), Err(&text)).await;
}
